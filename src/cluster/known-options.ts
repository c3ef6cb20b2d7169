/** Options by name: one that does not exist is refused, so that a slip of the pen is not silently the default. */
import { InvalidValue } from '../base/index.ts';
import { timingOf } from '../services/index.ts';
import type { ClusterOptions, RestartPolicy } from './cluster.ts';

/** Every name of `T`, and no other; the compiler sees to it. */
export type Names<T> = Readonly<Record<keyof T, true>>;

export const CLUSTER_OPTIONS: Names<ClusterOptions> = {
  nodes: true,
  settings: true,
  restart: true,
  onEvent: true,
  startDeadlineMs: true,
  timing: true,
};

const RESTART: Names<RestartPolicy> = { budget: true, withinMs: true, delayMs: true, maxDelayMs: true };

/** Throws `InvalidValue` for options that `known` does not name, also within `restart` and `timing`. `what` takes them. */
export function checkOptions<T extends ClusterOptions>(what: string, options: T, known: Names<T>): void {
  checkNames(what, options, known);
  const { restart = {}, timing = {} } = options;
  checkNames(`${what} restart`, restart, RESTART);
  checkNames(`${what} timing`, timing, timingOf());
}

function checkNames(what: string, given: unknown, known: object): void {
  if (typeof given !== 'object' || given === null) {
    throw new InvalidValue(what, `expected an object of options, got ${String(given)}`);
  }
  const names = Object.keys(known);
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    const near = nearMiss(name, names);
    const hint = near === undefined ? '' : `; did you mean ${near}?`;
    throw new InvalidValue(what, `there is no option ${JSON.stringify(name)}${hint} (there are ${names.join(', ')})`);
  }
}

/** The name nearest to the word, if a third of it or less would have to change. */
function nearMiss(word: string, names: readonly string[]): string | undefined {
  const far = Math.max(1, Math.floor(word.length / 3));
  const [nearest] = names
    .map((name) => ({ name, distance: editDistance(word.toLowerCase(), name.toLowerCase()) }))
    .filter(({ distance }) => distance <= far)
    .sort((a, b) => a.distance - b.distance);
  return nearest?.name;
}

/** Levenshtein's: how many letters to put in, take out or change. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
