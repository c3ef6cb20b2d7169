/** The variables of the environment that choose the seeds of a test: a value that is no number names itself. */
import { InvalidValue } from '../base/index.ts';

/** MUSTER_SEED: one seed to run; undefined when it is not set. Throws `InvalidValue`. */
export function seedOfEnvironment(): number | undefined {
  return wholeNumberOf('MUSTER_SEED', 0);
}

/** MUSTER_SEEDS: how many seeds to run. Throws `InvalidValue`. */
export function seedCountOfEnvironment(otherwise: number): number {
  return wholeNumberOf('MUSTER_SEEDS', 1) ?? otherwise;
}

function wholeNumberOf(name: string, least: number): number | undefined {
  const text = process.env[name];
  if (text === undefined) return undefined;
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new InvalidValue(name, `expected a whole number from ${least}, got ${JSON.stringify(text)}`);
}
