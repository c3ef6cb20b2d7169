/**
 * The shortest history of one register that no order of its operations explains: from the whole history of a key to the few
 * operations that show it. Pure, bounded in runs of the checker.
 *
 * To leave out any operation would lie: without the write that a read saw, the read alone looks like a violation. So only
 * steps are taken that keep an explicable history explicable; what is rejected afterwards was rejected before, for a reason
 * that lies in what is left. Each works on a linearization of the history, if there is one:
 *
 * - *Cut what comes later.* Up to the last operation that returned by then, a linearization holds nothing that was asked for
 *   after it; so its beginning explains what is left. Operations still under way at the cut lose their result: they may have
 *   taken effect or not.
 * - *Cut what came before a quiet moment*, when nothing was under way, and begin with the state it left, if all
 *   linearizations of it leave the same.
 * - *Leave out what has no effect*: reads, and writes that say that they changed nothing.
 * - *Leave out a write whose value nobody who stays has seen.* In the linearization, the state it made is seen by none, so the
 *   state before can stand in its place. A delete that found something has seen that there was something, whatever it was, and
 *   keeps all writes; an `insert` of unknown outcome writes only where there is nothing, and keeps deletes if its value was
 *   seen.
 */
import type { Operation } from '../history.ts';
import { checkLinearizable, REGISTER, type SequentialObject } from '../linearizable.ts';
import { deltaDebug } from './delta-debug.ts';

type Value = number | null;

export interface ShortestRegister {
  /** What shows it, in the order of invocation. */
  readonly operations: readonly Operation[];
  /** What was there before them, when what made it is not among them. */
  readonly initial: Value | undefined;
  /** What could not be explained. */
  readonly stuckAt: Operation;
}

const MOST_RUNS = 300;
/** This few are read more easily than told what was there before. */
const FEW = 5;
const NEVER = Number.POSITIVE_INFINITY;

/** Undefined when the history is explicable, or too long to tell. Refused operations must be left out by the caller. */
export function shortestRegister(operations: readonly Operation[]): ShortestRegister | undefined {
  if (!isRejected(operations, null)) return undefined;
  const early = leaveOut(cutLater(operations), null);
  const cut = early.length > FEW ? cutBefore(early) : undefined;
  const kept = cut ? leaveOut(cut.rest, cut.initial) : early;
  const verdict = checkLinearizable(kept, from(cut?.initial ?? null));
  return {
    operations: kept,
    initial: cut?.initial,
    stuckAt: verdict.kind === 'violation' ? verdict.stuckAt : kept.at(-1)!,
  };
}

function from(initial: Value): SequentialObject<Value> {
  return { ...REGISTER, initial };
}

function isRejected(operations: readonly Operation[], initial: Value): boolean {
  return operations.length > 0 && checkLinearizable(operations, from(initial)).kind === 'violation';
}

/** The history up to the first return at which nothing explains it any more. */
function cutLater(operations: readonly Operation[]): readonly Operation[] {
  const returns = operations.map(({ returned }) => returned).filter((at) => at !== NEVER);
  returns.sort((a, b) => a - b);
  let low = 0;
  let high = returns.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isRejected(upTo(operations, returns[middle]!), null)) high = middle;
    else low = middle + 1;
  }
  return upTo(operations, returns[low] ?? NEVER);
}

function upTo(operations: readonly Operation[], end: number): Operation[] {
  return operations
    .filter(({ invoked }) => invoked <= end)
    .map((operation) => (operation.returned <= end ? operation : stillUnderWay(operation)));
}

function stillUnderWay(operation: Operation): Operation {
  if (operation.returned === NEVER) return operation;
  return { ...operation, returned: NEVER, outcome: 'unknown', output: undefined, error: 'still under way' };
}

function leaveOut(operations: readonly Operation[], initial: Value): readonly Operation[] {
  const stillFails = (part: readonly Operation[]): boolean =>
    mayLeaveOut(operations, part) && isRejected(part, initial);
  return deltaDebug(operations, stillFails, { mostRuns: MOST_RUNS });
}

/** Whether all that is not in `part` can go, one after another, without making an explicable history inexplicable. */
export function mayLeaveOut(operations: readonly Operation[], part: readonly Operation[]): boolean {
  const staying = new Set(part);
  let kept: readonly Operation[] = operations;
  for (;;) {
    const going = kept.filter((operation) => !staying.has(operation));
    if (going.length === 0) return true;
    const seen = new Seen(kept);
    const next = going.filter((operation) => mayGo(operation, seen));
    if (next.length === 0) return false;
    // Of those that change something only one goes at a time: what it saw no longer keeps the others.
    const changing = next.find((operation) => effectOf(operation) !== undefined);
    const gone = new Set(next.filter((operation) => effectOf(operation) === undefined || operation === changing));
    kept = kept.filter((operation) => !gone.has(operation));
  }
}

function mayGo(operation: Operation, seen: Seen): boolean {
  const effect = effectOf(operation);
  if (effect === undefined) return true;
  if (effect === null) return !seen.nothing(operation) && !seen.uncertainInsert(operation);
  return !seen.value(effect, operation) && !seen.something(operation);
}

/** What an operation may write; undefined when it certainly writes nothing. */
function effectOf({ kind, id, outcome, output }: Operation): Value | undefined {
  if (kind === 'read') return undefined;
  if (outcome !== 'ok') return kind === 'delete' ? null : id;
  if (kind === 'delete') return output === true ? null : undefined;
  if (kind === 'insert') return (output as [boolean, number])[0] ? id : undefined;
  return id;
}

const SOMETHING = Symbol('something');

/** What an operation tells of the state it found. */
function sightOf({ kind, outcome, output }: Operation): Value | typeof SOMETHING | undefined {
  if (outcome !== 'ok' || kind === 'put') return undefined;
  if (kind === 'delete') return output === true ? SOMETHING : null;
  if (kind !== 'insert') return output as Value;
  const [inserted, value] = output as [boolean, number];
  return inserted ? null : value;
}

/** Who among some operations has seen what. */
class Seen {
  readonly #by = new Map<Value | typeof SOMETHING, Operation[]>();
  readonly #uncertain: readonly Operation[];

  constructor(operations: readonly Operation[]) {
    for (const operation of operations) {
      const sight = sightOf(operation);
      if (sight === undefined) continue;
      const list = this.#by.get(sight);
      if (list) list.push(operation);
      else this.#by.set(sight, [operation]);
    }
    this.#uncertain = operations.filter(({ kind, outcome }) => kind === 'insert' && outcome !== 'ok');
  }

  #byAnother(sight: Value | typeof SOMETHING, self: Operation): boolean {
    return this.#by.get(sight)?.some((operation) => operation !== self) ?? false;
  }

  value(value: number, self: Operation): boolean {
    return this.#byAnother(value, self);
  }

  nothing(self: Operation): boolean {
    return this.#byAnother(null, self);
  }

  something(self: Operation): boolean {
    return this.#byAnother(SOMETHING, self);
  }

  /** Whether an `insert` of unknown outcome was seen to have written. */
  uncertainInsert(self: Operation): boolean {
    return this.#uncertain.some((insert) => insert !== self && this.#byAnother(insert.id, self));
  }
}

/** The latest quiet moment before which everything can go, with what was there then. */
function cutBefore(operations: readonly Operation[]): { rest: readonly Operation[]; initial: Value } | undefined {
  const ordered = [...operations].sort((a, b) => a.invoked - b.invoked);
  for (let at = ordered.length - 1; at > 0; at--) {
    const before = ordered.slice(0, at);
    if (before.some(({ returned }) => returned > ordered[at]!.invoked)) continue;
    const states = statesAfter(before);
    const [only] = states;
    if (states.size !== 1 || only === undefined) continue;
    const rest = ordered.slice(at);
    if (isRejected(rest, only)) return { rest, initial: only };
  }
  return undefined;
}

const MOST_CONFIGURATIONS = 20_000;

/** All states that some linearization leaves; none when there are too many ways to look at. All have returned. */
function statesAfter(operations: readonly Operation[]): Set<Value> {
  const states = new Set<Value>();
  const known = new Set<string>();
  const visit = (left: readonly Operation[], state: Value): void => {
    const id = `${left.map((operation) => operation.id).join(' ')}|${state}`;
    if (known.has(id) || known.size > MOST_CONFIGURATIONS) return;
    known.add(id);
    if (left.length === 0) states.add(state);
    const firstReturn = Math.min(...left.map(({ returned }) => returned));
    for (const operation of left) {
      if (operation.invoked > firstReturn) continue;
      const next = REGISTER.step(state, operation);
      if (next)
        visit(
          left.filter((other) => other !== operation),
          next.state,
        );
    }
  };
  visit(operations, null);
  return known.size > MOST_CONFIGURATIONS ? new Set() : states;
}
