/** Stacks of a bundled script by the files it was made of, as Node gives them for what it loads itself. */
import { readFileSync } from 'node:fs';
import type { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';

/** From now on in this thread. The map beside the script is read when the first stack is asked for. */
export function showSourcePositions(script: string): void {
  let map: SourceMap | undefined;
  const place = new RegExp(`${script.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}:(\\d+):(\\d+)`);
  const inSource = (frame: string): string =>
    frame.replace(place, (bundled, line, column) => {
      map ??= readMap(script);
      const entry = map.findEntry(Number(line) - 1, Number(column) - 1);
      if (!('originalSource' in entry)) return bundled;
      return `${pathOf(entry.originalSource)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    });
  Error.prepareStackTrace = (error, frames) =>
    [headOf(error), ...frames.map((frame) => `    at ${inSource(String(frame))}`)].join('\n');
}

function readMap(script: string): SourceMap {
  const { SourceMap: Positions } = process.getBuiltinModule('node:module');
  return new Positions(JSON.parse(readFileSync(`${script}.map`, 'utf8')));
}

function pathOf(source: string): string {
  return source.startsWith('file:') ? fileURLToPath(source) : source;
}

/** As V8 says it, of errors and of what is none. Whatever was thrown, its stack must not throw in turn. */
function headOf(error: unknown): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return 'an error that cannot be told as text';
  }
}
