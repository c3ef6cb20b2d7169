/** The options of `muster simulate`: command line to checked values. Pure; whether the app's file exists shows when it is read. */
import { checkFaults, DEFAULT_NODES, FAULT_KINDS, type FaultChoice } from '../../../chaos/index.ts';
import { failureOf, UsageError } from '../failure.ts';
import { type OptionTable, ParsedOptions, usageOf } from '../option-table.ts';

export interface SimulateCommandOptions {
  /** The first seed, and how many. */
  readonly from: number;
  readonly count: number;
  readonly nodes: number;
  readonly faults: FaultChoice;
  /** Virtual minutes per seed. */
  readonly minutes: number;
  /** A module that exports an app; undefined puts Muster's own promises to the test. */
  readonly app: string | undefined;
  /** The directory for the pages of failing seeds; undefined writes none. */
  readonly pages: string | undefined;
  readonly json: boolean;
}

const MOST_SEEDS = 10_000_000;
const FEWEST_NODES = 3;
const MOST_NODES = 9;
const MOST_MINUTES = 60;
const DEFAULT_SEEDS = 1_000;

const OPTIONS: OptionTable = {
  seeds: { value: 'N', about: `how many seeds to run, from 1 on (${DEFAULT_SEEDS})` },
  from: { value: 'N', about: 'the first seed (1)' },
  seed: { value: 'N', about: 'run this seed alone' },
  nodes: { value: 'N', about: `how many nodes, ${FEWEST_NODES} to ${MOST_NODES} (${DEFAULT_NODES})` },
  faults: { value: 'swarm|none|KIND,…', about: 'a draw of faults per seed, none, or these in each (swarm)' },
  minutes: { value: 'M', about: 'virtual minutes per seed (1)' },
  app: { value: 'FILE', about: 'your own app module, with its workload and invariants' },
  pages: { value: 'DIR|none', about: 'where the page of each failing seed goes (.)' },
  json: { value: '', about: 'one JSON object per line on stdout, nothing else' },
  help: { value: '', about: 'show this' },
};

export function simulateUsage(): string[] {
  const kinds = Object.entries(FAULT_KINDS);
  const width = Math.max(...kinds.map(([kind]) => kind.length));
  return [
    ...usageOf('simulate', OPTIONS),
    '',
    'kinds of faults:',
    ...kinds.map(([kind, about]) => `  ${kind.padEnd(width)}  ${about}`),
    '',
    'An app module exports, beside the app as its default, `workload`, `invariants` or both, as `simulate` takes them.',
  ];
}

/** Throws `UsageError`. Undefined when help is asked for. */
export function parseSimulateOptions(args: readonly string[]): SimulateCommandOptions | undefined {
  const options = new ParsedOptions('simulate', OPTIONS, args);
  if (options.isSet('help')) return undefined;
  for (const other of ['seeds', 'from']) {
    if (options.has('seed') && options.has(other)) throw new UsageError(`--seed runs one seed; leave out --${other}`);
  }
  const isOne = options.has('seed');
  const first = isOne ? 'seed' : 'from';
  return {
    from: options.wholeNumber(first, 1, 0, Number.MAX_SAFE_INTEGER - MOST_SEEDS),
    count: isOne ? 1 : options.wholeNumber('seeds', DEFAULT_SEEDS, 1, MOST_SEEDS),
    nodes: options.wholeNumber('nodes', DEFAULT_NODES, FEWEST_NODES, MOST_NODES),
    faults: faultsOf(options.text('faults', 'swarm, none or kinds of faults', 'swarm')),
    minutes: options.minutes(1, MOST_MINUTES),
    app: options.optionalText('app', 'the file of an app module'),
    pages: options.pages(),
    json: options.isSet('json'),
  };
}

/** The command line that runs one seed of these options alone. */
export function replayOf({ nodes, faults, minutes, app }: SimulateCommandOptions, seed: number): string {
  const parts = [`muster simulate --seed ${seed} --nodes ${nodes}`];
  if (faults !== 'swarm') parts.push(`--faults ${typeof faults === 'string' ? faults : faults.join(',')}`);
  if (minutes !== 1) parts.push(`--minutes ${minutes}`);
  if (app !== undefined) parts.push(`--app ${/^[\w./@-]+$/.test(app) ? app : JSON.stringify(app)}`);
  return parts.join(' ');
}

function faultsOf(text: string): FaultChoice {
  try {
    return checkFaults('--faults', text === 'swarm' || text === 'none' ? text : text.split(','));
  } catch (error) {
    throw new UsageError(failureOf(error).message);
  }
}
