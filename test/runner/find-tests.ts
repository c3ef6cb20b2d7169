/** Finds the test files: every `*.test.ts` below a folder. Node 20's own search finds none. */
import { readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** Paths relative to `root`, sorted; with filters, those whose path contains one of them. */
export function findTests(root: string, folder: string, filters: readonly string[]): string[] {
  const all = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
  return filters.length === 0 ? all : all.filter((path) => filters.some((filter) => path.includes(filter)));
}
