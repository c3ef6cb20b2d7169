/**
 * Which time a page shows: around what the violation is made of, or all of it; quiet time is cut out of both. Pure.
 */
import type { Happening } from '../history.ts';
import { aboutOf, relatedTo } from './about.ts';
import type { Failure, Message } from './failure.ts';
import { isFault } from './faults.ts';
import { mergeSpans, type Span } from './timeline.ts';
import { type Item, isOperation, timeOf } from './words.ts';

/** What changes a node's world: worth seeing even where nothing else is. */
const TURNS = new Set(['decided', 'killed', 'stopping', 'paused', 'standing', 'start', 'add', 'error']);

export function isTurn(happening: Happening): boolean {
  return TURNS.has(happening.what) || isFault(happening);
}

/** An operation no longer than this is shown whole. */
const SHORT_MS = 25;
const NEAR_MS = 2;
/** How much is seen before and after each moment, the most first; fewer when that would be too many messages. */
const PADDINGS_MS = [2.5, 1.5, 1, 0.5];
const MOST_MESSAGES = 1_200;
/** Turns of the cluster's life are shown from this long before the first of the moments. */
const BEFORE_MS = 400;
const MOST_TURNS = 40;
/** What comes after the last moment may be what broke it, or where it began to show. */
const TURNS_AFTER = 8;
const RELATED_AFTER = 6;
const MOST_RELATED = 40;
const ASIDE_MS = 1.2;

export function around(items: readonly Item[], failure: Failure): Span[] {
  const moments = items.flatMap(momentsOf);
  if (moments.length === 0) return everything(failure);
  const first = Math.min(...moments.map(({ from }) => from));
  const last = Math.max(...moments.map(({ to }) => to));
  const aside = [...turnsNear(failure, first, last), ...relatedNear(items, failure, first, last)];
  const spans = aside.map((at) => ({ from: at, to: at }));
  const padded = PADDINGS_MS.map((ms) =>
    mergeSpans([...pad(moments, ms), ...pad(spans, Math.min(ASIDE_MS, ms))], NEAR_MS),
  );
  return padded.find((found) => countWithin(failure.messages, found) <= MOST_MESSAGES) ?? padded.at(-1)!;
}

function turnsNear({ happenings }: Failure, first: number, last: number): number[] {
  const turns = happenings.filter((happening) => isTurn(happening) && happening.at >= first - BEFORE_MS);
  const times = [...new Set(turns.map(({ at }) => at))];
  return [
    ...times.filter((at) => at <= last).slice(-MOST_TURNS),
    ...times.filter((at) => at > last).slice(0, TURNS_AFTER),
  ];
}

/** Operations and happenings about the same, in between and the next few. */
function relatedNear(items: readonly Item[], failure: Failure, first: number, last: number): number[] {
  const isRelated = relatedTo(items.flatMap((item) => aboutOf(item) ?? []));
  const all = [...failure.operations, ...failure.happenings]
    .filter((item) => isRelated(aboutOf(item) ?? ''))
    .map(timeOf)
    .filter((at) => at >= first)
    .sort((a, b) => a - b);
  const between = all.filter((at) => at <= last).slice(-MOST_RELATED);
  return [...between, ...all.filter((at) => at > last).slice(0, RELATED_AFTER)];
}

function momentsOf(item: Item): Span[] {
  if (!isOperation(item)) return [{ from: item.at, to: item.at }];
  const { invokedAt, settledAt = invokedAt } = item;
  if (settledAt - invokedAt <= SHORT_MS) return [{ from: invokedAt, to: settledAt }];
  return [
    { from: invokedAt, to: invokedAt },
    { from: settledAt, to: settledAt },
  ];
}

function pad(spans: readonly Span[], ms: number): Span[] {
  return spans.map(({ from, to }) => ({ from: Math.max(0, from - ms), to: to + ms }));
}

function countWithin(messages: readonly Message[], spans: readonly Span[]): number {
  return messages.filter(({ sentAt }) => spans.some(({ from, to }) => sentAt >= from && sentAt <= to)).length;
}

const QUIET_MS = 6;

/** The whole run without its quiet times. */
export function everything({ messages, operations, happenings }: Failure): Span[] {
  const moments = [
    ...messages.filter(({ says }) => says.some(({ routine }) => !routine)).flatMap(({ sentAt, at }) => [sentAt, at]),
    ...operations.flatMap(({ invokedAt, settledAt = invokedAt }) => [invokedAt, settledAt]),
    ...happenings.map(({ at }) => at),
  ];
  const spans = pad(
    moments.map((at) => ({ from: at, to: at })),
    0.5,
  );
  return spans.length === 0 ? [{ from: 0, to: 1 }] : mergeSpans(spans, QUIET_MS);
}
