/**
 * A page about a run that broke a promise: one self-contained HTML text with the message diagram, for a person who has never
 * seen it. Pure: data in, text out; who writes the file is elsewhere. It judges nothing.
 */
import type { Violation } from '../checkers/index.ts';
import { Details } from './details.ts';
import { type Diagram, drawDiagram } from './diagram.ts';
import type { Failure, Message } from './failure.ts';
import { around, everything } from './focus.ts';
import { KEY } from './key.ts';
import { element, escaped, round } from './markup.ts';
import { SCRIPT } from './script.ts';
import { story } from './story.ts';
import { STYLE } from './style.ts';
import { type Span, Timeline } from './timeline.ts';

export { type Failure, type Life, type Message, readTrace, type Saying } from './failure.ts';
export { failureOf } from './run-failure.ts';

/** How tall the two diagrams would like to be, in pixels, and how much a millisecond takes at least and at most. */
const AROUND = { height: 1_900, least: 4, most: 110 };
const EVERYTHING = { height: 30_000, least: 1, most: 24 };
/** With more messages than this, those said all the time anyway are left out. */
const MOST_MESSAGES = 25_000;
const MOST_MARKED = 60;

/** Throws nothing of its own; `failure.violations` holds at least one. */
export function failurePage(failure: Failure): string {
  const violation = firstToShow(failure.violations);
  const marked = (failure.shortest ?? violation.matters).slice(0, MOST_MARKED);
  const drawn = { ...failure, messages: thinned(failure.messages) };
  const services = servicesOf(drawn.messages);
  const details = new Details();
  const draw = (spans: readonly Span[], size: typeof AROUND, withWords: boolean): Diagram =>
    drawDiagram({ failure: drawn, timeline: timelineOf(spans, size), marked, services, details, withWords });
  const near = draw(around(marked, drawn), AROUND, true);
  const all = draw(everything(drawn), EVERYTHING, false);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>seed ${failure.seed}: ${escaped(violation.promise)}</title><style>${STYLE}</style></head>
<body><main>
${story(failure, violation, marked)}
<div class="tools story"><div class="choice"><button type="button" data-scene="around" aria-pressed="true">Around the violation</button><button type="button" data-scene="everything" aria-pressed="false">Everything</button></div>
<div class="filters">${filters(services)}</div></div>
${KEY}
${scene('around', near, '')}
${scene('everything', all, ' hidden')}
</main>
<div id="pointed"></div>
<script type="application/json" id="details">${details.toScript()}</script>
<script>${SCRIPT}</script>
</body></html>
`;
}

/** One with something to point at, if there is one. */
function firstToShow(violations: readonly Violation[]): Violation {
  const violation = violations.find(({ matters }) => matters.length > 0) ?? violations[0];
  if (!violation) throw new RangeError('a page needs a violation, and there is none');
  return violation;
}

function timelineOf(spans: readonly Span[], { height, least, most }: typeof AROUND): Timeline {
  const shownMs = spans.reduce((sum, { from, to }) => sum + to - from, 0);
  return new Timeline(spans, Math.min(most, Math.max(least, height / Math.max(shownMs, 0.001))));
}

function thinned(messages: readonly Message[]): readonly Message[] {
  if (messages.length <= MOST_MESSAGES) return messages;
  const told = messages.filter(({ says, fate }) => fate !== 'arrived' || says.some(({ routine }) => !routine));
  return told.slice(-MOST_MESSAGES);
}

function servicesOf(messages: readonly Message[]): string[] {
  return [...new Set(messages.flatMap(({ says }) => says.map(({ service }) => service)))].sort();
}

function filters(services: readonly string[]): string {
  const boxes = services.map(
    (service, at) => `<label><input type="checkbox" data-service="${at}" checked>${escaped(service)}</label>`,
  );
  return [...boxes, '<label><input type="checkbox" id="routine">routine</label>'].join('');
}

/** What is not shown at first is parsed and drawn when it is asked for. */
function scene(id: string, { svg, columns, width }: Diagram, hidden: string): string {
  const names = columns.map(({ id: name, x }) => element('div', { style: `left:${round(x)}px` }, escaped(name)));
  const heads = `<div class="heads" style="width:${round(width)}px"><div class="unit">ms</div>${names.join('')}</div>`;
  const inner = hidden === '' ? heads + svg : `<template>${heads}${svg}</template>`;
  return `<div class="scene no-routine" id="${id}"${hidden}>${inner}</div>`;
}
