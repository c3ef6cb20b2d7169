/** The page of a failing seed, as a file: the seed is run once more with every frame kept. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MusterError } from '../base/index.ts';
import { failureOf, failurePage } from './page/index.ts';
import { type RunOptions, runSeed } from './run.ts';

export interface PageOptions {
  /** How the seed was run. */
  readonly run: RunOptions;
  /** The command that shows it again. */
  readonly replay: string;
  readonly directory: string;
}

/**
 * Writes `muster-seed-N.html` and resolves to its path. Rejects with `NotRepeatable` when the seed does not fail again: then
 * something in the run does not come from the seed.
 */
export async function writePage({ run, replay, directory }: PageOptions): Promise<string> {
  const result = await runSeed({ ...run, keepTrace: true });
  if (result.violations.length === 0)
    throw new MusterError('NotRepeatable', `seed ${run.seed} failed, and does not fail again`, { seed: run.seed });
  const path = join(directory, `muster-seed-${run.seed}.html`);
  await writeFile(path, failurePage(failureOf(result, replay)));
  return path;
}
