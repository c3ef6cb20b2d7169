/** The live view's state and its changes: reports, figures and keys in; a new state, and lines to run, out. Pure. */
import { compareIds, type NodeId } from '../../../base/index.ts';
import type { NodeState } from '../../../cluster/index.ts';
import type { Report } from '../reports.ts';
import { clockText, describe, isToldTwice } from './describe.ts';
import type { Figures } from './figures.ts';
import { inspectionLines } from './inspection-lines.ts';
import { type Sheet, type Size, sheetAfterKey } from './sheet.ts';

export interface LiveNode {
  readonly id: NodeId;
  readonly state: NodeState;
  readonly incarnation: number;
  /** Undefined until this incarnation has answered. */
  readonly figures: Figures | undefined;
  /** It did not answer when it was last asked: paused, hung, or ending. */
  readonly silent: boolean;
  /** How much of what it has to learn it has, in percent, while it joins. */
  readonly caughtUp: number | undefined;
  /** Kept while the node is down: it comes back on it. */
  readonly port: number | null;
}

export interface LiveState {
  /** Ms since the start. */
  readonly t: number;
  readonly phase: 'starting' | 'up' | 'stopping';
  readonly host: string;
  readonly epoch: number;
  readonly nodes: readonly LiveNode[];
  readonly selected: NodeId | undefined;
  /** Whether there is a primary component. */
  readonly primary: boolean;
  /** The groups, as typed, while the cluster is cut by a command. */
  readonly partition: string | undefined;
  /** The command line being typed, without its colon. */
  readonly input: string | undefined;
  /** Lines given that are not done yet. */
  readonly running: readonly string[];
  /** The newest last. */
  readonly events: readonly string[];
  /** An answer that lies over all of it. */
  readonly sheet: Sheet | undefined;
}

const MOST_EVENTS = 200;
const LONGEST_INPUT = 500;

export function initialState(host: string): LiveState {
  return {
    t: 0,
    phase: 'starting',
    host,
    epoch: 0,
    nodes: [],
    selected: undefined,
    primary: true,
    partition: undefined,
    input: undefined,
    running: [],
    events: [],
    sheet: undefined,
  };
}

export function withReport(state: LiveState, report: Report): LiveState {
  // Shown in the list of nodes; only the end of it is an event worth a line.
  if (report.event === 'catch-up' && report.entries < report.of) return withCaughtUp(state, report);
  if (isToldTwice(report)) return state;
  const told = withEvents(state, [`${clockText(report.t)} ${describe(report)}`]);
  switch (report.event) {
    case 'up':
      return { ...told, phase: told.phase === 'starting' ? 'up' : told.phase };
    case 'view':
      return { ...told, epoch: Math.max(told.epoch, report.epoch) };
    case 'node':
      return withNode(told, report.id, report.incarnation, report.state);
    case 'catch-up':
      return withCaughtUp(told, report);
    case 'done':
      return withDone(told, report.command);
    case 'primary':
      return { ...told, primary: report.exists };
    case 'inspect':
      return withSheet(told, 'inspect', [describe(report), ...inspectionLines(report, told.host)]);
    default:
      return told;
  }
}

function withCaughtUp(state: LiveState, { node: id, entries, of }: Extract<Report, { event: 'catch-up' }>): LiveState {
  const caughtUp = of === 0 ? 100 : Math.floor((100 * entries) / of);
  return { ...state, nodes: state.nodes.map((node) => (node.id === id ? { ...node, caughtUp } : node)) };
}

export function withEvents(state: LiveState, lines: readonly string[]): LiveState {
  return { ...state, events: [...state.events, ...lines].slice(-MOST_EVENTS) };
}

export function withSheet(state: LiveState, title: string, lines: readonly string[]): LiveState {
  return { ...state, sheet: { title, lines, from: 0 } };
}

export function withFigures(state: LiveState, figures: readonly Figures[], missing: readonly NodeId[]): LiveState {
  const byId = new Map(figures.map((figure) => [figure.id, figure]));
  const nodes = state.nodes.map((node) => {
    const found = byId.get(node.id);
    // An answer of the life before, still on its way, says nothing about this one.
    if (!found || found.incarnation !== node.incarnation) return { ...node, silent: missing.includes(node.id) };
    return { ...node, figures: found, silent: false, port: found.port ?? node.port };
  });
  return { ...state, nodes };
}

function withDone(state: LiveState, command: string): LiveState {
  const [name, ...rest] = command.split(/\s+/);
  if (name === 'partition') return { ...state, partition: rest.join(' ') };
  return name === 'heal' ? { ...state, partition: undefined } : state;
}

function withNode(state: LiveState, id: NodeId, incarnation: number, nodeState: NodeState): LiveState {
  const before = state.nodes.find((node) => node.id === id);
  const figures = before?.incarnation === incarnation && isRunning(nodeState) ? before.figures : undefined;
  const node: LiveNode = {
    id,
    state: nodeState,
    incarnation,
    figures,
    silent: false,
    caughtUp: undefined,
    port: before?.port ?? null,
  };
  const nodes = [...state.nodes.filter((other) => other.id !== id), node].sort((a, b) => compareIds(a.id, b.id));
  return { ...state, nodes, selected: state.selected ?? id };
}

export function isRunning(state: NodeState): boolean {
  return state === 'starting' || state === 'up' || state === 'leaving' || state === 'cut off';
}

/** A key: its name (`up`, `return`, `k` …), and the text it types, if any. */
export interface Key {
  readonly name: string;
  readonly ctrl: boolean;
  readonly text: string;
}

/** What a key led to: the next state, a line to run, or the wish to end. */
export interface Pressed {
  readonly state: LiveState;
  readonly line?: string;
  readonly interrupt?: true;
}

/** How long `p` pauses a node. */
export const PAUSE_MS = 1_000;

/** `size` is that of the screen; a sheet scrolls by it. */
export function withKey(state: LiveState, key: Key, size: Size): Pressed {
  if (key.ctrl && (key.name === 'c' || key.name === 'd')) return { state, interrupt: true };
  if (state.sheet) return { state: { ...state, sheet: sheetAfterKey(state.sheet, key.name, size) } };
  if (key.ctrl) return { state };
  if (state.input !== undefined) return withTyped(state, state.input, key);
  if (key.name === 'up' || key.name === 'down') return { state: moveSelection(state, key.name === 'up' ? -1 : 1) };
  if (/^[1-9]$/.test(key.text)) return { state: select(state, `n${key.text}`) };
  if (key.text === ':') return { state: { ...state, input: '' } };
  if (key.text === 'q') return { state, interrupt: true };
  const line = state.phase === 'up' ? lineForKey[key.text]?.(state) : undefined;
  return line === undefined ? { state } : { state, line };
}

/** Undefined where the key means nothing now. */
const lineForKey: Readonly<Record<string, (state: LiveState) => string | undefined>> = {
  k: ({ selected }) => selected && `kill ${selected}`,
  s: ({ selected, nodes }) => {
    const node = nodes.find(({ id }) => id === selected);
    return node && `${isRunning(node.state) ? 'stop' : 'start'} ${node.id}`;
  },
  a: () => 'add',
  p: ({ selected }) => selected && `pause ${selected} ${PAUSE_MS}`,
  x: (state) => cutOff(state, '|'),
  X: (state) => cutOff(state, '->'),
  h: () => 'heal',
  '?': () => 'help',
};

/** Cuts the selected node off from the others, or what it says to them. */
function cutOff({ selected, nodes }: LiveState, how: '|' | '->'): string | undefined {
  const others = nodes.filter(({ id }) => id !== selected).map(({ id }) => id);
  return selected && others.length > 0 ? `partition ${selected} ${how} ${others.join(' ')}` : undefined;
}

function withTyped(state: LiveState, input: string, { name, text }: Key): Pressed {
  const closed: LiveState = { ...state, input: undefined };
  if (name === 'escape') return { state: closed };
  if (name === 'return' || name === 'enter')
    return input.trim() === '' ? { state: closed } : { state: closed, line: input };
  if (name === 'backspace')
    return { state: input === '' ? closed : { ...state, input: [...input].slice(0, -1).join('') } };
  return { state: { ...state, input: (input + text).slice(0, LONGEST_INPUT) } };
}

function moveSelection(state: LiveState, by: number): LiveState {
  const at = state.nodes.findIndex(({ id }) => id === state.selected);
  const next = state.nodes[Math.min(state.nodes.length - 1, Math.max(0, at + by))];
  return next ? { ...state, selected: next.id } : state;
}

function select(state: LiveState, id: NodeId): LiveState {
  return state.nodes.some((node) => node.id === id) ? { ...state, selected: id } : state;
}
