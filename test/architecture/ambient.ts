/** No ambient time, randomness, timers or I/O on the floors that live in every world: it all comes in through the World. */
import { floorOf } from './floors.ts';
import { ambientName, toPlainCode } from './plain-code.ts';
import type { SourceTree, Violation } from './source-tree.ts';

/** What to use instead. `queueMicrotask` is not here: microtasks run in the same order in every world, as promises do. */
const FORBIDDEN: Record<string, string> = {
  process: 'settings and the World',
  performance: 'clock.now()',
  console: 'the Log port',
  crypto: 'random or compute',
  setTimeout: 'clock.after()',
  clearTimeout: 'the Cancel that clock.after() returns',
  setInterval: 'every()',
  clearInterval: 'the Cancel that every() returns',
  setImmediate: 'clock.turn()',
  clearImmediate: 'clock.turn()',
  globalThis: 'what comes in through the World',
  global: 'what comes in through the World',
  require: 'import',
  fetch: 'the World',
  WebSocket: 'the World',
  Worker: 'the World',
  MessageChannel: 'Transport',
  BroadcastChannel: 'Transport',
  SharedArrayBuffer: 'a capability of the World',
  Atomics: 'a capability of the World',
  AbortSignal: 'clock.after()',
  WeakRef: 'an explicit lifetime (garbage collection is not repeatable)',
  FinalizationRegistry: 'an explicit lifetime (garbage collection is not repeatable)',
};

/** Of these, only what the pattern matches after the name (or before it) is fine. */
const PARTLY: Record<string, { fine: RegExp; instead: string }> = {
  Date: { fine: /new NAME\((?!\))|NAME\.(?:UTC|parse)\b|instanceof NAME\b/, instead: 'clock.now() or clock.wall()' },
  Math: { fine: /NAME\.(?!random\b)\w+/, instead: 'random()' },
};

const GLOBALS = [...Object.keys(FORBIDDEN), ...Object.keys(PARTLY)];

export async function checkAmbient(tree: SourceTree): Promise<Violation[]> {
  const worldless = [...tree].filter(([path]) => floorOf(path)?.worldless);
  return (await Promise.all(worldless.map(([path, source]) => checkFile(path, source)))).flat();
}

async function checkFile(file: string, source: string): Promise<Violation[]> {
  const plain = await toPlainCode(file, source, GLOBALS);
  return GLOBALS.flatMap((name) =>
    usesOf(plain.code, name).map((offset) => ({
      file,
      line: plain.lineOf(offset),
      rule: `${floorOf(file)!.name} must not use the ambient ${name}; use ${FORBIDDEN[name] ?? PARTLY[name]!.instead}`,
    })),
  );
}

/** Offsets of the forbidden uses. */
function usesOf(code: string, name: string): number[] {
  const marker = ambientName(name);
  const all = [...code.matchAll(new RegExp(`${marker}\\b`, 'g'))].map((match) => match.index);
  const partly = PARTLY[name];
  if (!partly) return all;
  const fine = new RegExp(partly.fine.source.replaceAll('NAME', marker), 'g');
  const spans = [...code.matchAll(fine)].map((match) => [match.index, match.index + match[0].length] as const);
  return all.filter((at) => !spans.some(([from, to]) => at >= from && at < to));
}
