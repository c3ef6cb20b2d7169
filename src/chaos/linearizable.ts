/**
 * Whether a history of one object is linearizable (Herlihy and Wing, 1990), by the search of Wing and Gong (1993) with
 * Lowe's memory of configurations seen ("Testing for linearizability", 2017). An operation whose outcome is unknown may
 * take effect at any time after it was asked for, or never.
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
  | { readonly kind: 'violation'; readonly stuckAt: Operation };

interface Entry {
  readonly operation: Operation;
  readonly isCall: boolean;
  readonly number: number;
  match: Entry | undefined;
  before: Entry | undefined;
  after: Entry | undefined;
}

const MOST_STEPS = 300_000;

/** Refused operations must be left out by the caller. */
export function checkLinearizable<S>(operations: readonly Operation[], object: SequentialObject<S>): Verdict {
  const head = entriesOf(operations);
  const seen = new Set<string>();
  const done = new Set<number>();
  const taken: { entry: Entry; state: S }[] = [];
  let mustEnd = operations.filter(({ returned }) => returned !== Number.POSITIVE_INFINITY).length;
  let state = object.initial;
  let entry = head.after;
  let furthest: { count: number; operation: Operation } | undefined;
  for (let steps = 0; mustEnd > 0; steps++) {
    if (steps > MOST_STEPS) return { kind: 'undecided' };
    if (entry?.isCall) {
      const next = object.step(state, entry.operation);
      if (next) {
        done.add(entry.number);
        const configuration = `${[...done].sort((a, b) => a - b).join(',')}|${object.show(next.state)}`;
        if (!seen.has(configuration)) {
          seen.add(configuration);
          taken.push({ entry, state });
          state = next.state;
          lift(entry);
          if (entry.match) mustEnd -= 1;
          entry = head.after;
          continue;
        }
        done.delete(entry.number);
      }
      entry = entry.after;
      continue;
    }
    if (entry && (furthest === undefined || done.size > furthest.count)) {
      furthest = { count: done.size, operation: entry.operation };
    }
    const last = taken.pop();
    if (!last) return { kind: 'violation', stuckAt: (furthest?.operation ?? operations[0])! };
    state = last.state;
    done.delete(last.entry.number);
    if (last.entry.match) mustEnd += 1;
    unlift(last.entry);
    entry = last.entry.after;
  }
  return { kind: 'linearizable' };
}

/** Calls and returns in their order, as a list with a head. Operations that never returned have a call only. */
function entriesOf(operations: readonly Operation[]): Entry {
  const points = operations.flatMap((operation, number) => {
    const call: Entry = { operation, number, isCall: true, match: undefined, before: undefined, after: undefined };
    if (operation.returned === Number.POSITIVE_INFINITY) return [{ at: operation.invoked, entry: call }];
    const end: Entry = { ...call, isCall: false };
    call.match = end;
    return [
      { at: operation.invoked, entry: call },
      { at: operation.returned, entry: end },
    ];
  });
  points.sort((a, b) => a.at - b.at);
  const head: Entry = {
    operation: undefined as never,
    number: -1,
    isCall: true,
    match: undefined,
    before: undefined,
    after: undefined,
  };
  let last = head;
  for (const { entry } of points) {
    last.after = entry;
    entry.before = last;
    last = entry;
  }
  return head;
}

function lift(entry: Entry): void {
  unlink(entry);
  if (entry.match) unlink(entry.match);
}

function unlift(entry: Entry): void {
  if (entry.match) relink(entry.match);
  relink(entry);
}

function unlink(entry: Entry): void {
  if (entry.before) entry.before.after = entry.after;
  if (entry.after) entry.after.before = entry.before;
}

function relink(entry: Entry): void {
  if (entry.before) entry.before.after = entry;
  if (entry.after) entry.after.before = entry;
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
