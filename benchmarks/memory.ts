/** Whether memory stays flat while something runs: samples taken beside it, and their growth from the first third to the last. */
import type { Cluster } from '../src/index.ts';
import { ask } from './ours.ts';

const SAMPLE_EVERY_MS = 1_000;
/** With fewer, a third says little. */
const FEWEST_SAMPLES = 15;
const MEGABYTE = 1_048_576;

/** In megabytes. */
export type Growth = Readonly<Record<'rss' | 'heaps' | 'external', number>>;

/** What may come and go with the garbage collector, in megabytes. */
const TOLERANCE = 128;

/** The growth of the process, and of the threads of the nodes, while `work` goes on. Rejects when the process grew by more than noise. */
export async function whileWatched<T>(
  cluster: Cluster,
  forMs: number,
  work: Promise<T>,
): Promise<{ done: T; growth: Growth }> {
  const everyMs = Math.min(SAMPLE_EVERY_MS, forMs / FEWEST_SAMPLES);
  const until = performance.now() + forMs;
  const ids = cluster.nodes().map(({ id }) => id);
  const rss = series(everyMs, until, async () => [process.memoryUsage().rss]);
  // Each at its own pace: who is busy answers late.
  const threads = ids.map((id) =>
    series(everyMs, until, async () => {
      const { heap, external } = await ask(cluster, id, 'overload', 'memory');
      return [heap, external];
    }),
  );
  const [done, ofProcess, ...ofThreads] = await Promise.all([work, rss, ...threads]);
  const sum = (at: number): number =>
    ofThreads.reduce((total, samples) => total + growthOf(samples.map((one) => one[at]!)), 0);
  const growth = { rss: growthOf(ofProcess.map(([bytes]) => bytes!)), heaps: sum(0), external: sum(1) };
  assertFlat(growth);
  return { done, growth };
}

async function series(everyMs: number, until: number, sample: () => Promise<number[]>): Promise<number[][]> {
  const samples: number[][] = [];
  while (performance.now() < until) {
    samples.push(await sample());
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  return samples;
}

/** From the median of the first third to that of the last, in megabytes. */
export function growthOf(bytes: readonly number[]): number {
  const third = Math.max(1, Math.floor(bytes.length / 3));
  return (median(bytes.slice(-third)) - median(bytes.slice(0, third))) / MEGABYTE;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

/** Throws when the process has grown. */
export function assertFlat({ rss }: Growth): void {
  if (rss > TOLERANCE) throw new Error(`the process grew by ${Math.round(rss)} MB`);
}
