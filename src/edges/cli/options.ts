/** The options of `muster up`: command line to checked values. Pure; what they name (files, ports) is checked in `preflight.ts`. */
import { UsageError } from './failure.ts';
import { type OptionTable, ParsedOptions, usageOf } from './option-table.ts';

export interface UpOptions {
  readonly nodes: number;
  /** The port of n1; node i has this + i − 1. 0: each node gets a free one. */
  readonly lobbyPort: number;
  /** A file, or `memory`. */
  readonly data: string;
  /** A module that exports an app; undefined for the lobby. */
  readonly app: string | undefined;
  readonly host: string;
  readonly json: boolean;
}

/** As many nodes as a mesh of links between threads is meant for. */
export const MOST_NODES = 64;
export const MOST_PORT = 65_535;

const OPTIONS: OptionTable = {
  nodes: { value: 'N', about: `how many nodes to start, 1 to ${MOST_NODES} (4)` },
  'lobby-port': { value: 'PORT', about: 'port of n1, n2 has the next, and so on; 0 gives each a free one (8200)' },
  data: { value: 'FILE|memory', about: 'where accounts are kept (muster.db)' },
  app: { value: 'FILE', about: 'your own app module, .ts or .js, instead of the lobby' },
  host: { value: 'ADDRESS', about: 'address to listen on (127.0.0.1)' },
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
  return {
    nodes,
    lobbyPort,
    data: options.text('data', 'a file name or memory', 'muster.db'),
    app: options.optionalText('app', 'the file of an app module'),
    host: options.text('host', 'an address to listen on', '127.0.0.1'),
    json: options.isSet('json'),
  };
}
