/** The sources that the rules look at: paths from the project's root, and texts. A test may hand in a small fake one. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

export type SourceTree = ReadonlyMap<string, string>;

/** A broken rule. */
export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
}

export function show({ file, line, rule }: Violation): string {
  return `${file}:${line} ${rule}`;
}

export function readTree(root: string, folders: readonly string[]): SourceTree {
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.[mc]?[jt]s$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  return new Map(
    files.sort().map((file) => [relative(root, file).split(sep).join('/'), readFileSync(file, 'utf8')] as const),
  );
}
