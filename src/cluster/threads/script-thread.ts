/**
 * Starts a thread on a bundle. One that is a module is loaded by Node; one that is a script is run with what V8 compiled of it
 * before, if that is there: then a start compiles next to nothing, which is half of what a node takes to load.
 */
import { Worker, type WorkerOptions } from 'node:worker_threads';
import type { KeptBundle } from './bundle-cache.ts';

/**
 * How a script is run, as text, because a thread has nothing else yet. The bundle sees, beside what every script sees, under
 * `__musterScript`: its own path, and the way to keep what was compiled, where there was nothing or nothing that this V8 takes. That
 * throws what writing throws.
 */
const RUN = `
const { existsSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname } = require('node:path');
const { Script, constants } = require('node:vm');
const { threadId } = require('node:worker_threads');

function run(path, compiledPath) {
  const cachedData = existsSync(compiledPath) ? readFileSync(compiledPath) : undefined;
  const head = '(function (exports, require, module, __filename, __dirname, __musterScript) {';
  const script = new Script(head + readFileSync(path, 'utf8') + '\\n})', {
    filename: path,
    columnOffset: -head.length,
    cachedData,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const keep = () => {
    // Another thread was faster.
    if (cachedData === undefined && existsSync(compiledPath)) return;
    const temporary = compiledPath + '.' + process.pid + '-' + threadId + '.tmp';
    writeFileSync(temporary, script.createCachedData());
    renameSync(temporary, compiledPath);
  };
  const isCompiled = cachedData !== undefined && !script.cachedDataRejected;
  const module = { exports: {} };
  const own = { path, keep: isCompiled ? undefined : keep };
  script.runInThisContext()(module.exports, createRequire(path), module, path, dirname(path), own);
}
`;

/** What a script knows of itself. */
export interface RunningScript {
  readonly path: string;
  readonly keep: (() => void) | undefined;
}

export function startThread(kept: KeptBundle, options: WorkerOptions): Worker {
  // Not this process's arguments: a loader for TypeScript would be started anew in every thread.
  if (!kept.isScript) return new Worker(kept.path, { ...options, execArgv: ['--enable-source-maps'] });
  const call = `run(${JSON.stringify(kept.path)}, ${JSON.stringify(kept.compiledPath)});`;
  return new Worker(`${RUN}${call}`, { ...options, eval: true, execArgv: [] });
}
