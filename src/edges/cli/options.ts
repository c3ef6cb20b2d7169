/** The options of `muster up`: command line to checked values. Pure; what they name (files, ports) is checked in `preflight.ts`. */
import { parseArgs } from 'node:util';
import { oneLine, UsageError } from './failure.ts';

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

interface OptionText {
  readonly value: string;
  readonly about: string;
}

const OPTIONS: Readonly<Record<string, OptionText>> = {
  nodes: { value: 'N', about: `how many nodes to start, 1 to ${MOST_NODES} (4)` },
  'lobby-port': { value: 'PORT', about: 'port of n1, n2 has the next, and so on; 0 gives each a free one (8200)' },
  data: { value: 'FILE|memory', about: 'where accounts are kept (muster.db)' },
  app: { value: 'FILE', about: 'your own app module, .ts or .js, instead of the lobby' },
  host: { value: 'ADDRESS', about: 'address to listen on (127.0.0.1)' },
  json: { value: '', about: 'one JSON object per event on stdout, nothing else' },
  help: { value: '', about: 'show this' },
};

export function upUsage(): string[] {
  const rows = Object.entries(OPTIONS).map(([name, { value, about }]) => [`--${name}${value && ` ${value}`}`, about]);
  const width = Math.max(...rows.map(([option]) => option!.length));
  return ['usage: muster up [options]', '', ...rows.map(([option, about]) => `  ${option!.padEnd(width)}  ${about}`)];
}

/** Throws `UsageError`. Undefined when help is asked for. */
export function parseUpOptions(args: readonly string[]): UpOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  const nodes = wholeNumber('--nodes', values.nodes ?? '4', 1, MOST_NODES);
  const lobbyPort = wholeNumber('--lobby-port', values['lobby-port'] ?? '8200', 0, MOST_PORT);
  if (lobbyPort + nodes - 1 > MOST_PORT) {
    throw new UsageError(
      `--lobby-port ${lobbyPort} with ${nodes} nodes goes past port ${MOST_PORT}; the highest that fits is ${MOST_PORT - nodes + 1}`,
    );
  }
  return {
    nodes,
    lobbyPort,
    data: text('--data', values.data ?? 'muster.db', 'a file name or memory'),
    app: values.app === undefined ? undefined : text('--app', values.app, 'the file of an app module'),
    host: text('--host', values.host ?? '127.0.0.1', 'an address to listen on'),
    json: values.json ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        nodes: { type: 'string' },
        'lobby-port': { type: 'string' },
        data: { type: 'string' },
        app: { type: 'string' },
        host: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(explain(error));
  }
}

/** Node's own messages name the option, but advise about things this command does not have. */
function explain(error: unknown): string {
  const { code = '', message } = error as Error & { code?: string };
  const named = oneLine(/'([^']*)'/.exec(message)?.[1] ?? '');
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    return `unknown option ${named}; muster up takes ${Object.keys(OPTIONS)
      .map((name) => `--${name}`)
      .join(', ')}`;
  }
  if (code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') {
    return `unexpected argument ${JSON.stringify(named)}; muster up takes options only`;
  }
  if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') {
    const name = /--([a-z-]+)/.exec(named)?.[1] ?? '';
    const expected = OPTIONS[name]?.value;
    return expected
      ? `--${name} needs a value: --${name} ${expected}${/ambiguous/.test(message) ? ` (write --${name}=VALUE when it begins with a dash)` : ''}`
      : `--${name} takes no value`;
  }
  return oneLine(message);
}

function wholeNumber(option: string, value: string, least: number, most: number): number {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`${option} ${JSON.stringify(value)} is not a whole number from ${least} to ${most}`);
}

function text(option: string, value: string, expected: string): string {
  if (value.trim() !== '' && !value.includes('\0')) return value;
  throw new UsageError(`${option} ${JSON.stringify(value)} is not ${expected}`);
}
