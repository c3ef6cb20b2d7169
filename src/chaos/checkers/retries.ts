/**
 * Operations on owned tables and names are asked again until the deadline. One that timed out had something in its way until
 * shortly before: a fault on a link, a loop that stood still, a node that came or went.
 */
import type { Happening, History, Operation } from '../history.ts';
import type { Checker, Violation } from './violation.ts';

const P11 = 'P11: what was asked of an owner that is gone is asked again until the deadline';
const KINDS = ['append', 'put', 'delete', 'read', 'insert', 'swap', 'claim slot', 'register', 'unregister'];
/** Many times as long as it takes to ask again. */
const CALM_MS = 2_000;
/** Real threads are also kept waiting by whatever else the machine does. */
const CALM_ON_THREADS_MS = 4_000;
const COMINGS_AND_GOINGS = ['killed', 'stopping', 'start', 'add', 'decided', 'view', 'app starts', 'standing'];
const LASTING = [
  ['partition', 'heal'],
  ['cut', 'cut no more'],
  ['delayed', 'delayed no more'],
  ['reordered', 'reordered no more'],
  ['small only', 'small only no more'],
] as const;

interface Obstacle {
  readonly from: number;
  readonly until: number;
  readonly happening: Happening;
}

export const checkRetries: Checker = (history) => {
  const calmMs = history.byClock ? CALM_ON_THREADS_MS : CALM_MS;
  const timedOut = history.of(...KINDS).filter(({ error }) => error?.startsWith('Timeout'));
  if (timedOut.length === 0) return [];
  const obstacles = obstaclesOf(history);
  return timedOut.flatMap((operation) => judge(operation, obstacles, calmMs));
};

function judge(operation: Operation, obstacles: readonly Obstacle[], calmMs: number): Violation[] {
  const { id, kind, key, invokedAt, settledAt = invokedAt } = operation;
  if (settledAt - invokedAt < calmMs) return [];
  const inTheWay = obstacles.filter(({ from, until }) => from <= settledAt && until >= invokedAt);
  const last = inTheWay.reduce<Obstacle | undefined>((a, b) => (a && a.until >= b.until ? a : b), undefined);
  if ((last?.until ?? invokedAt) > settledAt - calmMs) return [];
  const problem = `#${id} ${kind} ${key} timed out, and nothing had been in its way for ${calmMs} ms`;
  return [{ promise: P11, problem, matters: last ? [last.happening, operation] : [operation] }];
}

function obstaclesOf(history: History): Obstacle[] {
  const moments = history.all(...COMINGS_AND_GOINGS).map((happening) => obstacle(happening, happening.at));
  const pauses = history
    .all('paused')
    .map((happening) => obstacle(happening, happening.at + (happening.details.ms as number)));
  const lasting = LASTING.flatMap(([begins, ends]) => {
    const endAt = new Map(history.all(ends).map(({ details, at }) => [details.fault, at]));
    return history
      .all(begins)
      .map((happening) => obstacle(happening, endAt.get(happening.details.fault) ?? Number.POSITIVE_INFINITY));
  });
  return [...moments, ...pauses, ...lasting];
}

function obstacle(happening: Happening, until: number): Obstacle {
  return { happening, from: happening.at, until };
}
