/**
 * Starts a thread on a bundle. One that is a module is loaded by Node; one that is a script is run with what V8 compiled of it
 * before, if that is there: then a start compiles next to nothing, which is half of what a node takes to load.
 */
import { pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { HASH, HASH_BYTES, type KeptBundle } from './bundle-cache.ts';
import type { MakeFunction } from './run-source.ts';

/**
 * What a script calls instead of `import(…)`, and as long as that, so that all behind it stays where it is: what comes out of V8's
 * cache cannot import by itself, since the script's host is lost on the way (Node 20).
 */
export const LOAD = '_load_';

/**
 * How a script is run, as text, because a thread has nothing else yet. The bundle sees, beside what every script sees, `LOAD` and
 * `__musterScript`, which is a `RunningScript`.
 */
const RUN = `
const { existsSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname } = require('node:path');
const { Script } = require('node:vm');
const { threadId } = require('node:worker_threads');

function run({ path, compiledPath, compiled, app }) {
  const isThere = compiled === 'whole' && existsSync(compiledPath);
  const cachedData = isThere ? readFileSync(compiledPath).subarray(${HASH_BYTES}) : undefined;
  const head = '(function (exports, require, module, __filename, __dirname, ${LOAD}, __musterScript) {';
  const script = new Script(head + readFileSync(path, 'utf8') + '\\n})', {
    filename: path,
    columnOffset: -head.length,
    cachedData,
  });
  const keep = () => {
    // Another thread was faster.
    if (compiled === 'nothing' && existsSync(compiledPath)) return;
    const { createHash } = require('node:crypto');
    const data = script.createCachedData();
    const temporary = compiledPath + '.' + process.pid + '-' + threadId + '.tmp';
    writeFileSync(temporary, Buffer.concat([createHash('${HASH}').update(data).digest(), data]));
    renameSync(temporary, compiledPath);
  };
  const isCompiled = isThere && !script.cachedDataRejected;
  const module = { exports: {} };
  const isRelative = (specifier) => /^\\.{1,2}\\//.test(specifier);
  const load = (specifier, options) => import(isRelative(specifier) ? new URL(specifier, app).href : specifier, options);
  const makeFunction = (...parts) => new Function(...parts);
  const own = { path, keep: isCompiled ? undefined : keep, makeFunction };
  script.runInThisContext()(module.exports, createRequire(path), module, path, dirname(path), load, own);
}
`;

/** What a script knows of itself. */
export interface RunningScript {
  readonly path: string;
  /** Keeps what was compiled, where there was nothing or nothing that this V8 takes. Throws what writing throws. */
  readonly keep: (() => void) | undefined;
  /** As `new Function`, of a function that can import. */
  readonly makeFunction: MakeFunction;
}

/** In a script, an import whose target shows at run time only is relative to `appPath`; in a module, to the bundle. */
export function startThread(kept: KeptBundle, appPath: string, options: WorkerOptions): Worker {
  // Not this process's arguments: a loader for TypeScript would be started anew in every thread.
  if (!kept.isScript) return new Worker(kept.path, { ...options, execArgv: ['--enable-source-maps'] });
  const { path, compiledPath } = kept;
  const what = { path, compiledPath, compiled: kept.compiled(), app: pathToFileURL(appPath).href };
  return new Worker(`${RUN}run(${JSON.stringify(what)});`, { ...options, eval: true, execArgv: [] });
}
