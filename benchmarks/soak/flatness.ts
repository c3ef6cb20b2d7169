/**
 * Whether a series of samples is flat: the median of its last third against that of its middle third. The first third is for
 * warming up. Pure.
 */
export interface Sample {
  readonly atMs: number;
  readonly value: number;
}

/** What may be added from the middle to the end and still count as flat. */
export interface Tolerance {
  readonly part: number;
  readonly absolute: number;
}

export interface Flatness {
  readonly name: string;
  readonly samples: number;
  readonly forMs: number;
  readonly middle: number;
  readonly last: number;
  readonly isFlat: boolean;
}

/** With fewer samples there is nothing to compare. */
const FEWEST_SAMPLES = 9;

/** Undefined when the series is too short to say. */
export function flatnessOf(
  name: string,
  series: readonly Sample[],
  { part, absolute }: Tolerance,
): Flatness | undefined {
  if (series.length < FEWEST_SAMPLES) return undefined;
  const third = Math.floor(series.length / 3);
  const middle = median(series.slice(-2 * third, -third));
  const last = median(series.slice(-third));
  const forMs = series.at(-1)!.atMs - series[0]!.atMs;
  return { name, samples: series.length, forMs, middle, last, isFlat: last <= middle * (1 + part) + absolute };
}

function median(samples: readonly Sample[]): number {
  const sorted = samples.map(({ value }) => value).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
