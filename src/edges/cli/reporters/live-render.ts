/** The live view as text: a pure function of its state and the size of the screen. No line is wider than the screen. */
import { clockText, count } from './describe.ts';
import { isRunning, type LiveNode, type LiveState } from './live-state.ts';
import { clip, type Paint, paintFor, type Style } from './paint.ts';
import { renderSheet, type Size } from './sheet.ts';
import { wrapped } from './wrap.ts';

export interface Screen extends Size {
  readonly color: boolean;
}

interface Column {
  readonly title: string;
  readonly width: number;
  /** Columns of a higher rank go first when the screen is narrow. */
  readonly rank: number;
  readonly left?: true;
  readonly cell: (node: LiveNode) => string;
}

const NOTHING = '-';

const COLUMNS: readonly Column[] = [
  { title: 'node', width: 5, rank: 0, left: true, cell: ({ id }) => id },
  { title: 'state', width: 9, rank: 0, left: true, cell: stateOf },
  { title: 'port', width: 6, rank: 1, cell: ({ port }) => (port === null ? NOTHING : String(port)) },
  { title: 'life', width: 5, rank: 3, cell: ({ incarnation }) => String(incarnation) },
  { title: 'conns', width: 7, rank: 2, cell: ({ figures }) => figure(figures?.connections) },
  { title: 'msgs/s', width: 8, rank: 4, cell: ({ figures }) => figure(figures?.messagesPerSecond) },
  { title: 'servers', width: 8, rank: 5, cell: ({ figures }) => figure(figures?.servers) },
  {
    title: 'loop ms',
    width: 8,
    rank: 6,
    cell: ({ figures, silent }) => (silent ? 'silent' : milliseconds(figures?.eventLoopDelayMs)),
  },
];

const KEYS: readonly string[] = [
  '↑↓ pick',
  'k kill',
  's stop/start',
  'a add',
  'p pause',
  'x/X cut',
  'h heal',
  ': type',
  'q quit',
];

/** At most `rows` lines of at most `columns` characters, colours not counted. */
export function renderLive(state: LiveState, screen: Screen): string[] {
  const paint = paintFor(screen.color);
  if (state.sheet) return renderSheet(state.sheet, screen, paint);
  const top = [
    paint('bold', headline(state)),
    ...(state.primary ? [] : [paint('alarm', ' no primary component: strong work is refused until heal')]),
    ...(state.partition === undefined ? [] : [paint('alarm', ` cut: ${state.partition}`)]),
  ];
  const columns = columnsThatFit(screen.columns);
  const footer = footerOf(state, screen.columns);
  // The list gets what it needs, but leaves the newest events three lines where there is room for them.
  const free = Math.max(1, screen.rows - top.length - footer.length - 1);
  const listed = windowOf(state, Math.max(1, Math.min(state.nodes.length, free - 4)));
  const events = Math.max(0, free - listed.length - 1);
  const body = [
    paint('dim', `  ${columns.map((column) => pad(column, column.title)).join('')}`),
    ...listed.map((node) => nodeLine(node, columns, node.id === state.selected, paint)),
    ...(events > 0 ? ['', ...lastRows(state.events, events, screen.columns)] : []),
  ];
  const lines = [...top, ...body].slice(0, Math.max(0, screen.rows - footer.length));
  const filler = Array.from({ length: Math.max(0, screen.rows - lines.length - footer.length) }, () => '');
  return [...lines, ...filler, ...footer.map((line) => paint('dim', line))]
    .map((line) => clip(line, screen.columns))
    .slice(-screen.rows);
}

function headline({ phase, nodes, epoch, t, host, running }: LiveState): string {
  const up = nodes.filter(({ state }) => state === 'up').length;
  const parts = [`muster ${phase}`, `${up} of ${count(nodes.length, 'node')}`, `view ${epoch}`, host, clockText(t)];
  if (running.length > 0) parts.push(`doing: ${running[0]}${running.length > 1 ? ` (+${running.length - 1})` : ''}`);
  return ` ${parts.join(' · ')}`;
}

function columnsThatFit(width: number): readonly Column[] {
  let columns = COLUMNS;
  const total = () => 2 + columns.reduce((sum, column) => sum + column.width, 0);
  while (total() > width) {
    const highest = Math.max(...columns.map(({ rank }) => rank));
    if (highest === 0) break;
    columns = columns.filter(({ rank }) => rank !== highest);
  }
  return columns;
}

function nodeLine(node: LiveNode, columns: readonly Column[], selected: boolean, paint: Paint): string {
  const cells = columns.map((column) => {
    const text = pad(column, column.cell(node));
    return column.title === 'state' ? paint(styleOf(node), text) : text;
  });
  return `${selected ? paint('bold', '>') : ' '} ${cells.join('')}`;
}

/** A node that is up but may soon not act, or not now, shows that instead. */
function stateOf({ state, figures, caughtUp }: LiveNode): string {
  // While a node joins, how far it is says more than that it starts.
  if (state === 'starting' && caughtUp !== undefined) return `${caughtUp}%`;
  return state === 'up' && figures && figures.standing !== 'primary' ? figures.standing : state;
}

function styleOf(node: LiveNode): Style {
  if (stateOf(node) === 'up') return 'good';
  return isRunning(node.state) && stateOf(node) !== 'cut off' && stateOf(node) !== 'outside' ? 'change' : 'alarm';
}

/** The nodes around the selected one, as many as there is room for. */
function windowOf({ nodes, selected }: LiveState, room: number): readonly LiveNode[] {
  const at = Math.max(
    0,
    nodes.findIndex(({ id }) => id === selected),
  );
  const from = Math.max(0, Math.min(at - Math.floor(room / 2), nodes.length - room));
  return nodes.slice(from, from + room);
}

/** The newest lines, wrapped, as far as there is room for them. */
function lastRows(lines: readonly string[], room: number, width: number): string[] {
  const rows: string[] = [];
  for (let at = lines.length - 1; at >= 0 && rows.length < room; at--) rows.unshift(...wrapped(` ${lines[at]}`, width));
  return rows.slice(-room);
}

/** The command being typed, or what the keys do, on as many lines as that takes. */
function footerOf({ input, phase }: LiveState, width: number): string[] {
  if (input !== undefined) return [` :${input.slice(-Math.max(1, width - 4))}_`];
  if (phase === 'starting') return [' q quit'];
  if (phase === 'stopping') return [' stopping; q or ctrl-c again ends at once'];
  const lines = [''];
  for (const key of KEYS) {
    const last = lines[lines.length - 1]!;
    const longer = last === '' ? ` ${key}` : `${last}  ${key}`;
    if (longer.length <= width || last === '') lines[lines.length - 1] = longer;
    else lines.push(` ${key}`);
  }
  return lines;
}

function pad({ width, left }: Column, text: string): string {
  const cut = text.slice(0, width - 1);
  return left ? cut.padEnd(width) : cut.padStart(width);
}

function figure(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING;
  if (value >= 1_000_000) return `${(value / 1_000_000).toFixed(1)}M`;
  if (value >= 10_000) return `${(value / 1_000).toFixed(0)}k`;
  return String(Math.round(value));
}

function milliseconds(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING;
  return value >= 100 ? String(Math.round(value)) : value.toFixed(1);
}
