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
  'small only': { end: 'small only no more', kind: 'cut' },
  clock: { end: 'clock right again', kind: 'other' },
  'slow disk': { end: 'disk fast again', kind: 'other' },
};

export function isFault({ what }: Happening): boolean {
  return what in LASTING || Object.values(LASTING).some(({ end }) => end === what);
}

export function faultsOf(happenings: readonly Happening[]): Fault[] {
  const taken = new Set<Happening>();
  const ends = happenings.filter((happening) => isFault(happening) && !(happening.what in LASTING));
  const lasting = happenings.flatMap((begin): Lasting[] => {
    const rule = LASTING[begin.what];
    if (!rule) return [];
    const end = ends.find(
      (other) => other.order > begin.order && !taken.has(other) && other.what === rule.end && isSame(begin, other),
    );
    if (end) taken.add(end);
    return [{ begin, from: begin.at, to: end?.at ?? Number.POSITIVE_INFINITY }];
  });
  return together(lasting).map(faultOf);
}

interface Lasting extends Span {
  readonly begin: Happening;
}

/** Links that are cut or slow over the same time are one fault. */
function together(lasting: readonly Lasting[]): Lasting[][] {
  const groups = new Map<string, Lasting[]>();
  for (const one of lasting) {
    const { what, node, details } = one.begin;
    const id = JSON.stringify([what, node, one.from, one.to, details.from === undefined ? details : details.verdict]);
    groups.set(id, [...(groups.get(id) ?? []), one]);
  }
  return [...groups.values()];
}

function faultOf(group: readonly Lasting[]): Fault {
  const [{ begin, from, to }] = group as [Lasting];
  const { side, rest } = begin.details;
  const sides = [side, rest].filter((party) => Array.isArray(party)) as string[][];
  const owner = begin.node === 'cluster' ? '' : `${begin.node}: `;
  const label = group.length === 1 ? happeningWords(begin) : linksWords(group.map((one) => one.begin));
  return { from, to, kind: LASTING[begin.what]!.kind, label: owner + label, sides };
}

/** `links cut: n1 n2 → n3`, one part for each set of senders with the same receivers. */
function linksWords(begins: readonly Happening[]): string {
  const receivers = new Map<string, string[]>();
  for (const { details } of begins)
    receivers.set(String(details.from), [...(receivers.get(String(details.from)) ?? []), String(details.to)]);
  const senders = new Map<string, string[]>();
  for (const [from, to] of receivers) senders.set(to.join(' '), [...(senders.get(to.join(' ')) ?? []), from]);
  const parts = [...senders].map(([to, from]) => `${from.join(' ')} → ${to}`);
  return `links ${begins[0]!.what}: ${parts.join(', ')}`;
}

/** An end belongs to the oldest beginning of the same node that has the same of whatever both name. */
function isSame(begin: Happening, end: Happening): boolean {
  if (begin.node !== end.node) return false;
  return ['from', 'to', 'side'].every(
    (name) =>
      end.details[name] === undefined || JSON.stringify(end.details[name]) === JSON.stringify(begin.details[name]),
  );
}
