/**
 * The command language of a running cluster: one command per line, from stdin or from a key of the live view. A table
 * name → { usage, about, parse, run }. Parsing is pure and refuses with `Refused`; running waits until it is done.
 */
import { type NodeId, Refused } from '../../base/index.ts';
import { oneLine } from './failure.ts';
import { parsePartition } from './partition-line.ts';
import type { Effect } from './reports.ts';
import type { Session } from './session.ts';

/** The longest time a node may be paused. */
export const MOST_PAUSE_MS = 60_000;
const LONGEST_LINE = 2_000;

/** A line that was understood: what it asks for, and how to do it. */
export interface Call {
  readonly name: string;
  readonly args: unknown;
  /** It only shows something, so that it is done needs no word. */
  readonly shows: boolean;
  run(session: Session): Promise<Effect>;
}

interface Command {
  readonly usage: string;
  readonly about: string;
  /** Throws `Refused`. `known` are the ids of all nodes the cluster has had. */
  parse(rest: string, known: readonly NodeId[]): Omit<Call, 'name'>;
}

function command<A>(spec: {
  usage: string;
  about: string;
  shows?: boolean;
  parse: (rest: string, known: readonly NodeId[], usage: string) => A;
  run: (args: A, session: Session) => Promise<Effect | void> | void;
}): Command {
  const { usage, about, shows = false, parse, run } = spec;
  return {
    usage,
    about,
    parse: (rest, known) => {
      const args = parse(rest, known, usage);
      return {
        args,
        shows,
        run: async (session) => (await run(args, session)) ?? {},
      };
    },
  };
}

export const commands: ReadonlyMap<string, Command> = new Map(
  Object.entries({
    kill: command({
      usage: 'kill n2',
      about: 'end its thread at once, without a goodbye',
      parse: oneNode,
      run: (id, { cluster }) => cluster.kill(id),
    }),
    stop: command({
      usage: 'stop n2',
      about: 'let it hand over and leave; it stays down until start',
      parse: oneNode,
      run: (id, { cluster }) => cluster.stop(id),
    }),
    start: command({
      usage: 'start n2',
      about: 'start a node that is stopped, down or failed',
      parse: oneNode,
      run: (id, session) => session.start(id),
    }),
    restart: command({
      usage: 'restart n2',
      about: 'stop it, then start it',
      parse: oneNode,
      run: (id, { cluster }) => cluster.restart(id),
    }),
    add: command({
      usage: 'add',
      about: 'start one more node',
      parse: nothing,
      run: (_, session) => session.add(),
    }),
    pause: command({
      usage: 'pause n3 500',
      about: 'block its event loop for so many ms',
      parse: nodeAndMs,
      run: ({ id, ms }, session) => session.pause(id, ms),
    }),
    partition: command({
      usage: 'partition n1 | n2 n3 n4',
      about: 'cut all links between the sides; n1 -> n2 cuts one way, n1 | n2 ; n3 -> n4 just these links',
      parse: (rest, known) => parsePartition(rest, (word) => knownNode(word, known)),
      run: (partition, { cluster }) => cluster.partition(partition),
    }),
    heal: command({
      usage: 'heal',
      about: 'end the partition',
      parse: nothing,
      run: (_, { cluster }) => cluster.heal(),
    }),
    view: command({
      usage: 'view',
      about: 'show the newest view',
      shows: true,
      parse: nothing,
      run: (_, session) => session.showView(),
    }),
    inspect: command({
      usage: 'inspect',
      about: 'ask every node for its ports, servers and figures',
      shows: true,
      parse: nothing,
      run: (_, session) => session.showInspection(),
    }),
    help: command({
      usage: 'help',
      about: 'list the commands',
      shows: true,
      parse: nothing,
      run: (_, session) => session.show('commands', commandHelp()),
    }),
    quit: command({
      usage: 'quit',
      about: 'stop everything and end',
      shows: true,
      parse: nothing,
      run: (_, session) => session.quit(),
    }),
  }),
);

/** Undefined for an empty line. Throws `Refused` with a message that says what was expected. */
export function parseLine(line: string, known: readonly NodeId[]): Call | undefined {
  if (line.length > LONGEST_LINE) throw new Refused(`a line has at most ${LONGEST_LINE} characters`);
  const text = line.trim();
  if (text === '') return undefined;
  const name = /^\S+/.exec(text)![0];
  const found = commands.get(name);
  if (!found) throw new Refused(`unknown command ${show(name)}; there are ${[...commands.keys()].join(', ')}`);
  return { name, ...found.parse(text.slice(name.length).trim(), known) };
}

/** A line as it is named in a `refused` report: printable and short. */
export function shownLine(line: string): string {
  const text = oneLine(line);
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}

/** All usages in one line. */
export function commandSummary(): string {
  return [...commands.values()].map(({ usage }) => usage).join(' · ');
}

export function commandHelp(): string[] {
  const width = Math.max(...[...commands.values()].map(({ usage }) => usage.length));
  return [...commands.values()].map(({ usage, about }) => `${usage.padEnd(width)}  ${about}`);
}

function wordsOf(rest: string): string[] {
  return rest === '' ? [] : rest.split(/\s+/);
}

function show(word: string): string {
  return JSON.stringify(shownLine(word).slice(0, 60));
}

function expected(usage: string): string {
  return `expected: ${usage}`;
}

function nothing(rest: string, _known: readonly NodeId[], usage: string): undefined {
  if (rest !== '') throw new Refused(`${show(rest)} is too much; ${expected(usage)}`);
}

function knownNode(word: string, known: readonly NodeId[]): NodeId {
  if (known.includes(word)) return word;
  throw new Refused(`there is no node ${show(word)}; there are ${known.join(', ')}`);
}

function oneNode(rest: string, known: readonly NodeId[], usage: string): NodeId {
  const [id, ...more] = wordsOf(rest);
  if (id === undefined) throw new Refused(`the node is missing; ${expected(usage)}`);
  if (more.length > 0) throw new Refused(`${show(more.join(' '))} is too much; ${expected(usage)}`);
  return knownNode(id, known);
}

function nodeAndMs(rest: string, known: readonly NodeId[], usage: string): { id: NodeId; ms: number } {
  const [first, time, ...more] = wordsOf(rest);
  if (time === undefined) {
    throw new Refused(`${first === undefined ? 'the node is' : 'the time in ms is'} missing; ${expected(usage)}`);
  }
  const id = oneNode([first, ...more].join(' '), known, usage);
  const ms = /^\d{1,6}$/.test(time) ? Number(time) : Number.NaN;
  if (ms >= 1 && ms <= MOST_PAUSE_MS) return { id, ms };
  throw new Refused(`${show(time)} is not a whole number of ms from 1 to ${MOST_PAUSE_MS}; ${expected(usage)}`);
}
