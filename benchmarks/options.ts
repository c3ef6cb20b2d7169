/** The options of the benchmarks: command line to checked values. Pure. */
import { parseArgs } from 'node:util';

export interface BenchOptions {
  readonly quick: boolean;
  readonly only: string | undefined;
  /** Files to write. */
  readonly json: string | undefined;
  readonly html: string | undefined;
  /** Adds the results to those that are kept of this day. */
  readonly keep: boolean;
  /** Takes results from there instead of measuring. */
  readonly from: string | undefined;
  readonly compare: string | undefined;
}

/** A command line that asks for what the benchmarks do not do. The message is one sentence. */
export class BenchUsageError extends Error {}

/** Throws `BenchUsageError`. */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const options = valuesOf(args);
  if (options.keep && options.quick) throw new BenchUsageError('--keep is for full runs, not for --quick ones');
  if (options.from !== undefined && (options.keep || options.quick || options.json !== undefined)) {
    throw new BenchUsageError('--from measures nothing, so --quick, --json and --keep have no meaning beside it');
  }
  return options;
}

function valuesOf(args: readonly string[]): BenchOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string' },
        json: { type: 'string' },
        html: { type: 'string' },
        keep: { type: 'boolean', default: false },
        from: { type: 'string' },
        compare: { type: 'string' },
      },
    });
    const { quick, only, json, html, keep, from, compare } = values;
    return { quick, only, json, html, keep, from, compare };
  } catch (error) {
    throw new BenchUsageError((error as Error).message.split('\n', 1)[0]!);
  }
}
