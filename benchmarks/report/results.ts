/**
 * Results as files: what was measured, when and on what. Those of full runs are kept in benchmarks/results, a file a day, named
 * by its date; a long run may be made in parts, as what is measured again replaces what the day had of it.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../harness.ts';

export interface Results {
  /** ISO 8601. */
  readonly at: string;
  readonly machine: string;
  readonly results: readonly Result[];
}

/** Names the newest kept results, instead of a file. */
export const KEPT = 'kept';

/** Throws with what is wrong when the file does not hold the results of a run. Results without a date are those of before there was one. */
export function readResults(file: string): Results {
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} cannot be read as results of a run: ${(error as Error).message}`);
  }
  const results = Array.isArray(read) ? { at: '', machine: '', results: read } : read;
  if (!isResults(results)) {
    throw new Error(`${file} does not hold results of a run; \`npm run bench -- --json FILE\` writes them`);
  }
  return results;
}

function isResults(read: unknown): read is Results {
  if (typeof read !== 'object' || read === null || !('results' in read) || !Array.isArray(read.results)) return false;
  return read.results.every((result: unknown) => {
    return (
      typeof result === 'object' && result !== null && 'scenario' in result && 'ours' in result && 'baselines' in result
    );
  });
}

export function writeResults(file: string, results: Results): void {
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}

/** Puts the results among those of their day. Resolves to the file. Throws when the day's are of another machine. */
export function keep(folder: string, results: Results): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${results.at.slice(0, 10)}.json`);
  const before = readdirSync(folder).includes(`${results.at.slice(0, 10)}.json`) ? readResults(file) : undefined;
  if (before && before.machine !== results.machine) {
    throw new Error(`${file} was measured on another machine: ${before.machine}`);
  }
  writeResults(file, before ? merged(before, results) : results);
  return file;
}

/** In the order of the first; what the second has too is from there. */
export function merged(before: Results, after: Results): Results {
  const now = new Map(after.results.map((result) => [result.scenario, result]));
  const kept = before.results.map((result) => now.get(result.scenario) ?? result);
  const had = new Set(before.results.map(({ scenario }) => scenario));
  return { ...after, results: [...kept, ...after.results.filter(({ scenario }) => !had.has(scenario))] };
}

/** The file itself, or the newest kept one. */
export function fileOf(name: string, folder: string): string {
  if (name !== KEPT) return name;
  const newest = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .at(-1);
  if (newest === undefined) throw new Error(`nothing is kept in ${folder}; \`npm run bench -- --keep\` does`);
  return join(folder, newest);
}
