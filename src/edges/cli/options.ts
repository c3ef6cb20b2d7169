/** The options of `muster up`: command line to checked values. Pure; what they name (files, ports) is checked in `preflight.ts`. */
import type { Level } from '../../ports/index.ts';
import type { Timing } from '../../services/index.ts';
import { type ControlOptions, controlOptions, UP_CONTROL_OPTIONS } from './control-options.ts';
import { UsageError } from './failure.ts';
import { type OptionTable, ParsedOptions, usageOf } from './option-table.ts';
import { parseTiming, TIMING_FORM } from './timing.ts';
import { TLS_OPTIONS, type TlsFiles, tlsFilesOf } from './tls-files.ts';

export interface UpOptions {
  readonly nodes: number;
  /** The port of n1; node i has this + i − 1. 0: each node gets a free one. */
  readonly lobbyPort: number;
  /** Whether the nodes will listen there for all we know: the lobby does, an app of your own if the port was given. */
  readonly listens: boolean;
  /** A file, or `memory`. */
  readonly data: string;
  /** A module that exports an app; undefined for the lobby. */
  readonly app: string | undefined;
  readonly host: string;
  /** What is not given has its default. */
  readonly timing: Partial<Timing>;
  /** Undefined for none. */
  readonly control: ControlOptions | undefined;
  /** A file for what nodes log; undefined for standard error. */
  readonly log: string | undefined;
  readonly logLevel: Level;
  /** Undefined: the cluster makes its own. */
  readonly tls: TlsFiles | undefined;
  readonly json: boolean;
}

/** As many nodes as a mesh of links between threads is meant for. */
export const MOST_NODES = 64;
export const MOST_PORT = 65_535;

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

const OPTIONS: OptionTable = {
  nodes: { value: 'N', about: `how many nodes to start, 1 to ${MOST_NODES} (4)` },
  'lobby-port': {
    value: 'PORT',
    about: 'port of n1, n2 has the next, and so on; 0 gives each a free one (8200); with --app, checked only if given',
  },
  data: {
    value: 'FILE|memory',
    about: 'where accounts, and the ids of sequences, are kept (muster.db; with --app, memory)',
  },
  app: {
    value: 'FILE',
    about: 'your own app module, .ts or .js, instead of the lobby; it gets host and lobbyPort in its settings',
  },
  host: { value: 'ADDRESS', about: 'address to listen on (127.0.0.1)' },
  timing: {
    value: TIMING_FORM,
    about:
      'how soon a node counts as cut off (leaseMs, marginMs) or hung (hungMs), and how long it may owe an answer (ackMs)',
  },
  ...UP_CONTROL_OPTIONS,
  log: { value: 'FILE', about: 'where to append what nodes log and what happens, as JSON lines (standard error)' },
  'log-level': { value: LOG_LEVELS.join('|'), about: 'the lowest level that is logged (info)' },
  ...TLS_OPTIONS,
  json: { value: '', about: 'one JSON object per event on stdout, nothing else' },
  help: { value: '', about: 'show this' },
};

export function upUsage(): string[] {
  return usageOf('up', OPTIONS);
}

/** Throws `UsageError`. Undefined when help is asked for. */
export function parseUpOptions(args: readonly string[]): UpOptions | undefined {
  const options = new ParsedOptions('up', OPTIONS, args);
  if (options.isSet('help')) return undefined;
  const nodes = options.wholeNumber('nodes', 4, 1, MOST_NODES);
  const lobbyPort = options.wholeNumber('lobby-port', 8200, 0, MOST_PORT);
  if (lobbyPort + nodes - 1 > MOST_PORT) {
    throw new UsageError(
      `--lobby-port ${lobbyPort} with ${nodes} nodes goes past port ${MOST_PORT}; the highest that fits is ${MOST_PORT - nodes + 1}`,
    );
  }
  const timing = options.optionalText('timing', `times such as ${TIMING_FORM}`);
  const app = options.optionalText('app', 'the file of an app module');
  return {
    nodes,
    lobbyPort,
    listens: app === undefined || options.has('lobby-port'),
    data: options.text('data', 'a file name or memory', app === undefined ? 'muster.db' : 'memory'),
    app,
    host: options.text('host', 'an address to listen on', '127.0.0.1'),
    timing: timing === undefined ? {} : parseTiming(timing),
    control: controlOptions(options),
    log: options.optionalText('log', 'the file of a log'),
    logLevel: options.oneOf('log-level', LOG_LEVELS, 'info'),
    tls: tlsFilesOf(options),
    json: options.isSet('json'),
  };
}
