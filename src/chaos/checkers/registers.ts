/** Owned caches: linearizable per key, one winner per `insertNew`, and local reads that never go back. */
import { byKey, groups, type Happening, type History, type Operation } from '../history.ts';
import { shortestRegister } from '../shortest/register.ts';
import { endOf } from './lives.ts';
import { type Checker, same, type Violation } from './violation.ts';

const LINEARIZABLE = 'P5: owned caches are linearizable per key, and no acknowledged write is lost';
const ONE_WINNER = 'P5: insertNew has one winner';
const LOCAL = 'P5: a local read never goes back and sees every write that resolved before';

const WRITES = ['put', 'delete', 'insert', 'swap'];

/** The value at the end is read once more as an operation, so that a lost write is a violation too. */
export const checkRegisters: Checker = (history, final) => {
  const { value, violations } = same(final, 'registers', LINEARIZABLE);
  for (const [key, operations] of byKey(history.of(...WRITES, 'read'))) {
    const counted = operations.filter(
      ({ outcome, kind }) => outcome !== 'refused' && !(kind === 'read' && outcome !== 'ok'),
    );
    const shortest = shortestRegister([...counted, { ...lastRead(counted), output: value?.[key] ?? null }]);
    if (!shortest) continue;
    const { stuckAt, initial } = shortest;
    const what = stuckAt.id === 0 ? `what is there at the end (${String(stuckAt.output)})` : `#${stuckAt.id}`;
    const before = initial === undefined ? '' : `, which held ${initial ?? 'nothing'}`;
    violations.push({
      promise: LINEARIZABLE,
      problem: `register ${key}${before}: no order of the operations explains ${what}`,
      // What made the state it begins with is no part of the proof; a person looks for it.
      matters: [...counted.filter(({ id }) => id === initial), ...shortest.operations],
    });
  }
  return violations;
};

function lastRead(counted: readonly Operation[]): Operation {
  const place = Number.MAX_SAFE_INTEGER;
  const at = Math.max(0, ...counted.map(({ invokedAt, settledAt = invokedAt }) => settledAt));
  return {
    id: 0,
    node: 'the end',
    kind: 'read',
    key: counted[0]?.key ?? '',
    input: null,
    invoked: place - 1,
    invokedAt: at,
    returned: place,
    settledAt: at,
    outcome: 'ok',
    output: null,
    error: undefined,
  };
}

export const checkSlots: Checker = (history, final) => {
  const { value, violations } = same(final, 'slots', ONE_WINNER);
  for (const [key, operations] of byKey(history.of('claim slot'))) {
    const acknowledged = operations.filter(({ outcome }) => outcome === 'ok');
    const winners = acknowledged.filter(({ output }) => (output as [boolean, number])[0]);
    const told = new Set(acknowledged.map(({ output }) => (output as [boolean, number])[1]));
    if (acknowledged.length > 0 && value?.[key] !== undefined) told.add(value[key]);
    if (winners.length > 1) {
      violations.push({
        promise: ONE_WINNER,
        problem: `slot ${key} was won ${winners.length} times`,
        matters: winners,
      });
    } else if (told.size > 1) {
      violations.push({
        promise: ONE_WINNER,
        problem: `of slot ${key} different winners were told: ${[...told]}`,
        matters: operations,
      });
    } else if (acknowledged.length > 0 && value?.[key] === undefined) {
      violations.push({ promise: ONE_WINNER, problem: `the winner of slot ${key} is lost`, matters: operations });
    }
  }
  return violations;
};

/** Each local read against the writes: it shows one that was asked for, and none that another had replaced before. */
export const checkLocalReads: Checker = (history) => {
  const writes = byKey(history.of(...WRITES).filter(({ outcome }) => outcome !== 'refused'));
  const violations: Violation[] = [];
  for (const get of history.of('get').filter(({ outcome }) => outcome === 'ok')) {
    // Out of the view, a node does not hear of the writes of the others.
    if (get.invoked > endOf(history, get.node)) continue;
    const stale = staleness(get, writes.get(get.key) ?? []);
    if (stale)
      violations.push({
        promise: LOCAL,
        problem: `#${get.id} of register ${get.key}: ${stale.problem}`,
        matters: [...stale.matters, get],
      });
  }
  return [...violations, ...backwards(history), ...checkOrder(history)];
};

/** On one node a key shows no value again that another had followed. Every value is written once. */
function backwards(history: History): Violation[] {
  const passed = new Map<string, Set<unknown>>();
  const last = new Map<string, Operation>();
  const violations: Violation[] = [];
  for (const get of history.of('get').filter(({ outcome, output }) => outcome === 'ok' && output !== null)) {
    const place = `${get.node} ${get.key}`;
    const before = last.get(place);
    if (before && before.output !== get.output) {
      const values = passed.get(place) ?? new Set();
      passed.set(place, values.add(before.output));
      if (values.has(get.output)) {
        const problem = `#${get.id} on ${get.node} went back to ${String(get.output)} of register ${get.key}`;
        violations.push({ promise: LOCAL, problem, matters: [before, get] });
      }
    }
    last.set(place, get);
  }
  return violations;
}

/** What is wrong with a value that was seen, against the writes that may explain it. */
export function staleness(
  get: Pick<Operation, 'invoked' | 'returned' | 'output'>,
  writes: readonly Operation[],
): { problem: string; matters: Operation[] } | undefined {
  const resolved = writes.filter((write) => write.returned < get.invoked && isWrite(write));
  const candidates = writes.filter((write) => write.invoked < get.returned && writtenValue(write) === get.output);
  if (get.output !== null && candidates.length === 0)
    return { problem: `shows ${String(get.output)}, which nobody had written`, matters: [] };
  const newest = latest(resolved);
  if (!newest) return undefined;
  if (candidates.some((write) => write.returned >= newest.invoked)) return undefined;
  return {
    problem: `shows ${String(get.output)} though #${newest.id} had replaced it`,
    matters: [...candidates, newest],
  };
}

/** The write that was asked for last: all that returned before it was asked for are older. */
function latest(writes: readonly Operation[]): Operation | undefined {
  return [...writes].sort((a, b) => b.invoked - a.invoked)[0];
}

function isWrite({ kind, outcome, output }: Operation): boolean {
  if (outcome !== 'ok' || kind === 'put' || kind === 'swap') return true;
  return kind === 'delete' ? output === true : (output as [boolean, number])[0];
}

function writtenValue({ kind, id }: Operation): number | null {
  return kind === 'delete' ? null : id;
}

/** All nodes apply the changes of a key in one order, and none comes back. */
function checkOrder(history: History): Violation[] {
  const sequences = groups(history.all('applied'), ({ node, details }) => `${details.table} ${details.key} ${node}`);
  const violations: Violation[] = [];
  const follows = new Map<string, Happening>();
  for (const sequence of sequences.values()) {
    const values = sequence.filter(({ details }) => details.after !== null);
    const seen = new Set<unknown>();
    values.forEach((change, at) => {
      const { table, key, after } = change.details;
      if (seen.has(after))
        violations.push({
          promise: LOCAL,
          problem: `${change.node} went back to ${String(after)} in ${table} ${key}`,
          matters: values.slice(Math.max(0, at - 4), at + 1),
        });
      seen.add(after);
      for (const later of values.slice(at + 1, at + 6)) {
        const reverse = follows.get(`${table} ${key} ${String(later.details.after)} ${String(after)}`);
        if (reverse)
          violations.push({
            promise: LOCAL,
            problem: `${later.node} and ${reverse.node} applied ${String(after)} and ${String(later.details.after)} of ${table} ${key} in different orders`,
            matters: [change, later, reverse],
          });
        follows.set(`${table} ${key} ${String(after)} ${String(later.details.after)}`, later);
      }
    });
  }
  return violations;
}
