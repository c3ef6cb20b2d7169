/**
 * Whether a history of one object is linearizable (Herlihy and Wing, 1990): the search of Wing and Gong (1993) with Lowe's
 * memory of configurations seen ("Testing for linearizability", 2017). Callers split a history by key first, which is sound
 * because linearizability is compositional (P-compositionality; Horn and Kroening, 2015).
 *
 * A history is cut where no operation is under way. What one part can end in, a set of configurations, is what the next part
 * begins with; so the cost grows with how much overlaps, not with the length. An operation whose outcome is unknown may take
 * effect at any time after it was asked for, or never: it is carried over the cuts until it has.
 */
import type { Operation } from './history.ts';

/** A sequential object: what an operation does to a state, or that its result cannot come from that state. */
export interface SequentialObject<S> {
  readonly initial: S;
  /** The states after the operation, or undefined when its output does not fit. For an unknown outcome any output fits. */
  step(state: S, operation: Operation): { readonly state: S } | undefined;
  /** Equal for equal states. */
  show(state: S): string;
}

export type Verdict =
  | { readonly kind: 'linearizable' }
  | { readonly kind: 'undecided' }
  | {
      readonly kind: 'violation';
      /** Nothing explains this one's result. */
      readonly stuckAt: Operation;
    };

/** Where a search stands: the state, and which operations of unknown outcome have taken effect, as bits. */
interface Configuration<S> {
  readonly state: S;
  readonly used: bigint;
}

/** On the way through one part. */
interface Point<S> extends Configuration<S> {
  readonly done: bigint;
  readonly count: number;
}

/** Per part. */
const MOST_STEPS = 300_000;

/** Refused operations must be left out by the caller. */
export function checkLinearizable<S>(operations: readonly Operation[], object: SequentialObject<S>): Verdict {
  const isKnown = ({ returned }: Operation): boolean => returned !== Number.POSITIVE_INFINITY;
  const unknown = operations.filter((operation) => !isKnown(operation));
  let starts: Configuration<S>[] = [{ state: object.initial, used: 0n }];
  for (const part of partsOf(operations.filter(isKnown))) {
    const search = new PartSearch(part, unknown, object);
    for (const start of starts) search.from(start);
    if (search.isExhausted) return { kind: 'undecided' };
    if (search.ends.size === 0) return { kind: 'violation', stuckAt: search.stuckAt };
    starts = leastUsed([...search.ends.values()], object);
  }
  return { kind: 'linearizable' };
}

/** The parts between the points where nothing is under way. */
function partsOf(known: readonly Operation[]): Operation[][] {
  const parts: Operation[][] = [];
  let until = Number.NEGATIVE_INFINITY;
  for (const operation of [...known].sort((a, b) => a.invoked - b.invoked)) {
    if (operation.invoked > until) parts.push([]);
    parts.at(-1)!.push(operation);
    until = Math.max(until, operation.returned);
  }
  return parts;
}

/** Of configurations in the same state, one that has used fewer unknown operations can do all that the others can. */
function leastUsed<S>(all: readonly Configuration<S>[], object: SequentialObject<S>): Configuration<S>[] {
  return all.filter(
    ({ state, used }) =>
      !all.some(
        (other) =>
          other.used !== used && (other.used & used) === other.used && object.show(other.state) === object.show(state),
      ),
  );
}

/** All orders of one part, from some configurations to those that it can end in. */
class PartSearch<S> {
  readonly ends = new Map<string, Configuration<S>>();
  readonly #part: readonly Operation[];
  readonly #unknown: readonly Operation[];
  readonly #object: SequentialObject<S>;
  #steps = 0;
  /** By what is done and the state: the sets of unknown operations used on the way there. */
  readonly #seen = new Map<string, bigint[]>();
  readonly #all: bigint;
  #furthest = -1;
  #stuckAt: Operation;

  constructor(part: readonly Operation[], unknown: readonly Operation[], object: SequentialObject<S>) {
    this.#part = part;
    this.#unknown = unknown;
    this.#object = object;
    this.#all = (1n << BigInt(part.length)) - 1n;
    this.#stuckAt = part[0]!;
  }

  /** It gave up. */
  get isExhausted(): boolean {
    return this.#steps > MOST_STEPS;
  }

  /** The operation before whose return the search came furthest. */
  get stuckAt(): Operation {
    return this.#stuckAt;
  }

  /** Those that used fewest unknown operations come first, so that others of the same state are seen to be no better. */
  from(start: Configuration<S>): void {
    const byUse: Point<S>[][] = [[{ done: 0n, count: 0, ...start }]];
    for (let uses = 0; uses < byUse.length; uses++) {
      const open = byUse[uses]!;
      for (let at = open.pop(); at && !this.isExhausted; at = open.pop()) {
        if (!this.#isNew(at)) continue;
        const more = byUse[uses + 1] ?? [];
        byUse[uses + 1] = more;
        this.#visit(at, open, more);
      }
    }
  }

  /** Whether nothing as good was seen: as much done in the same state, with no unknown operation that this has left. */
  #isNew({ done, state, used }: Point<S>): boolean {
    const key = `${done}|${this.#object.show(state)}`;
    const before = this.#seen.get(key);
    if (before?.some((other) => (other & used) === other)) return false;
    if (before) before.push(used);
    else this.#seen.set(key, [used]);
    return true;
  }

  #visit({ done, count, state, used }: Point<S>, same: Point<S>[], more: Point<S>[]): void {
    if (done === this.#all) {
      this.ends.set(`${used}|${this.#object.show(state)}`, { state, used });
      return;
    }
    const firstReturn = this.#firstReturn(done, count);
    this.#part.forEach((operation, number) => {
      const bit = 1n << BigInt(number);
      if ((done & bit) !== 0n || operation.invoked > firstReturn) return;
      const next = this.#step(state, operation);
      if (next) same.push({ done: done | bit, count: count + 1, state: next.state, used });
    });
    this.#unknown.forEach((operation, number) => {
      const bit = 1n << BigInt(number);
      if ((used & bit) !== 0n || operation.invoked > firstReturn) return;
      const next = this.#step(state, operation);
      if (next) more.push({ done, count, state: next.state, used: used | bit });
    });
  }

  #step(state: S, operation: Operation): { readonly state: S } | undefined {
    this.#steps += 1;
    return this.#object.step(state, operation);
  }

  /** What comes next must have been asked for before the first of the others returned. */
  #firstReturn(done: bigint, count: number): number {
    let first: Operation | undefined;
    this.#part.forEach((operation, number) => {
      if ((done & (1n << BigInt(number))) !== 0n) return;
      if (!first || operation.returned < first.returned) first = operation;
    });
    if (count > this.#furthest) {
      this.#furthest = count;
      this.#stuckAt = first!;
    }
    return first!.returned;
  }
}

/** One key of an owned cache: the id of the entry that is there, or null. */
export const REGISTER: SequentialObject<number | null> = {
  initial: null,
  show: (state) => String(state),
  step(state, { kind, id, outcome, output }) {
    const known = outcome === 'ok';
    switch (kind) {
      case 'put':
        return { state: id };
      case 'delete':
        return known && output !== (state !== null) ? undefined : { state: null };
      case 'read':
        return known && output !== state ? undefined : { state };
      case 'swap':
        return known && output !== state ? undefined : { state: id };
      case 'insert': {
        const inserted = state === null;
        if (!known) return { state: inserted ? id : state };
        const [said, shown] = output as [boolean, number];
        return said === inserted && shown === (inserted ? id : state) ? { state: inserted ? id : state } : undefined;
      }
      default:
        throw new TypeError(`a register knows no ${kind}`);
    }
  },
};
