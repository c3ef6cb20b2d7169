/** Messages as lines from the sender's column to the receiver's; what was lost ends in a cross on the way. */
import type { Details } from './details.ts';
import type { Message } from './failure.ts';
import type { Column } from './layout.ts';
import { element, escaped, round } from './markup.ts';
import type { Timeline } from './timeline.ts';
import { ms, nodeOf } from './words.ts';

/** How far a line goes that was dropped where it began, in pixels; and what part of the way one that was lost later. */
const STUB = 34;
const PART_OF_WAY = 0.72;
const HEAD = 6;
const MOST_SAYINGS = 12;

export interface ArrowOptions {
  readonly timeline: Timeline;
  readonly columns: ReadonlyMap<string, Column>;
  readonly services: readonly string[];
  readonly details: Details;
  readonly isRelated: (about: string) => boolean;
  /** Whether lines about what is broken carry their words. */
  readonly withWords: boolean;
  /** Words that stand on a line already: a frame to several nodes says them once. */
  readonly worded: Set<string>;
}

export function drawArrow(message: Message, options: ArrowOptions): string {
  const from = options.columns.get(nodeOf(message.from));
  const to = options.columns.get(nodeOf(message.to));
  const { timeline } = options;
  if (!from || !to || !(timeline.shows(message.sentAt) || timeline.shows(message.at))) return '';
  const start = { x: from.x, y: timeline.y(message.sentAt) };
  const goal = { x: to.x, y: timeline.y(message.at) };
  const end = message.fate === 'arrived' ? goal : lostAt(start, goal, message);
  const related = message.says.find(({ about }) => about !== undefined && options.isRelated(about));
  const isRoutine = message.says.length > 0 && message.says.every(({ routine }) => routine);
  const classes = [
    'm',
    message.fate,
    related ? 'about' : '',
    isRoutine ? 'routine' : '',
    message.why && message.fate === 'arrived' ? 'late' : '',
  ];
  return element(
    'g',
    {
      class: classes.filter((name) => name !== '').join(' '),
      'data-s': servicesOf(message, options.services).join(' '),
      'data-d': options.details.add(...detailsOf(message)),
    },
    `<path d="M${round(start.x)} ${round(start.y)}L${round(end.x)} ${round(end.y)}"/>`,
    message.fate === 'arrived' ? head(start, end) : cross(end),
    related && isFirst(message, related.text, options) ? wordsOn(start, end, related.text) : '',
  );
}

function servicesOf({ says }: Message, services: readonly string[]): number[] {
  return [...new Set(says.map(({ service }) => services.indexOf(service)))];
}

function isFirst({ from, sentAt }: Message, text: string, { withWords, worded }: ArrowOptions): boolean {
  const id = `${from} ${sentAt} ${text}`;
  if (!withWords || worded.has(id)) return false;
  worded.add(id);
  return true;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function lostAt(start: Point, goal: Point, { sentAt, at }: Message): Point {
  const way = goal.x - start.x;
  if (at === sentAt) return { x: start.x + Math.sign(way) * Math.min(STUB, Math.abs(way) * 0.6), y: start.y + 9 };
  return { x: start.x + way * PART_OF_WAY, y: goal.y };
}

function head(start: Point, end: Point): string {
  const length = Math.hypot(end.x - start.x, end.y - start.y) || 1;
  const [dx, dy] = [((end.x - start.x) / length) * HEAD, ((end.y - start.y) / length) * HEAD];
  const side = (turn: number): string =>
    `${round(end.x - dx - dy * turn * 0.5)} ${round(end.y - dy + dx * turn * 0.5)}`;
  return `<path class="head" d="M${round(end.x)} ${round(end.y)}L${side(1)}L${side(-1)}Z"/>`;
}

function cross({ x, y }: Point): string {
  const [left, right, top, bottom] = [x - 4, x + 4, y - 4, y + 4].map(round);
  return `<path class="cross" d="M${left} ${top}L${right} ${bottom}M${right} ${top}L${left} ${bottom}"/>`;
}

const LONGEST_WORDS = 44;

function wordsOn(start: Point, end: Point, text: string): string {
  const [left, right] = start.x < end.x ? [start, end] : [end, start];
  const angle = (Math.atan2(right.y - left.y, right.x - left.x) * 180) / Math.PI;
  const [x, y] = [left.x + (right.x - left.x) * 0.5, left.y + (right.y - left.y) * 0.5].map(round);
  const shown = text.length > LONGEST_WORDS ? `${text.slice(0, LONGEST_WORDS)}…` : text;
  return element(
    'text',
    { class: 'words', x: x!, y: y!, dy: -3, transform: `rotate(${round(angle)} ${x} ${y})` },
    escaped(shown),
  );
}

function detailsOf(message: Message): string[] {
  const { from, to, sentAt, at, fate, why, bytes, lane, says } = message;
  const ends = { arrived: 'arrived', dropped: 'dropped', lost: 'lost' }[fate];
  const more = says.length > MOST_SAYINGS ? [`… and ${says.length - MOST_SAYINGS} more messages`] : [];
  return [
    `${from} → ${to}`,
    `sent ${ms(sentAt)}, ${ends} ${ms(at)}${fate === 'arrived' ? ` (${ms(at - sentAt)})` : ''}`,
    why === undefined ? '' : why,
    ...says.slice(0, MOST_SAYINGS).map(({ service, text }) => `${service}: ${text}`),
    ...more,
    `${bytes} bytes, ${lane} lane`,
  ];
}
