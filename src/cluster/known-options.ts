/** Options by name: one that does not exist is refused, so that a slip of the pen is not silently the default. */
import { InvalidValue, nearName } from '../base/index.ts';
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
    const near = nearName(names, name);
    const hint = near === undefined ? '' : `; did you mean ${near}?`;
    throw new InvalidValue(what, `there is no option ${JSON.stringify(name)}${hint} (there are ${names.join(', ')})`);
  }
}
