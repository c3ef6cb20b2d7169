/**
 * A file as esbuild prints it: types and comments gone, one statement per line, nothing at column 0 but what is at module
 * level, and every use of an ambient global under a name of its own. esbuild knows scopes, so a local variable or a
 * property called `process` stays what it is.
 */
import { SourceMap } from 'node:module';
import { transform } from 'esbuild';
import { mask } from './mask.ts';

const PREFIX = '__ambient_';

export interface PlainCode {
  /** Masked: insides of strings are blank. */
  readonly code: string;
  /** The line in the original, for an offset in `code`. */
  lineOf(offset: number): number;
}

export function ambientName(name: string): string {
  return PREFIX + name;
}

export async function toPlainCode(path: string, source: string, globals: readonly string[]): Promise<PlainCode> {
  const { code, map } = await transform(source, {
    loader: 'ts',
    sourcefile: path,
    sourcemap: 'external',
    target: 'esnext',
    supported: { 'template-literal': false },
    legalComments: 'none',
    define: Object.fromEntries(globals.map((name) => [name, ambientName(name)])),
  });
  const lines = new SourceMap(JSON.parse(map));
  return {
    code: mask(code),
    lineOf: (offset) => {
      const before = code.slice(0, offset).split('\n');
      const entry = lines.findEntry(before.length - 1, before.at(-1)!.length);
      return 'originalLine' in entry ? entry.originalLine + 1 : 1;
    },
  };
}
