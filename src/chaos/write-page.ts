/** The page of a run that broke something, as a file. */
import { mkdir, mkdtemp, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InvalidValue } from '../base/index.ts';
import { failureOf, failurePage } from './page/index.ts';
import type { RunResult } from './run.ts';
import type { ThreadsResult } from './threads/run.ts';

/** What became of a page. */
export interface PageOutcome {
  /** Its file, if one was written. */
  readonly page: string | undefined;
  /** Why there is none, where one was wanted. */
  readonly noPage: string | undefined;
}

export const NO_PAGE_WANTED: PageOutcome = { page: undefined, noPage: undefined };

/** A failure is told also when its page cannot be written; then with the reason. */
export async function pageOutcome(writing: Promise<string>): Promise<PageOutcome> {
  try {
    return { page: await writing, noPage: undefined };
  } catch (error) {
    return { page: undefined, noPage: error instanceof Error ? error.message : String(error) };
  }
}

/** The line that a failure's text has about its page. */
export function pageLines({ page, noPage }: PageOutcome): string[] {
  if (page !== undefined) return [`page: ${page}`];
  return noPage === undefined ? [] : [`page: none, because it could not be written: ${noPage}`];
}

/**
 * Makes the directory for pages, if it is not there, and tries whether it can be written, so that this does not show when a page is
 * needed. Rejects with `InvalidValue`; `what` is the option, `none` its value for no pages.
 */
export async function preparePages(what: string, none: string, directory: string): Promise<void> {
  try {
    await makeDirectory(directory);
    await rmdir(await mkdtemp(join(directory, '.muster-pages-')));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidValue(what, `expected ${none} or a directory that can be written, got ${directory} (${reason})`);
  }
}

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
  await makeDirectory(directory);
  const path = join(directory, name);
  await writeFile(path, page);
  return path;
}

/** Node's recursive `mkdir` never ends where a directory is there and none can be made in it, as in /proc. */
async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const parent = dirname(directory);
    if (code === 'ENOENT' && parent !== directory) {
      await makeDirectory(parent);
      await mkdir(directory);
    } else if (code !== 'EEXIST' || !(await stat(directory)).isDirectory()) throw error;
  }
}
