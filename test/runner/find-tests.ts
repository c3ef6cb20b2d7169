/** Finds the test files: every `*.test.ts` below a folder. Node 20's own search finds none. */
import { readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** Paths relative to `root`, sorted; with filters, those whose path contains one of them, and none that is written `!part`. */
export function findTests(root: string, folder: string, filters: readonly string[]): string[] {
  const all = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
  const without = filters.filter((filter) => filter.startsWith('!')).map((filter) => filter.slice(1));
  const within = filters.filter((filter) => !filter.startsWith('!'));
  const isIn = (path: string, parts: readonly string[]): boolean => parts.some((part) => path.includes(part));
  return all.filter((path) => (within.length === 0 || isIn(path, within)) && !isIn(path, without));
}
