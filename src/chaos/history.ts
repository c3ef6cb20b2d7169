/**
 * What happened in one simulated run, in one total order: operations with invocation, return and outcome, and everything else
 * worth knowing (views, faults, deliveries, turns of servers). It judges nothing; the checkers do.
 */
import { hashText } from '../base/index.ts';

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

export class History {
  readonly operations: Operation[] = [];
  readonly happenings: Happening[] = [];
  readonly #now: () => number;
  #order = 0;
  #nextId = 1;

  constructor(now: () => number = () => 0) {
    this.#now = now;
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
      invoked: this.#order++,
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

  succeed(operation: Operation, output: unknown): void {
    this.#settle(operation, 'ok');
    operation.returned = this.#order++;
    operation.output = structuredClone(output);
  }

  fail(operation: Operation, outcome: 'refused' | 'unknown', error: string): void {
    this.#settle(operation, outcome);
    operation.error = error;
    if (outcome === 'refused') operation.returned = this.#order++;
  }

  #settle(operation: Operation, outcome: OperationOutcome): void {
    operation.outcome = outcome;
    operation.settledAt = this.#now();
  }

  note(node: string, what: string, details: Record<string, unknown> = {}): Happening {
    const happening = { order: this.#order++, at: this.#now(), node, what, details };
    this.happenings.push(happening);
    return happening;
  }

  of(...kinds: string[]): Operation[] {
    return this.operations.filter(({ kind }) => kinds.includes(kind));
  }

  all(...whats: string[]): Happening[] {
    return this.happenings.filter(({ what }) => whats.includes(what));
  }

  /** Equal for equal histories. */
  digest(): string {
    const text = JSON.stringify([this.operations, this.happenings]);
    return `${hashText(text).toString(16)}-${hashText(text, 7).toString(16)}`;
  }
}

export function byKey(operations: readonly Operation[]): Map<string, Operation[]> {
  const groups = new Map<string, Operation[]>();
  for (const operation of operations) {
    const group = groups.get(operation.key);
    if (group) group.push(operation);
    else groups.set(operation.key, [operation]);
  }
  return groups;
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
