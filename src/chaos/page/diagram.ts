/** The message diagram as one SVG: columns of nodes, time downward, drawn for one timeline. */
import type { Happening } from '../history.ts';
import { aboutOf, relatedTo } from './about.ts';
import { drawArrow } from './arrows.ts';
import type { Details } from './details.ts';
import type { Failure } from './failure.ts';
import { type Fault, faultsOf, isFault } from './faults.ts';
import { isTurn } from './focus.ts';
import { badge, drawLabels, type Label } from './labels.ts';
import { AXIS, BOX, type Column, FAULT_LANE, type Layout, layOut } from './layout.ts';
import { type Segment, segmentsOf } from './lives.ts';
import { element, escaped, round } from './markup.ts';
import { happeningRuns, operationRun, type Run } from './runs.ts';
import { GAP_HEIGHT, type Span, type Timeline } from './timeline.ts';
import { happeningWords, type Item, isOperation, ms, nodeOf } from './words.ts';

export interface DiagramOptions {
  readonly failure: Failure;
  readonly timeline: Timeline;
  /** What the violation is made of, in the order of its numbers. */
  readonly marked: readonly Item[];
  readonly services: readonly string[];
  readonly details: Details;
  /** Words on the lines and labels beside the columns, not only where something is marked. */
  readonly withWords: boolean;
}

export interface Diagram {
  readonly svg: string;
  readonly columns: readonly Column[];
  readonly width: number;
}

const TOP = 26;
const BOTTOM = 30;

export function drawDiagram(options: DiagramOptions): Diagram {
  const scene = new Scene(options);
  const { layout } = scene;
  const height = TOP + options.timeline.height + BOTTOM;
  const svg = element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width: layout.width,
      height,
      viewBox: `0 0 ${round(layout.width)} ${round(height)}`,
    },
    HATCHES,
    element(
      'g',
      { transform: `translate(0 ${TOP})` },
      scene.sides(),
      scene.grid(),
      scene.arrows(),
      scene.columns(),
      scene.gaps(),
      scene.faults(),
      scene.boxes(),
      scene.happenings(),
      scene.labels(),
    ),
  );
  return { svg, columns: [...layout.columns.values()], width: layout.width };
}

const HATCHES =
  '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V6" class="hatch"/></pattern></defs>';

class Scene {
  readonly layout: Layout;
  readonly #options: DiagramOptions;
  readonly #segments: readonly Segment[];
  readonly #numbers: ReadonlyMap<Item, number>;
  readonly #isRelated: (about: string) => boolean;
  readonly #labels = new Map<string, Label[]>();

  constructor(options: DiagramOptions) {
    const { failure, marked, timeline } = options;
    this.#options = options;
    this.#numbers = new Map(marked.map((item, at) => [item, at + 1]));
    this.#isRelated = relatedTo(marked.flatMap((item) => aboutOf(item) ?? []));
    const segments = segmentsOf(failure);
    this.#segments = segments.filter((segment) => this.#touches(segment));
    const runs = [...failure.operations.map(operationRun), ...this.#relatedRuns(segments)].filter((run) =>
      this.#touches(run),
    );
    const faults = faultsOf(failure.happenings).filter((fault) => fault.to > timeline.from && fault.from < timeline.to);
    this.layout = layOut(this.#segments, runs, faults);
  }

  /** Instances, turns and loads only of what is broken: there are too many others. */
  #relatedRuns(segments: readonly Segment[]): Run[] {
    const { happenings } = this.#options.failure;
    const isAboutRuns = this.#options.marked.some((item) => !isOperation(item) && 'key' in item.details);
    if (!isAboutRuns) return [];
    const ends = new Map(segments.map(({ address, to }) => [address, to]));
    const related = happenings.filter((happening) => this.#isRelated(aboutOf(happening) ?? ''));
    return happeningRuns(related, (address) => ends.get(address) ?? Number.POSITIVE_INFINITY);
  }

  /** Whether some of it is in time that is shown. */
  #touches({ from, to }: Span): boolean {
    return this.#options.timeline.spans.some((span) => from <= span.to && to >= span.from);
  }

  #y(at: number): number {
    return this.#options.timeline.y(at);
  }

  #label(column: Column, label: Label): void {
    const labels = this.#labels.get(column.id);
    if (labels) labels.push(label);
    else this.#labels.set(column.id, [label]);
  }

  /** In a partition each side has its own ground. */
  sides(): string {
    return this.layout.faults
      .filter(({ fault }) => fault.kind === 'partition')
      .flatMap(({ fault }) =>
        fault.sides.flatMap((side, at) =>
          side.map((id) => {
            const column = this.layout.columns.get(id);
            return column ? this.#band(column.left, column.right - column.left, fault, `side side${at}`) : '';
          }),
        ),
      )
      .join('');
  }

  #band(x: number, width: number, { from, to }: Span, name: string, detail?: number): string {
    const top = this.#y(from);
    const height = Math.max(2, this.#y(to) - top);
    return element('rect', { x, y: top, width, height, class: name, 'data-d': detail });
  }

  grid(): string {
    const { timeline } = this.#options;
    const lines = timeline.ticks().map(({ y, label }) => {
      const line = `<path class="tick" d="M${AXIS - 12} ${round(y)}H${round(this.layout.width)}"/>`;
      return line + element('text', { class: 'time', x: AXIS - 18, y: y + 3.5 }, label);
    });
    return lines.join('');
  }

  gaps(): string {
    return this.#options.timeline.gaps
      .map(({ top, from, to }) => {
        const band = element('rect', { x: 0, y: top, width: this.layout.width, height: GAP_HEIGHT, class: 'gap' });
        const text = element(
          'text',
          { class: 'gap-text', x: AXIS - 18, y: top + GAP_HEIGHT / 2 + 3.5 },
          `${gapLength(to - from)}`,
        );
        return `${band}${zigzag(top, this.layout.width)}${zigzag(top + GAP_HEIGHT, this.layout.width)}${text}`;
      })
      .join('');
  }

  faults(): string {
    const { details } = this.#options;
    return this.layout.faults
      .map(({ fault, x }) => {
        const detail = details.add(fault.label, `from ${ms(fault.from)}`, untilWords(fault));
        const bar = this.#band(x, FAULT_LANE - 5, fault, `fault ${fault.kind}`, detail);
        return bar + this.#faultName(fault, x);
      })
      .join('');
  }

  #faultName(fault: Fault, x: number): string {
    const top = this.#y(fault.from);
    const room = Math.floor((this.#y(fault.to) - top - 12) / 5.6);
    if (room < 6) return '';
    const text = fault.label.length > room ? `${fault.label.slice(0, room - 1)}…` : fault.label;
    const [cx, cy] = [x + (FAULT_LANE - 5) / 2 - 3.5, top + 8];
    return element(
      'text',
      { class: 'fault-name', transform: `translate(${round(cx)} ${round(cy)}) rotate(90)`, 'text-anchor': 'start' },
      escaped(text),
    );
  }

  arrows(): string {
    const { failure, timeline, services, details, withWords } = this.#options;
    const { columns } = this.layout;
    const options = {
      timeline,
      columns,
      services,
      details,
      isRelated: this.#isRelated,
      withWords,
      worded: new Set<string>(),
    };
    return failure.messages.map((message) => drawArrow(message, options)).join('');
  }

  columns(): string {
    return this.#segments.map((segment) => this.#segment(segment)).join('');
  }

  #segment(segment: Segment): string {
    const column = this.layout.columns.get(nodeOf(segment.address));
    if (!column) return '';
    const { x } = column;
    const [top, bottom] = [this.#y(segment.from), this.#y(segment.to)];
    const { timeline, details } = this.#options;
    const born = timeline.shows(segment.from) ? birth(segment, x, top, details) : '';
    const died = segment.end !== undefined && timeline.shows(segment.to) ? death(segment, x, bottom, details) : '';
    const outside = segment.outside.map((span) =>
      this.#band(x - 5, 10, span, 'outside', details.add(segment.address, 'has no lease')),
    );
    const pauses = segment.pauses.map((span) => this.#pause(segment, span, x));
    return `<path class="line" d="M${round(x)} ${round(top)}V${round(bottom)}"/>${outside.join('')}${pauses.join('')}${born}${died}`;
  }

  #pause({ address }: Segment, span: Span, x: number): string {
    const detail = this.#options.details.add(address, `stands still from ${ms(span.from)} to ${ms(span.to)}`);
    return this.#band(x - 6, 12, span, 'pause-ground') + this.#band(x - 6, 12, span, 'pause', detail);
  }

  boxes(): string {
    return this.layout.runs.map(({ run, x }) => this.#box(run, x)).join('');
  }

  #box(run: Run, x: number): string {
    const column = this.layout.columns.get(nodeOf(run.address));
    if (!column) return '';
    const number = run.items.map((item) => this.#numbers.get(item)).find((found) => found !== undefined);
    const detail = this.#options.details.add(
      ...run.details,
      `${ms(run.from)} to ${run.to === Number.POSITIVE_INFINITY ? 'the end' : ms(run.to)}`,
    );
    const top = this.#y(run.from);
    const height = Math.max(3, this.#y(run.to) - top);
    const isRelated = this.#isRelated(run.about);
    const style = number !== undefined ? 'marked' : isRelated ? 'related' : 'quiet';
    // Of a run made of happenings, those carry the words.
    const isLabelled = run.items.every(isOperation) && (number !== undefined || (isRelated && this.#options.withWords));
    if (isLabelled && this.#options.timeline.shows(run.from))
      this.#label(column, { y: top + 5, text: run.label, style, number, detail });
    const box = { x, y: top, width: BOX, height, rx: 2, class: `run ${run.kind} ${style}`, 'data-d': detail };
    return element('rect', box);
  }

  happenings(): string {
    const { failure } = this.#options;
    return failure.happenings.map((happening) => this.#happening(happening)).join('');
  }

  #happening(happening: Happening): string {
    const { timeline, details, withWords } = this.#options;
    const column = this.layout.columns.get(nodeOf(happening.node));
    const number = this.#numbers.get(happening);
    if (!timeline.shows(happening.at)) return '';
    if (!column) return number === undefined ? '' : this.#everywhere(happening, number);
    const isView = happening.what === 'view' || happening.what === 'decided';
    const isRelated = this.#isRelated(aboutOf(happening) ?? '');
    if (number === undefined && !isView && !isRelated && !isTurn(happening)) return '';
    const y = this.#y(happening.at);
    const text = happeningWords(happening);
    const detail = details.add(`${happening.node}  ${text}`, `at ${ms(happening.at)}`);
    const isLabelled = number !== undefined || (withWords && !isFault(happening));
    const style = number !== undefined ? 'marked' : isRelated ? 'related' : 'quiet';
    if (isLabelled) this.#label(column, { y, text: labelText(happening), style, number, detail });
    if (number !== undefined) return `<g class="here" data-d="${detail}">${badge(number, column.x, y)}</g>`;
    if (isView) return viewMark(column, y, happening, detail);
    return isRelated ? element('circle', { class: 'dot', cx: column.x, cy: y, r: 3.6, 'data-d': detail }) : '';
  }

  /** What happened on no node, across all of them. */
  #everywhere(happening: Happening, number: number): string {
    const y = this.#y(happening.at);
    const detail = this.#options.details.add(
      `${happening.node}  ${happeningWords(happening)}`,
      `at ${ms(happening.at)}`,
    );
    const line = `<path class="everywhere" d="M${AXIS - 4} ${round(y)}H${round(this.layout.width)}"/>`;
    return `<g class="here" data-d="${detail}">${line}${badge(number, AXIS, y)}</g>`;
  }

  labels(): string {
    return [...this.layout.columns.values()]
      .map((column) => drawLabels(this.#labels.get(column.id) ?? [], column.labels, this.layout.labelWidth))
      .join('');
  }
}

function labelText(happening: Happening): string {
  const { epoch, members, cause } = happening.details;
  const ids = (Array.isArray(members) ? members : []).map((member) => memberMark(String(member))).join(' ');
  if (happening.what === 'view') return `view ${epoch}: ${ids}`;
  if (happening.what === 'decided') return `view ${epoch}, ${cause}`;
  if (happening.what === 'applied') return `= ${happening.details.after ?? 'no entry'}`;
  return happeningWords(happening);
}

/** `n4#2 joining` as `n4+`, `n4#2 leaving` as `n4−`. */
function memberMark(member: string): string {
  const sign = member.endsWith(' joining') ? '+' : member.endsWith(' leaving') ? '−' : '';
  return nodeOf(member) + sign;
}

function viewMark({ x }: Column, y: number, { details }: Happening, detail: number): string {
  const [top, left] = [y - 6.5, x - 40];
  return element(
    'g',
    { class: 'view', 'data-d': detail },
    `<path d="M${round(x - 12)} ${round(y)}H${round(x + 5)}"/>`,
    element('rect', { x: left, y: top, width: 28, height: 13, rx: 6.5 }),
    element('text', { x: left + 14, y: y + 3.4 }, `v${escaped(String(details.epoch))}`),
  );
}

function birth({ address, from }: Segment, x: number, y: number, details: Details): string {
  const detail = details.add(`${address} begins`, `at ${ms(from)}`);
  const name = element('text', { class: 'life', x: x + 7, y: y - 7 }, escaped(address.slice(address.indexOf('#'))));
  return `<g class="birth" data-d="${detail}"><circle cx="${round(x)}" cy="${round(y)}" r="3.5"/>${name}</g>`;
}

function death({ address, to, end }: Segment, x: number, y: number, details: Details): string {
  const detail = details.add(
    `${address} ${end === 'crashed' ? 'is gone, without a goodbye' : 'is out of the view'}`,
    `at ${ms(to)}`,
  );
  const size = end === 'crashed' ? 7 : 4;
  const [left, right, top, bottom] = [x - size, x + size, y - size, y + size].map(round);
  const shape =
    end === 'crashed'
      ? `M${left} ${top}L${right} ${bottom}M${right} ${top}L${left} ${bottom}`
      : `M${left} ${round(y)}H${right}`;
  return `<g class="death ${end}" data-d="${detail}"><path d="${shape}"/></g>`;
}

function untilWords({ to }: Fault): string {
  return to === Number.POSITIVE_INFINITY ? 'to the end' : `to ${ms(to)}`;
}

function gapLength(length: number): string {
  return length >= 1_000 ? `${(length / 1_000).toFixed(1)} s` : `${length.toFixed(length < 10 ? 1 : 0)} ms`;
}

function zigzag(y: number, width: number): string {
  const steps = Math.ceil(width / 12);
  return `<path class="zigzag" d="M0 ${round(y)}${'l6 3l6 -3'.repeat(steps)}"/>`;
}
