/** The options of `muster players`: command line to checked values. Pure. */
import type { Gateway } from '../../players/index.ts';
import { UsageError } from '../failure.ts';
import { type OptionTable, ParsedOptions, usageOf } from '../option-table.ts';

export interface PlayersOptions {
  readonly count: number;
  /** Real minutes. */
  readonly minutes: number;
  /** Where the cluster is asked for its nodes; undefined for the place where `muster up` puts it. */
  readonly control: string | undefined;
  /** Where nodes listen; empty to ask the cluster. */
  readonly connect: readonly Gateway[];
  readonly name: string;
  readonly paceMs: number;
  readonly threads: number;
  /** Undefined: one is drawn. */
  readonly seed: number | undefined;
  readonly json: boolean;
}

const MOST_PLAYERS = 5_000;
const MOST_MINUTES = 1_440;
const MOST_PACE_MS = 60_000;
const MOST_THREADS = 16;
const MOST_SEED = 2 ** 31 - 1;
const MOST_PORT = 65_535;
const MOST_GATEWAYS = 64;

const OPTIONS: OptionTable = {
  count: { value: 'N', about: `how many players, 2 to ${MOST_PLAYERS} (200)` },
  minutes: { value: 'M', about: 'real minutes, parts of one too (2)' },
  control: { value: 'URL', about: 'where the cluster is asked which nodes it has (http://127.0.0.1:8190)' },
  connect: { value: 'HOST:PORT,…', about: 'where nodes listen, instead of asking' },
  name: { value: 'NAME', about: 'players are called this and a number (player)' },
  pace: { value: 'MS', about: 'how long a player waits between two acts, on average (1500)' },
  threads: { value: 'N', about: 'threads that the players are in (2)' },
  seed: { value: 'N', about: 'draw the same wishes again (a new seed each time)' },
  json: { value: '', about: 'one JSON object per line on stdout, nothing else' },
  help: { value: '', about: 'show this' },
};

export function playersUsage(): string[] {
  return [
    ...usageOf('players', OPTIONS),
    '',
    'Simulated players on a running cluster, over TCP: they log in (and register first), talk, host, join, play, wait in queues, leave,',
    'and come back elsewhere when their node dies. Each checks every line it gets. Kill and add nodes meanwhile; it ends with 1 when a',
    'player was sent what no client could accept, or when at the end the players do not all see the same.',
  ];
}

/** Throws `UsageError`. Undefined when help is asked for. */
export function parsePlayersOptions(args: readonly string[]): PlayersOptions | undefined {
  const options = new ParsedOptions('players', OPTIONS, args);
  if (options.isSet('help')) return undefined;
  const connect = options.optionalText('connect', 'a list of host:port');
  const control = options.optionalText('control', 'a URL');
  if (connect !== undefined && control !== undefined)
    throw new UsageError('--connect and --control exclude each other');
  return {
    count: options.wholeNumber('count', 200, 2, MOST_PLAYERS),
    minutes: options.minutes(2, MOST_MINUTES),
    control: control === undefined ? undefined : readUrl(control),
    connect: connect === undefined ? [] : readGateways(connect),
    name: readName(options.text('name', 'a name', 'player')),
    paceMs: options.wholeNumber('pace', 1_500, 50, MOST_PACE_MS),
    threads: options.wholeNumber('threads', 2, 1, MOST_THREADS),
    seed: options.has('seed') ? options.wholeNumber('seed', 0, 0, MOST_SEED) : undefined,
    json: options.isSet('json'),
  };
}

function readUrl(text: string): string {
  if (!/^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : '')) {
    throw new UsageError(`--control ${JSON.stringify(text)} is not a URL such as http://127.0.0.1:8190`);
  }
  return text.replace(/\/+$/, '');
}

function readGateways(text: string): Gateway[] {
  const gateways = text.split(',').map((part) => {
    const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(part.trim()) ?? [];
    const number = Number(port);
    if (!(number >= 1 && number <= MOST_PORT)) {
      throw new UsageError(`--connect ${JSON.stringify(part)} is not of the form 127.0.0.1:8200`);
    }
    return { host: (bracketed ?? plain)!, port: number };
  });
  if (gateways.length > MOST_GATEWAYS) throw new UsageError(`--connect takes at most ${MOST_GATEWAYS} nodes`);
  return gateways;
}

/** With its number behind it a name of the lobby. */
function readName(text: string): string {
  if (/^[A-Za-z][A-Za-z0-9_[\]]{0,14}$/.test(text)) return text;
  throw new UsageError(`--name ${JSON.stringify(text)} is not a letter and up to 14 letters, digits, [, ] and _`);
}
