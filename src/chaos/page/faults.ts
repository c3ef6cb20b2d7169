/** Faults that last, as spans of time with their words: from the happenings of a history. Pure. */
import type { Happening } from '../history.ts';
import type { Span } from './timeline.ts';
import { happeningWords } from './words.ts';

export interface Fault extends Span {
  readonly kind: 'partition' | 'cut' | 'slow' | 'other';
  readonly label: string;
  /** For a partition: who is on which side. */
  readonly sides: readonly (readonly string[])[];
}

/** What begins a fault, what ends it, and how it is drawn. */
const LASTING: Readonly<Record<string, { end: string; kind: Fault['kind'] }>> = {
  partition: { end: 'heal', kind: 'partition' },
  cut: { end: 'cut no more', kind: 'cut' },
  delayed: { end: 'delayed no more', kind: 'slow' },
  reordered: { end: 'reordered no more', kind: 'slow' },
  clock: { end: 'clock right again', kind: 'other' },
  'slow disk': { end: 'disk fast again', kind: 'other' },
};

export function isFault({ what }: Happening): boolean {
  return what in LASTING || Object.values(LASTING).some(({ end }) => end === what);
}

export function faultsOf(happenings: readonly Happening[]): Fault[] {
  const taken = new Set<Happening>();
  return happenings.flatMap((begin, at) => {
    const lasting = LASTING[begin.what];
    if (!lasting) return [];
    const end = happenings
      .slice(at)
      .find((other) => !taken.has(other) && other.what === lasting.end && isSame(begin, other));
    if (end) taken.add(end);
    const { side, rest } = begin.details;
    const sides = [side, rest].filter((group) => Array.isArray(group)) as string[][];
    const owner = begin.node === 'cluster' ? '' : `${begin.node}: `;
    const to = end?.at ?? Number.POSITIVE_INFINITY;
    return [{ from: begin.at, to, kind: lasting.kind, label: owner + happeningWords(begin), sides }];
  });
}

/** An end belongs to the oldest beginning of the same node that has the same of whatever both name. */
function isSame(begin: Happening, end: Happening): boolean {
  if (begin.node !== end.node) return false;
  return ['from', 'to', 'side'].every(
    (name) =>
      end.details[name] === undefined || JSON.stringify(end.details[name]) === JSON.stringify(begin.details[name]),
  );
}
