/** The options of the control port: those of `up`, which opens one, and those of the subcommands that ask one. Pure. */
import { type ControlAddress, DEFAULT_CONTROL_PORT } from '../control/address.ts';
import { UsageError } from './failure.ts';
import type { OptionTable, ParsedOptions } from './option-table.ts';

export interface ControlOptions extends ControlAddress {
  /** Whether it was asked for: one by default is done without when its port is taken. */
  readonly isAskedFor: boolean;
}

export const TOKEN_VARIABLE = 'MUSTER_CONTROL_TOKEN';
const MOST_PORT = 65_535;

export const UP_CONTROL_OPTIONS: OptionTable = {
  'control-port': {
    value: 'PORT|none',
    about: `HTTP port of the host for commands, /inspect and /metrics; 0 takes a free one (${DEFAULT_CONTROL_PORT})`,
  },
  'control-host': {
    value: 'ADDRESS',
    about: 'address of the control port; one that other machines reach needs a token (127.0.0.1)',
  },
  'control-token': {
    value: 'TOKEN',
    about: `what requests have to bring as Authorization: Bearer TOKEN; better in the environment as ${TOKEN_VARIABLE}`,
  },
};

/** Undefined for none. Throws `UsageError`. */
export function controlOptions(options: ParsedOptions): ControlOptions | undefined {
  const isAskedFor = ['control-port', 'control-host', 'control-token'].some((name) => options.has(name));
  const given = options.text('control-port', 'a port or none', String(DEFAULT_CONTROL_PORT));
  const host = options.text('control-host', 'an address to listen on', '127.0.0.1');
  const token = options.optionalText('control-token', 'a token');
  if (given === 'none') return undefined;
  const port = /^\d{1,5}$/.test(given) ? Number(given) : Number.NaN;
  if (!(port <= MOST_PORT)) {
    throw new UsageError(
      `--control-port ${JSON.stringify(given)} is not none or a whole number from 0 to ${MOST_PORT}`,
    );
  }
  return { host, port, token, isAskedFor };
}
