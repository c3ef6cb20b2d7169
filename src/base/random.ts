/** Seeded pseudo-random numbers (sfc32, Chris Doty-Humphrey's PractRand). Not for secrets. */

/** A number in [0, 1). */
export type RandomSource = () => number;

export function seededRandom(seed: number): RandomSource {
  let a = 0x9e3779b9 | 0;
  let b = 0x243f6a88 | 0;
  let c = seed | 0;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 0x1_0000_0000;
  };
  for (let warmUp = 0; warmUp < 16; warmUp++) next();
  return next;
}

/** An integer in [low, high], both included. */
export function integerBetween(random: RandomSource, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}
