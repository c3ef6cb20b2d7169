/** The option `--timing`: times of the cluster as `name=ms`, separated by commas. Pure. */
import type { Timing } from '../../services/index.ts';
import { UsageError } from './failure.ts';

const NAMES: readonly (keyof Timing)[] = ['leaseMs', 'marginMs', 'hungMs', 'ackMs'];
const MOST_MS = 3_600_000;

export const TIMING_FORM = 'leaseMs=3000,marginMs=500';

/** Throws `UsageError`. */
export function parseTiming(text: string): Partial<Timing> {
  const timing: Partial<Record<keyof Timing, number>> = {};
  for (const part of text.split(',')) {
    const [name = '', value = '', ...more] = part.split('=').map((word) => word.trim());
    const known = NAMES.find((candidate) => candidate === name);
    if (!known) throw new UsageError(`--timing ${shown(part)} names none of ${NAMES.join(', ')}; ${expected}`);
    if (timing[known] !== undefined) throw new UsageError(`--timing gives ${known} twice`);
    const ms = more.length === 0 && /^\d{1,7}$/.test(value) ? Number(value) : Number.NaN;
    if (!(ms >= 1 && ms <= MOST_MS))
      throw new UsageError(`--timing ${shown(part)} is not a whole number of ms from 1 to ${MOST_MS}; ${expected}`);
    timing[known] = ms;
  }
  return timing;
}

const expected = `expected: --timing ${TIMING_FORM}`;

function shown(part: string): string {
  return JSON.stringify(part.trim().slice(0, 60));
}
