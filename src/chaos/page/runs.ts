/** What takes time on a node: operations of its clients, and instances of servers, turns and loads. As boxes. Pure. */
import type { Happening, Operation } from '../history.ts';
import { aboutOf } from './about.ts';
import type { Span } from './timeline.ts';
import { happeningWords, type Item, lasted, operationName, outcomeWords } from './words.ts';

export interface Run extends Span {
  readonly address: string;
  readonly kind: 'ok' | 'refused' | 'unknown' | 'open' | 'instance' | 'turn';
  readonly label: string;
  readonly about: string;
  readonly details: readonly string[];
  /** What of the history it was made from. */
  readonly items: readonly Item[];
}

const FOREVER = Number.POSITIVE_INFINITY;

export function operationRun(operation: Operation): Run {
  const { node, invokedAt, settledAt, outcome } = operation;
  const words = outcome === 'ok' ? outcomeWords(operation) : outcome;
  return {
    address: node,
    from: invokedAt,
    to: settledAt ?? FOREVER,
    kind: outcome,
    label: `${operation.kind} ${operation.id === 0 ? '' : `#${operation.id} `}${words}`,
    about: aboutOf(operation) ?? '',
    details: [`${node}  ${operationName(operation)}`, outcomeWords(operation), lasted(operation)],
    items: [operation],
  };
}

/** What begins a run, what ends it, and which detail tells the two belong together. */
const RUNS: Readonly<Record<string, { ends: readonly string[]; same: string; kind: Run['kind'] }>> = {
  'server starts': { ends: ['server ends', 'server crashes'], same: 'instance', kind: 'instance' },
  'server turn': { ends: ['server turn ends'], same: 'id', kind: 'turn' },
  'load begins': { ends: ['load ends'], same: 'id', kind: 'turn' },
};

/** `endOf` is when a life ended: nothing of it runs longer. */
export function happeningRuns(happenings: readonly Happening[], endOf: (address: string) => number): Run[] {
  const ends = endsOf(happenings);
  return happenings.flatMap((begin) => {
    const rule = RUNS[begin.what];
    if (!rule) return [];
    const end = ends
      .get(placeOf(begin, rule.same))
      ?.find(({ what, order }) => rule.ends.includes(what) && order > begin.order);
    // A turn that was not told to end ended at once.
    if (!end && begin.what === 'server turn') return [];
    const { kind, key } = begin.details;
    return [
      {
        address: begin.node,
        from: begin.at,
        to: end?.at ?? endOf(begin.node),
        kind: rule.kind,
        label: rule.kind === 'instance' ? `${kind}/${key} runs` : happeningWords(begin),
        about: aboutOf(begin) ?? '',
        details: [`${begin.node}  ${happeningWords(begin)}`, end ? happeningWords(end) : ''],
        items: end ? [begin, end] : [begin],
      },
    ];
  });
}

function endsOf(happenings: readonly Happening[]): Map<string, Happening[]> {
  const ends = new Map<string, Happening[]>();
  for (const rule of Object.values(RUNS)) {
    for (const happening of happenings) {
      if (!rule.ends.includes(happening.what)) continue;
      const place = placeOf(happening, rule.same);
      const list = ends.get(place);
      if (list) list.push(happening);
      else ends.set(place, [happening]);
    }
  }
  return ends;
}

function placeOf({ node, details }: Happening, same: string): string {
  return `${node} ${same} ${String(details[same])}`;
}

/** Gives each span the first lane that is free for it: those at the same time stand side by side. In the order given. */
export function lanesOf(spans: readonly Span[]): number[] {
  const free: number[] = [];
  const lanes: number[] = new Array(spans.length).fill(0);
  const order = spans.map((_, at) => at).sort((a, b) => spans[a]!.from - spans[b]!.from);
  for (const at of order) {
    const { from, to } = spans[at]!;
    const found = free.findIndex((until) => until < from);
    const lane = found < 0 ? free.length : found;
    free[lane] = to;
    lanes[at] = lane;
  }
  return lanes;
}
