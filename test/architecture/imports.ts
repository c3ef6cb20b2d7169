/**
 * Finds the imports of a file: static, type-only, re-exports, dynamic and in types (`import('x').T`). A scanner over the
 * masked text, because no parser we have keeps the type-only ones.
 */
import { posix } from 'node:path';
import { lineAt, mask } from './mask.ts';
import type { SourceTree } from './source-tree.ts';

export interface Import {
  readonly from: string;
  readonly line: number;
  /** As it is written; undefined when it is computed. */
  readonly specifier: string | undefined;
  /** The file in the tree, for a relative specifier. */
  readonly target: string | undefined;
}

const STATIC = /(?<![.\w$])(?:import|export)\s*(?:type\s*)?(?:[\w$*,{}\s]*?[\s}*]from\s*)?(?=['"])/g;
const DYNAMIC = /(?<![.\w$])import\s*\(\s*/g;

export function importsOf(path: string, source: string): Import[] {
  const code = mask(source);
  const found: Import[] = [];
  for (const pattern of [STATIC, DYNAMIC]) {
    for (const match of code.matchAll(pattern)) {
      const quoteAt = match.index + match[0].length;
      const specifier = literalAt(source, code, quoteAt);
      const target = specifier?.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined;
      found.push({ from: path, line: lineAt(source, match.index), specifier, target });
    }
  }
  return found;
}

export function allImports(tree: SourceTree): Import[] {
  return [...tree].flatMap(([path, source]) => importsOf(path, source));
}

function literalAt(source: string, code: string, at: number): string | undefined {
  const quote = source[at];
  if (quote === undefined || !`'"\``.includes(quote)) return undefined;
  const text = source.slice(at + 1, code.indexOf(quote, at + 1));
  return quote === '`' && text.includes('${') ? undefined : text;
}
