/** Texts beside a column, moved down where they would cover one another. */
import { element, escaped } from './markup.ts';

export interface Label {
  readonly y: number;
  readonly text: string;
  readonly style: 'marked' | 'related' | 'quiet';
  /** A number of the list above the diagram. */
  readonly number: number | undefined;
  readonly detail: number;
}

const LINE = 14;
const CHARACTER = 5.9;
const BADGE = 18;
/** A label this far from its place gets a line to it. */
const ASTRAY = 7;
/** Labels that would have to go further than this are left out, unless they are marked; pointing shows the same. */
const FURTHEST = 60;

export function drawLabels(labels: readonly Label[], x: number, width: number): string {
  let free = Number.NEGATIVE_INFINITY;
  const drawn: string[] = [];
  for (const label of [...labels].sort((a, b) => a.y - b.y || weight(b) - weight(a))) {
    const y = Math.max(label.y, free);
    if (y - label.y > FURTHEST && label.style !== 'marked') continue;
    free = y + LINE;
    drawn.push(drawLabel(label, x, y, width));
  }
  return drawn.join('');
}

function weight({ style }: Label): number {
  return style === 'marked' ? 2 : style === 'related' ? 1 : 0;
}

function drawLabel({ y: wanted, text, style, number, detail }: Label, x: number, y: number, width: number): string {
  const room = Math.floor((width - 10 - (number === undefined ? 0 : BADGE)) / CHARACTER);
  const shown = text.length > room ? `${text.slice(0, room - 1)}…` : text;
  const start = x + (number === undefined ? 4 : BADGE + 4);
  const paper = { x: start - 3, y: y - 7, width: shown.length * CHARACTER + 6, height: 13.5, rx: 3, class: 'paper' };
  const leader = Math.abs(y - wanted) > ASTRAY ? `<path class="leader" d="M${x - 2} ${wanted}L${x + 3} ${y}"/>` : '';
  return element(
    'g',
    { class: `label ${style}`, 'data-d': detail },
    leader,
    element('rect', paper),
    number === undefined ? '' : badge(number, x + 10, y),
    element('text', { x: start, y: y + 3.5 }, escaped(shown)),
  );
}

/** The number of something in the list above the diagram. */
export function badge(number: number, x: number, y: number): string {
  return `<g class="badge"><circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="8"/><text x="${x.toFixed(1)}" y="${(y + 3.6).toFixed(1)}">${number}</text></g>`;
}
