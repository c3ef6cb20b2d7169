/**
 * A curve as inline SVG: axes, one line per series with its points and their spread, and its name at its end. Data in, text
 * out. Lines differ by colour, by dash and by mark, so that no colour has to be told apart; the whole is told in words too.
 */
import { escaped } from './escaped.ts';
import { short } from './table.ts';

export interface PlotPoint {
  readonly at: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Series {
  readonly name: string;
  /** How it looks: `ours`, or the first, second, … of what it is compared with. */
  readonly look: Look;
  readonly points: readonly PlotPoint[];
}

export type Look = 'ours' | 'ours-more' | 'theirs' | 'theirs-more';

export interface Plot {
  readonly title: string;
  readonly unit: string;
  /** What is along the x axis. */
  readonly along: string;
  readonly x: 'linear' | 'logarithmic';
  readonly y: 'linear' | 'logarithmic';
  /** What an x is called; short. */
  readonly tick: (at: number) => string;
  readonly series: readonly Series[];
}

/** Of the drawing, in its own units. Small enough for its text to be read when it is scaled to a phone's width. */
const WIDTH = 420;
const HEIGHT = 250;
const LEFT = 50;
const TOP = 14;
const BOTTOM = 42;
const LINE = 15;
const GRID_LINES = 4;
/** Of a letter of a bold label, at most. */
const LETTER = 8.6;
const LEAST_RIGHT = 60;

/** Undefined when there is nothing to draw. */
export function plotSvg(plot: Plot): string | undefined {
  const points = plot.series.flatMap((series) => series.points);
  if (points.length === 0) return undefined;
  const end = endOfLines(plot.series);
  const x = scaleOfX(plot, [...new Set(points.map(({ at }) => at))], end);
  const ticks = plot.y === 'linear' ? linearTicks(points) : logarithmicTicks(points);
  const y = scaleOfY(plot, ticks);
  const grid = ticks.map((value) => gridLine(value, y(value), end));
  const xs = [...new Set(points.map(({ at }) => at))].sort((a, b) => a - b);
  const names = xs.map((at) => text(x(at), HEIGHT - BOTTOM + 18, plot.tick(at), 'middle'));
  const lines = plot.series.filter((series) => series.points.length > 0).map((series) => drawn(series, x, y));
  return `<svg class="plot" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(inWords(plot))}">
${grid.join('')}${names.join('')}${text((LEFT + end) / 2, HEIGHT - 5, plot.along, 'middle')}
${lines.join('\n')}
${labels(plot.series, y, end).join('')}
</svg>`;
}

type Scale = (value: number) => number;

/** Where lines end and their names begin. */
function endOfLines(series: readonly Series[]): number {
  const longest = Math.max(...series.map(({ name }) => name.length));
  return WIDTH - Math.max(LEAST_RIGHT, 6 + LETTER * longest);
}

function scaleOfX({ x }: Plot, places: readonly number[], end: number): Scale {
  const along = x === 'linear' ? (value: number) => value : Math.log2;
  const [least, most] = [along(Math.min(...places)), along(Math.max(...places))];
  const from = LEFT + 12;
  const to = end - 8;
  return (value) => (most === least ? (from + to) / 2 : from + ((to - from) * (along(value) - least)) / (most - least));
}

function scaleOfY({ y }: Plot, ticks: readonly number[]): Scale {
  const up = y === 'linear' ? (value: number) => value : (value: number) => Math.log10(Math.max(value, ticks[0]!));
  const [least, most] = [up(ticks[0]!), up(ticks.at(-1)!)];
  return (value) => HEIGHT - BOTTOM - ((HEIGHT - BOTTOM - TOP) * (up(value) - least)) / (most - least);
}

/** From nothing to a round number that no point exceeds. */
export function linearTicks(points: readonly PlotPoint[]): number[] {
  const most = Math.max(...points.map(({ max }) => max), Number.MIN_VALUE);
  const step = roundUp(most / GRID_LINES);
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, at) => at * step);
}

/** Powers of ten around all points. */
export function logarithmicTicks(points: readonly PlotPoint[]): number[] {
  const positive = points.flatMap(({ min, max }) => [min, max]).filter((value) => value > 0);
  const least = Math.floor(Math.log10(Math.min(...positive, Number.MAX_VALUE)));
  const most = Math.max(least + 1, Math.ceil(Math.log10(Math.max(...positive, Number.MIN_VALUE)) - 1e-9));
  return Array.from({ length: most - least + 1 }, (_, at) => 10 ** (least + at));
}

/** The next of 1, 2, 2.5, 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((step) => step >= value - power * 1e-9)!;
}

function gridLine(value: number, y: number, end: number): string {
  return `<line class="grid" x1="${LEFT}" x2="${at(end)}" y1="${at(y)}" y2="${at(y)}"/>${text(LEFT - 6, y + 4, short(value), 'end')}`;
}

function drawn({ look, points }: Series, x: Scale, y: Scale): string {
  const sorted = [...points].sort((a, b) => a.at - b.at);
  const path = sorted.map((point) => `${at(x(point.at))},${at(y(point.median))}`).join(' ');
  const spreads = sorted.map(
    ({ at: place, min, max }) =>
      `<line class="spread" x1="${at(x(place))}" x2="${at(x(place))}" y1="${at(y(max))}" y2="${at(y(min))}"/>`,
  );
  const marks = sorted.map((point) => mark(look, x(point.at), y(point.median)));
  return `<g class="${look}">${spreads.join('')}<polyline points="${path}"/>${marks.join('')}</g>`;
}

function mark(look: Look, x: number, y: number): string {
  if (look.startsWith('ours')) return `<circle cx="${at(x)}" cy="${at(y)}" r="3.5"/>`;
  return `<rect x="${at(x - 3)}" y="${at(y - 3)}" width="6" height="6"/>`;
}

/** At the end of each line, moved apart where they would meet. */
function labels(series: readonly Series[], y: Scale, end: number): string[] {
  const ends = series
    .filter(({ points }) => points.length > 0)
    .map(({ name, look, points }) => {
      const last = points.reduce((one, other) => (other.at > one.at ? other : one));
      return { name, look, y: y(last.median) };
    })
    .sort((a, b) => a.y - b.y);
  const places = apart(ends.map((one) => one.y));
  return ends.map(
    ({ name, look }, index) =>
      `<text class="${look}" x="${at(end + 4)}" y="${at(places[index]! + 4)}">${escaped(name)}</text>`,
  );
}

/** Ascending places, a line's height apart at least, inside of the drawing as far as there is room. */
export function apart(places: readonly number[]): number[] {
  const moved: number[] = [];
  for (const place of places) moved.push(Math.max(place, (moved.at(-1) ?? Number.NEGATIVE_INFINITY) + LINE));
  const lowest = HEIGHT - BOTTOM;
  for (let index = moved.length - 1, most = lowest; index >= 0; index--, most -= LINE) {
    moved[index] = Math.min(moved[index]!, most);
  }
  return moved;
}

function text(x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}">${escaped(words)}</text>`;
}

function inWords({ title, unit, along, tick, series }: Plot): string {
  const told = series.map(({ name, points }) => {
    const sorted = [...points].sort((a, b) => a.at - b.at);
    return `${name} ${sorted.map((point) => `${short(point.median)} at ${tick(point.at)}`).join(', ')}`;
  });
  return `${title}, ${unit}, by ${along}: ${told.join('; ')}`;
}

function at(value: number): string {
  return String(Math.round(value * 10) / 10);
}
