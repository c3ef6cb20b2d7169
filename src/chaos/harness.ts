/**
 * What a user brings to put an app to the test: a workload, invariants, or both. Checked before anything runs, whether it comes
 * as options of `simulate` or as exports of an app's module.
 */
import { InvalidValue, nearName } from '../base/index.ts';
import type { SimulatedCluster } from '../cluster/index.ts';
import type { AppWorkload } from './app-scenario.ts';
import type { Invariant } from './invariants.ts';

export interface Harness {
  readonly workload: AppWorkload | undefined;
  readonly invariants: readonly Invariant<SimulatedCluster>[];
}

const NAMES = ['workload', 'invariants'] as const;

/**
 * An app may be tested with its own servers and timers as the only workload, or with nothing but what is checked of every app.
 * With neither a workload nor an invariant nothing would be put to the test. Throws `InvalidValue`; `what` names where `given`
 * comes from.
 */
export function checkHarness(what: string, given: Readonly<Record<string, unknown>>): Harness {
  const { workload, invariants } = given;
  const strangers = Object.keys(given).filter((name) => !NAMES.includes(name as (typeof NAMES)[number]));
  const misspelt = NAMES.filter((name) => given[name] === undefined).flatMap((name) => {
    const near = nearName(strangers, name);
    return near === undefined ? [] : [`expected ${name}, got ${near}`];
  });
  if (misspelt.length > 0) throw new InvalidValue(what, misspelt.join('; '));
  if (workload !== undefined && typeof workload !== 'function')
    throw new InvalidValue(what, `expected workload to be a function, got ${shown(workload)}`);
  const checked = checkInvariants(what, invariants);
  if (workload === undefined && checked.length === 0) {
    const got = invariants === undefined ? 'neither' : 'an empty list of invariants';
    throw new InvalidValue(
      what,
      `expected workload, invariants or both beside the app, got ${got}: nothing would be put to the test`,
    );
  }
  return { workload: workload as AppWorkload | undefined, invariants: checked };
}

function checkInvariants(what: string, invariants: unknown): readonly Invariant<SimulatedCluster>[] {
  if (invariants === undefined) return [];
  if (!Array.isArray(invariants))
    throw new InvalidValue(what, `expected invariants to be a list of { name, check }, got ${shown(invariants)}`);
  for (const [at, one] of invariants.entries()) {
    const { name, check } = (one ?? {}) as Partial<Invariant>;
    if (typeof name === 'string' && typeof check === 'function') continue;
    const got = `name ${shown(name)} and check ${shown(check)}`;
    throw new InvalidValue(what, `expected invariants[${at}] to have a name (text) and a check (function), got ${got}`);
  }
  return invariants;
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60));
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
