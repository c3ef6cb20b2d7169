/** What the cluster did in a minute, a day, a month: rows of one form, each summed up from the rows of the next smaller period. Pure. */
import * as z from 'zod';
import { COUNTERS, type Counts, type Gauges } from './counters.ts';

export type Period = 'minute' | 'day' | 'month';

/** How a figure was over a period. */
const Spread = z.object({ mean: z.number(), max: z.number() });

export const PeriodData = z.object({
  /** Minutes that went into it. */
  minutes: z.int(),
  counts: z.record(z.string(), z.int()),
  gauges: z.record(z.string(), Spread),
  /** In a minute: nodes whose counts are in it. */
  nodes: z.array(z.string()),
  /** Nodes whose counts could not be fetched. What they had counted is in a later minute, or lost with them. */
  missing: z.array(z.string()),
});
export type PeriodData = z.infer<typeof PeriodData>;

export function minuteData(
  counts: Counts,
  gauges: Gauges,
  { nodes, missing }: Pick<PeriodData, 'nodes' | 'missing'>,
): PeriodData {
  const spreads = Object.entries(gauges).map(([name, value]) => [name, { mean: value, max: value }]);
  return { minutes: 1, counts, gauges: Object.fromEntries(spreads), nodes, missing };
}

/** All of nothing: no minutes, nothing counted. */
export function summedUp(parts: readonly PeriodData[]): PeriodData {
  const minutes = parts.reduce((sum, part) => sum + part.minutes, 0);
  const counts = COUNTERS.map((name) => [name, parts.reduce((sum, part) => sum + (part.counts[name] ?? 0), 0)]);
  const names = [...new Set(parts.flatMap(({ gauges }) => Object.keys(gauges)))];
  const gauges = names.map((name) => {
    const spreads = parts.map((part) => ({ ...(part.gauges[name] ?? { mean: 0, max: 0 }), minutes: part.minutes }));
    const total = spreads.reduce((sum, spread) => sum + spread.mean * spread.minutes, 0);
    return [name, { mean: minutes === 0 ? 0 : total / minutes, max: Math.max(...spreads.map(({ max }) => max)) }];
  });
  const missing = [...new Set(parts.flatMap((part) => part.missing))].sort();
  return {
    minutes,
    counts: Object.fromEntries(counts),
    gauges: Object.fromEntries(gauges),
    nodes: [],
    missing,
  };
}

export const MINUTE_MS = 60_000;
export const DAY_MS = 24 * 60 * MINUTE_MS;

/** The begin of the day or month (UTC) in which `at` is. */
export function beginOf(period: 'day' | 'month', at: number): number {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), period === 'day' ? date.getUTCDate() : 1);
}

/** The begin of the one after that which begins at `begin`. */
export function nextOf(period: 'day' | 'month', begin: number): number {
  if (period === 'day') return begin + DAY_MS;
  const date = new Date(begin);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}
