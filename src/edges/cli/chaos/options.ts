/** The options of `muster chaos`: command line to checked values. Pure. */
import { type OptionTable, ParsedOptions, usageOf } from '../option-table.ts';

export interface ChaosCommandOptions {
  /** Undefined: one is drawn, and said. */
  readonly seed: number | undefined;
  readonly nodes: number;
  /** Real minutes. */
  readonly minutes: number;
  /** The directory for the page of a run that failed; undefined writes none. */
  readonly pages: string | undefined;
  readonly json: boolean;
}

const FEWEST_NODES = 2;
const MOST_NODES = 16;
const DEFAULT_NODES = 4;
const DEFAULT_MINUTES = 2;
const MOST_MINUTES = 60;
export const MOST_SEED = 2 ** 31 - 1;

const OPTIONS: OptionTable = {
  minutes: { value: 'M', about: 'real minutes, parts of one too (2)' },
  seed: { value: 'N', about: 'draw the same faults again (a new seed each time)' },
  nodes: {
    value: 'N',
    about: `how many nodes to start with, ${FEWEST_NODES} to ${MOST_NODES}; it grows to two more (${DEFAULT_NODES})`,
  },
  pages: { value: 'DIR|none', about: 'where the page of a run that failed goes (.)' },
  json: { value: '', about: 'one JSON object per line on stdout, nothing else' },
  help: { value: '', about: 'show this' },
};

export function chaosUsage(): string[] {
  return [
    ...usageOf('chaos', OPTIONS),
    '',
    'A cluster of threads under load, with kills, stops, pauses, hangs, partitions, slow and lossy links. The seed repeats what is',
    'drawn: kinds of faults, their rhythm, what clients do. How threads interleave it does not repeat: for that see muster simulate.',
  ];
}

/** Throws `UsageError`. Undefined when help is asked for. */
export function parseChaosOptions(args: readonly string[]): ChaosCommandOptions | undefined {
  const options = new ParsedOptions('chaos', OPTIONS, args);
  if (options.isSet('help')) return undefined;
  return {
    seed: options.has('seed') ? options.wholeNumber('seed', 0, 0, MOST_SEED) : undefined,
    nodes: options.wholeNumber('nodes', DEFAULT_NODES, FEWEST_NODES, MOST_NODES),
    minutes: options.minutes(DEFAULT_MINUTES, MOST_MINUTES),
    pages: options.pages(),
    json: options.isSet('json'),
  };
}

/** The command line that draws the same faults again. */
export function replayOf({ nodes, minutes }: ChaosCommandOptions, seed: number): string {
  const parts = [`muster chaos --seed ${seed}`];
  if (nodes !== DEFAULT_NODES) parts.push(`--nodes ${nodes}`);
  if (minutes !== DEFAULT_MINUTES) parts.push(`--minutes ${minutes}`);
  return parts.join(' ');
}
