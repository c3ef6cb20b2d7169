/** The page of a failing seed, as a file. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failureOf, failurePage } from './page/index.ts';
import type { RunResult } from './run.ts';

/**
 * Writes `muster-seed-N.html` into the directory, which is made if it is not there, and resolves to its path. `result` is of a
 * run with `keepTrace` that broke something; `replay` is the command that shows it again.
 */
export async function writePage(result: RunResult, replay: string, directory: string): Promise<string> {
  const page = failurePage(failureOf(result, replay));
  await mkdir(directory, { recursive: true });
  const path = join(directory, `muster-seed-${result.seed}.html`);
  await writeFile(path, page);
  return path;
}
