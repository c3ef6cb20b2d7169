/**
 * What happened in one run, in one total order: operations with invocation, return and outcome, and everything else worth
 * knowing (views, faults, deliveries, turns of servers). It judges nothing; the checkers do.
 *
 * The order is a counter where all nodes write here directly (a simulation), and the clock that all nodes share where their
 * notes are collected from them (threads; see `take`).
 */
import { hashText } from '../base/index.ts';
import type { Note } from './notes.ts';

/**
 * `ok`: acknowledged. `refused`: certainly without effect. `unknown`: may have had its effect, or may have it yet. `open`: not
 * settled when the run ended.
 */
export type OperationOutcome = 'ok' | 'refused' | 'unknown' | 'open';

export interface Operation {
  readonly id: number;
  /** The address of the node whose client asked. */
  readonly node: string;
  readonly kind: string;
  readonly key: string;
  readonly input: unknown;
  /** Place in the total order. */
  readonly invoked: number;
  readonly invokedAt: number;
  /** Infinity until it returns; stays so when the outcome is unknown, as the effect may come later. */
  returned: number;
  settledAt: number | undefined;
  outcome: OperationOutcome;
  output: unknown;
  error: string | undefined;
}

export interface Happening {
  readonly order: number;
  readonly at: number;
  readonly node: string;
  readonly what: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Between two notes of one node with the same stamp, so that they stay in their order. */
const TINY = 1e-6;

export class History {
  readonly operations: Operation[] = [];
  readonly #now: () => number;
  /** Whether the clock is the order: what happened did so on real threads. */
  readonly byClock: boolean;
  readonly #happenings: Happening[] = [];
  readonly #last = new Map<string, number>();
  readonly #derived = new Map<unknown, { readonly size: number; readonly value: unknown }>();
  #sorted = true;
  #order = 0;
  #nextId = 1;

  /** `now`: ms on the clock of the run. `byClock`: it is the order, too; else what comes first is first. */
  constructor(now: () => number = () => 0, byClock = false) {
    this.#now = now;
    this.byClock = byClock;
  }

  nextId(): number {
    return this.#nextId++;
  }

  begin(node: string, kind: string, key: string | number, input: unknown, id = this.nextId()): Operation {
    const operation: Operation = {
      id,
      node,
      kind,
      key: String(key),
      input,
      invoked: this.#place(),
      invokedAt: this.#now(),
      returned: Number.POSITIVE_INFINITY,
      settledAt: undefined,
      outcome: 'open',
      output: undefined,
      error: undefined,
    };
    this.operations.push(operation);
    return operation;
  }

  /** What was put out is kept as it is; whoever hands it over does not change it afterwards. */
  succeed(operation: Operation, output: unknown): void {
    this.#settle(operation, 'ok');
    operation.returned = this.#place();
    operation.output = output;
  }

  fail(operation: Operation, outcome: 'refused' | 'unknown', error: string): void {
    this.#settle(operation, outcome);
    operation.error = error;
    if (outcome === 'refused') operation.returned = this.#place();
  }

  #settle(operation: Operation, outcome: OperationOutcome): void {
    operation.outcome = outcome;
    operation.settledAt = this.#now();
    this.#derived.clear();
  }

  #place(): number {
    return this.byClock ? this.#now() : this.#order++;
  }

  note(node: string, what: string, details: Record<string, unknown> = {}): Happening {
    const happening = { order: this.#place(), at: this.#now(), node, what, details };
    this.#happenings.push(happening);
    return happening;
  }

  /** Takes in what a node noted on the clock of this history, in the node's order. */
  take(notes: readonly Note[]): void {
    for (const { at, node, what, details } of notes) {
      const order = Math.max(at, (this.#last.get(node) ?? 0) + TINY);
      this.#last.set(node, order);
      this.#happenings.push({ order, at, node, what, details });
    }
    this.#sorted = false;
  }

  get happenings(): readonly Happening[] {
    if (!this.#sorted) this.#happenings.sort((a, b) => a.order - b.order);
    this.#sorted = true;
    return this.#happenings;
  }

  /** The operations of these kinds, in the order they were asked for. */
  of(...kinds: string[]): readonly Operation[] {
    return select(this.derive(operationsByKind), kinds, (operation) => operation.invoked);
  }

  /** The happenings of these sorts, in order. */
  all(...whats: string[]): readonly Happening[] {
    return select(this.derive(happeningsByWhat), whats, (happening) => happening.order);
  }

  /** What `make` makes of this history; made once, and again when the history has grown. */
  derive<T>(make: (history: History) => T): T {
    const size = this.operations.length + this.#happenings.length;
    const known = this.#derived.get(make);
    if (known?.size === size) return known.value as T;
    const value = make(this);
    this.#derived.set(make, { size, value });
    return value;
  }

  /** This history without some of it, for who looks how much of it is needed. Not to be written to. */
  without(items: ReadonlySet<Operation | Happening>): History {
    const rest = new History(this.#now, this.byClock);
    rest.operations.push(...this.operations.filter((operation) => !items.has(operation)));
    rest.#happenings.push(...this.happenings.filter((happening) => !items.has(happening)));
    return rest;
  }

  /** Equal for equal histories. */
  digest(): string {
    const text = JSON.stringify([this.operations, this.happenings]);
    return `${hashText(text).toString(16)}-${hashText(text, 7).toString(16)}`;
  }
}

const operationsByKind = ({ operations }: History): Map<string, Operation[]> =>
  groups(operations, (operation) => operation.kind);

const happeningsByWhat = ({ happenings }: History): Map<string, Happening[]> =>
  groups(happenings, (happening) => happening.what);

function select<T>(
  all: ReadonlyMap<string, readonly T[]>,
  names: readonly string[],
  place: (item: T) => number,
): readonly T[] {
  const found = names.map((name) => all.get(name) ?? []);
  return found.length === 1 ? found[0]! : found.flat().sort((a, b) => place(a) - place(b));
}

/** The items by a name of theirs, in their order. */
export function groups<K, T>(items: Iterable<T>, nameOf: (item: T) => K): Map<K, T[]> {
  const found = new Map<K, T[]>();
  for (const item of items) {
    const name = nameOf(item);
    const group = found.get(name);
    if (group) group.push(item);
    else found.set(name, [item]);
  }
  return found;
}

export function byKey(operations: readonly Operation[]): Map<string, Operation[]> {
  return groups(operations, ({ key }) => key);
}

/** One line about an operation or a happening, for people. */
export function show(item: Operation | Happening): string {
  if ('what' in item) return `${time(item.at)} ${item.node} ${item.what} ${JSON.stringify(item.details)}`;
  const { node, kind, key, id, input, invokedAt, settledAt, outcome, output, error } = item;
  const end = settledAt === undefined ? 'never' : time(settledAt).trim();
  const result = outcome === 'ok' ? JSON.stringify(output) : (error ?? '');
  return `${time(invokedAt)} ${node} #${id} ${kind} ${key} ${JSON.stringify(input)} -> ${outcome} ${result} (at ${end})`;
}

export function orderOf(item: Operation | Happening): number {
  return 'what' in item ? item.order : item.invoked;
}

function time(at: number): string {
  return at.toFixed(2).padStart(9);
}
