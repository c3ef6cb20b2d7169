/**
 * The main scenarios at growing numbers of nodes, and at growing sizes with four nodes. What is plotted is what all nodes do
 * together in a second (messages handled, entries applied, calls answered): where that stays level, the cost of one of
 * them does, however many nodes share the cores. The limit is measured at each point, so that the machine's own curve is seen.
 */
import { callingInRing } from '../baselines/calls.ts';
import { limit, limitOfPuts } from '../baselines/fan-out.ts';
import type { CurvePoint, Scenario, Subject } from '../harness.ts';
import { ask, nodeIds, onCluster } from '../ours.ts';
import { perSecondOfAll, SMALL_BYTES } from '../work.ts';
import { putting } from './caches.ts';
import { registering } from './names.ts';
import { publishing } from './pubsub.ts';

const NODES = [2, 4, 8, 16, 32, 64];
const BYTES = [SMALL_BYTES, 1_024, 16_384];
/** How many nodes take part at each size, and the size at each number of nodes. */
const AT_SIZES = 4;

interface Point {
  readonly nodes: number;
  readonly bytes: number;
}

interface Family {
  readonly of: string;
  readonly unit: string;
  /** Units of a round at a point, of a full run and of a quick one; what is said of them is at most so many bytes. */
  readonly size: { readonly full: number; readonly quick: number };
  readonly mostBytes: number;
  /** How many units of the figure one of `size` makes at this point. */
  readonly each: (point: Point) => number;
  readonly sizes: readonly number[];
  /** `count` is what `each` made of `size`. */
  readonly subjects: readonly ((count: number, point: Point) => Promise<Subject>)[];
}

const MEGABYTE = 1_048_576;

const fanOut: Family = {
  of: 'fan-out',
  unit: 'deliveries/s',
  size: { full: 6_400_000, quick: 3_200_000 },
  mostBytes: 512 * MEGABYTE,
  each: ({ nodes }) => nodes,
  sizes: BYTES,
  subjects: [
    (count, { nodes, bytes }) =>
      timesFor(nodes, publishing('muster', { nodes, bytes, publishers: 1, listeners: nodes }, count)),
    (count, { nodes, bytes }) => timesFor(nodes, limit({ count, threads: nodes, bytes })),
  ],
};

const allToAll: Family = {
  ...fanOut,
  of: 'all-to-all',
  size: { full: 6_400_000, quick: 6_400_000 },
  each: ({ nodes }) => nodes * nodes,
  subjects: [
    (count, { nodes, bytes }) =>
      timesFor(nodes, publishing('muster', { nodes, bytes, publishers: nodes, listeners: nodes }, count)),
    (count, { nodes, bytes }) => timesFor(nodes, limit({ count, threads: nodes, publishers: nodes, bytes })),
  ],
};

/** One of so many nodes listens. The limit is the same at each: two threads. */
const narrow: Family = {
  ...fanOut,
  of: 'narrow',
  size: { full: 1_600_000, quick: 800_000 },
  each: () => 1,
  subjects: [
    (count, { nodes, bytes }) => publishing('muster', { nodes, bytes, publishers: 1, listeners: 1 }, count),
    (count, { bytes }) => limit({ count, threads: 2, listeners: 1, bytes }),
  ],
};

const put: Family = {
  of: 'cache-put',
  unit: 'entries applied/s',
  size: { full: 800_000, quick: 400_000 },
  mostBytes: 256 * MEGABYTE,
  each: ({ nodes }) => nodes,
  sizes: BYTES,
  subjects: [
    (count, { nodes, bytes }) => timesFor(nodes, putting(count, nodes, bytes)),
    (count, { nodes, bytes }) => timesFor(nodes, limitOfPuts({ count, threads: nodes, bytes })),
  ],
};

const CALLERS = 64;

/** Every node calls a server on the next one, 64 at once. */
const call: Family = {
  of: 'call',
  unit: 'calls/s',
  size: { full: 320_000, quick: 64_000 },
  mostBytes: 256 * MEGABYTE,
  each: ({ nodes }) => nodes,
  sizes: BYTES,
  subjects: [
    (count, { nodes, bytes }) => callingTheNext(count, nodes, bytes),
    (count, { nodes, bytes }) => callingInRing(count, CALLERS, nodes, bytes),
  ],
};

/** Names have no size to speak of, and nothing bare waits until all have heard. */
const register: Family = {
  of: 'register',
  unit: 'names applied/s',
  size: { full: 40_000, quick: 8_000 },
  mostBytes: Number.POSITIVE_INFINITY,
  each: ({ nodes }) => nodes,
  sizes: [],
  subjects: [
    async (count, { nodes }) => shownAs((ms) => (count * nodes * 1_000) / ms, await registering(count, nodes)),
  ],
};

const FAMILIES: readonly Family[] = [fanOut, allToAll, narrow, put, call, register];

/** One of them is part of a quick run. */
const QUICK = { of: fanOut.of, nodes: 16 };

export const curves: readonly Scenario[] = FAMILIES.flatMap((family) => [
  ...NODES.map((nodes) => at(family, { nodes, bytes: SMALL_BYTES })),
  ...family.sizes.filter((bytes) => bytes !== SMALL_BYTES).map((bytes) => at(family, { nodes: AT_SIZES, bytes })),
]);

function at(family: Family, point: Point): Scenario {
  const { of, unit, sizes, subjects } = family;
  const { nodes, bytes } = point;
  const isSmall = bytes === SMALL_BYTES;
  const places: CurvePoint[] = [];
  if (isSmall) places.push({ of, by: 'nodes', at: nodes });
  if (nodes === AT_SIZES && sizes.includes(bytes)) places.push({ of, by: 'bytes', at: bytes });
  return {
    name: `curves/${of}/${isSmall ? `${nodes}-nodes` : `${bytes}-bytes`}`,
    nodes,
    size: { full: countOf(family, 'full', point), quick: countOf(family, 'quick', point) },
    unit,
    better: 'higher',
    curves: places,
    slow: !(of === QUICK.of && nodes === QUICK.nodes),
    effort: { rounds: 5, warmUps: warmUpsOf(nodes) },
    subjects: subjects.map((start) => (count) => start(count, point)),
  };
}

/** A round is the same work at each point, and every node compiles for itself: of many nodes each sees little per round. */
function warmUpsOf(nodes: number): number {
  return Math.max(1, Math.round(nodes / 8));
}

function countOf({ size, mostBytes, each }: Family, effort: 'full' | 'quick', point: Point): number {
  const units = Math.min(size[effort], mostBytes / point.bytes);
  return Math.max(1, Math.round(units / each(point)));
}

/** What a subject shows, `factor` times. */
async function timesFor(factor: number, starting: Promise<Subject>): Promise<Subject> {
  return shownAs((figure) => factor * figure, await starting);
}

function shownAs(change: (figure: number) => number, subject: Subject): Subject {
  return { ...subject, round: async () => change(Number(await subject.round())) };
}

function callingTheNext(count: number, nodes: number, bytes: number): Promise<Subject> {
  const ids = nodeIds(nodes);
  const next = (at: number): string => ids[(at + 1) % nodes]!;
  return onCluster({
    nodes,
    round: async (cluster) => {
      const calling = ids.map((id, at) => ask(cluster, id, 'servers', 'callWith', next(at), count, CALLERS, bytes));
      return perSecondOfAll(count, await Promise.all(calling));
    },
  });
}
