/** The page of a run that broke something, as a file. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failureOf, failurePage } from './page/index.ts';
import type { RunResult } from './run.ts';
import type { ThreadsResult } from './threads/run.ts';

/**
 * Writes `muster-seed-N.html` into the directory, which is made if it is not there, and resolves to its path. `result` is of a
 * run with `keepTrace` that broke something; `replay` is the command that shows it again.
 */
export async function writePage(result: RunResult, replay: string, directory: string): Promise<string> {
  return write(failurePage(failureOf(result, replay)), directory, `muster-seed-${result.seed}.html`);
}

/** The same for a run on threads, as `muster-chaos-N.html`. Its page shows no messages: nobody keeps them there. */
export async function writeThreadsPage(result: ThreadsResult, replay: string, directory: string): Promise<string> {
  const { seed, plan, violations, history } = result;
  const { operations, happenings } = history;
  // Lives are read off the views.
  const nothing = { messages: [], lives: [] };
  const failure = {
    seed,
    replay,
    onThreads: true,
    setting: plan.kinds,
    violations,
    operations,
    happenings,
    ...nothing,
  } as const;
  return write(failurePage(failure), directory, `muster-chaos-${seed}.html`);
}

async function write(page: string, directory: string, name: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, name);
  await writeFile(path, page);
  return path;
}
