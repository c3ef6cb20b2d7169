/**
 * Makes the one file that every node's thread runs: the thread's entry and the user's app, bundled together by esbuild
 * so that both share one copy of Muster. Loading one file instead of many is what makes threads start fast, and that it is a
 * script where it can be: what V8 compiled of a script can be kept, of a module it cannot. The bundle
 * is kept in a cache and made again when one of its inputs has changed. It runs nothing of the app.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BuildFailure, BuildResult, Message, OutputFile } from 'esbuild';
import { Refused } from '../../base/index.ts';
import { BundleCache, type BundleContent, type KeptBundle } from './bundle-cache.ts';
import { bundlePlugin, PLACE_NAMES } from './bundle-plugin.ts';
import { type OwnFiles, ownFiles } from './own-files.ts';
import { LOAD } from './script-thread.ts';

export interface Bundle {
  /** The file to start threads with, and the way to have it there again. */
  readonly kept: KeptBundle;
  /** The app's file, as people should see it. */
  readonly appPath: string;
  /** Whether it came from the cache. */
  readonly reused: boolean;
}

/**
 * Bundles the app at a path or file URL. Rejects with `Refused`, one sentence that names the file and the reason, when
 * it does not exist or does not compile. Whether its default export is an app shows when it runs.
 */
export async function bundleApp(app: URL | string, cache = new BundleCache()): Promise<Bundle> {
  const appPath = await findApp(app);
  const own = ownFiles();
  const what = `the app ${appPath}`;
  const key = keyOf(appPath, own.nodeEntry);
  const entry = { what, key, text: nodeEntryText(appPath, own), mayBeScript: true };
  return { appPath, ...(await bundled(entry, own, cache)) };
}

/** The bundle of the store's thread, which has nothing of the app in it. */
export async function bundleStoreThread(cache = new BundleCache()): Promise<string> {
  const own = ownFiles();
  const text = `import { startStore } from ${JSON.stringify(own.storeEntry)};\nstartStore();`;
  return (await bundled({ what: 'the store', key: keyOf(own.storeEntry, own.storeEntry), text }, own, cache)).kept.path;
}

/** The bundle of a thread that runs the app's tasks. Its default export is a worker for a pool. Rejects as `bundleApp` does. */
export async function bundleComputeThread(app: URL | string, cache = new BundleCache()): Promise<string> {
  const own = ownFiles();
  const appPath = await findApp(app);
  const text = [
    `import { computeThread } from ${JSON.stringify(own.computeEntry)};`,
    `import * as app from ${JSON.stringify(appPath)};`,
    `export default computeThread(app, ${JSON.stringify(appPath)});`,
  ].join('\n');
  return (await bundled({ what: `the app ${appPath}`, key: keyOf(appPath, own.computeEntry), text }, own, cache)).kept
    .path;
}

/** The bundle of a thread of simulated players. */
export async function bundlePlayerThread(cache = new BundleCache()): Promise<string> {
  const own = ownFiles();
  const text = `import { startPlayers } from ${JSON.stringify(own.playersEntry)};\nstartPlayers();`;
  const key = keyOf(own.playersEntry, own.playersEntry);
  return (await bundled({ what: 'the players', key, text }, own, cache)).kept.path;
}

/**
 * The bundle of a thread that runs seeds of the simulation: with the app, or without one to put Muster's own promises to the
 * test. Its default export is a worker for a pool; with an app, so is `check`, which says whether the app can be tested. Rejects
 * as `bundleApp` does.
 */
export async function bundleSeedThread(app?: URL | string, cache = new BundleCache()): Promise<string> {
  const own = ownFiles();
  const appPath = app === undefined ? undefined : await findApp(app);
  const entry = JSON.stringify(own.seedEntry);
  const text =
    appPath === undefined
      ? `export { runPromises as default } from ${entry};`
      : [
          `import { seedThread } from ${entry};`,
          `import * as app from ${JSON.stringify(appPath)};`,
          `const thread = seedThread(app, ${JSON.stringify(appPath)});`,
          'export const { check } = thread;',
          'export default thread.run;',
        ].join('\n');
  const what = appPath === undefined ? 'the simulation' : `the app ${appPath}`;
  const key = keyOf(appPath ?? own.seedEntry, own.seedEntry);
  return (await bundled({ what, key, text }, own, cache)).kept.path;
}

/** The bundle of a module whose default export is the app's, to be looked at outside a cluster. Rejects as `bundleApp` does. */
export async function bundleAppModule(app: URL | string, cache = new BundleCache()): Promise<string> {
  const own = ownFiles();
  const appPath = await findApp(app);
  const text = `export { default } from ${JSON.stringify(appPath)};`;
  return (await bundled({ what: `the app ${appPath}`, key: keyOf(appPath, own.library), text }, own, cache)).kept.path;
}

async function findApp(app: URL | string): Promise<string> {
  const appPath = pathOf(app);
  const found = await stat(appPath).catch((error: NodeJS.ErrnoException) => {
    const why =
      error.code === 'ENOENT' || error.code === 'ENOTDIR' ? 'does not exist' : `cannot be read: ${error.message}`;
    throw new Refused(`the app ${appPath} ${why}`, { app: appPath });
  });
  if (!found.isFile()) throw new Refused(`the app ${appPath} is not a file`, { app: appPath });
  return appPath;
}

interface Entry {
  /** Its name in errors. */
  readonly what: string;
  readonly key: string;
  readonly text: string;
  /** Whether whoever runs it can run a script as well as a module. Default false. */
  readonly mayBeScript?: boolean;
}

async function bundled(entry: Entry, own: OwnFiles, cache: BundleCache): Promise<Omit<Bundle, 'appPath'>> {
  const kept = await cache.find(entry.key);
  if (kept) return { kept, reused: true };
  const { format, metafile, outputFiles } = await buildBest(entry, own);
  const inputs = Object.keys(metafile!.inputs)
    .map((input) => resolve(WORKING_DIRECTORY, input))
    .filter((input) => basename(input) !== VIRTUAL_ENTRY);
  return {
    kept: await cache.keep(
      entry.key,
      inputs,
      outputFiles!.map((file) => contentOf(file, ENDINGS[format])),
    ),
    reused: false,
  };
}

function pathOf(app: URL | string): string {
  if (app instanceof URL || app.startsWith('file:')) {
    try {
      return fileURLToPath(app);
    } catch {
      throw new Refused(`the app ${app} is not a file URL`);
    }
  }
  return resolve(app);
}

/** The module that joins entry and app exists in memory only. */
const VIRTUAL_ENTRY = 'muster-node-entry.mjs';
/** Metafile paths are relative to this; the root keeps them independent of where the process was started. */
const WORKING_DIRECTORY = resolve('/');

function keyOf(appPath: string, entry: string): string {
  const parts = [appPath, entry, process.version];
  return `${basename(appPath).replace(/[^\w.-]/g, '_')}-${createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16)}`;
}

type Format = 'cjs' | 'esm';

const ENDINGS: Readonly<Record<Format, string>> = { cjs: '.cjs', esm: '.mjs' };

/** What stands before all. Modules are strict by themselves. */
const BANNERS: Readonly<Record<Format, string>> = {
  cjs: "'use strict';",
  esm: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
};

/** The bundle as it is; its map with the sources by absolute URL, because it will lie somewhere else than it was built for. */
function contentOf({ path, text }: OutputFile, ending: string): BundleContent {
  if (!path.endsWith('.map')) return { ending, text };
  const map = JSON.parse(text) as { sources: string[] };
  // The bundler has them as parts of URLs.
  const paths = map.sources.map((source) => resolve(WORKING_DIRECTORY, decodeURIComponent(source)));
  const sources = paths.map((path) => pathToFileURL(path).href);
  return { ending: `${ending}.map`, text: JSON.stringify({ ...map, sources }) };
}

type Built = BuildResult & { readonly format: Format };

/** A script whose imports at run time go through its thread. */
async function withLoader(file: OutputFile): Promise<OutputFile> {
  if (file.path.endsWith('.map')) return file;
  const { init, parse } = await import('es-module-lexer');
  await init;
  let { text } = file;
  // Of the same length, so that they stay where they were found.
  for (const { ss: at, d } of parse(text)[0]) {
    if (d >= 0) text = `${text.slice(0, at)}${LOAD}${text.slice(at + LOAD.length)}`;
  }
  return { ...file, text };
}

/** A script, unless there is an `await` at the top level or a package is imported that stays outside: it may be a module. */
async function buildBest(entry: Entry, own: OwnFiles): Promise<Built> {
  if (entry.mayBeScript) {
    const built = await build(entry, own, 'cjs').catch((error: unknown) => {
      if (problemsOf(error).some(({ text }) => text.startsWith('Top-level await'))) return undefined;
      throw refused(entry, error);
    });
    if (built && !importsFromOutside(built)) {
      return { ...built, outputFiles: await Promise.all(built.outputFiles!.map(withLoader)) };
    }
  }
  try {
    return await build(entry, own, 'esm');
  } catch (error) {
    throw refused(entry, error);
  }
}

function importsFromOutside({ metafile }: BuildResult): boolean {
  const imports = Object.values(metafile!.outputs).flatMap((output) => output.imports);
  return imports.some(({ path, kind, external }) => external && kind !== 'dynamic-import' && path.startsWith('file:'));
}

async function build({ text }: Entry, own: OwnFiles, format: Format): Promise<Built> {
  // Loaded here and not above: whoever holds a cached bundle does not need it.
  const { build: run } = await import('esbuild');
  const result = await run({
    stdin: {
      contents: text,
      resolveDir: resolve(own.nodeEntry, '..'),
      sourcefile: VIRTUAL_ENTRY,
      loader: 'js',
    },
    absWorkingDir: WORKING_DIRECTORY,
    outfile: resolve(WORKING_DIRECTORY, 'node.js'),
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format,
    target: 'node20',
    define: PLACE_NAMES,
    // Threads read less and compile sooner; names stay, and the map leads back to the lines.
    minifySyntax: true,
    minifyWhitespace: true,
    // Not keepNames: it costs a property of every function that is made, also of those made per message. What is renamed at all
    // gets a number behind its name.
    sourcemap: 'linked',
    sourcesContent: false,
    banner: { js: BANNERS[format] },
    logLevel: 'silent',
    plugins: [bundlePlugin(own)],
  });
  return { ...result, format };
}

function refused({ what }: Entry, error: unknown): Refused {
  return new Refused(`${what} does not compile: ${explain(error)}`);
}

function nodeEntryText(appPath: string, own: OwnFiles): string {
  return [
    `import { startNode } from ${JSON.stringify(own.nodeEntry)};`,
    `import * as app from ${JSON.stringify(appPath)};`,
    `startNode(app, ${JSON.stringify(appPath)});`,
  ].join('\n');
}

/** The first problem, with its place; the place of the app's import in a module that exists in memory only is nobody's. */
function explain(error: unknown): string {
  const [first] = problemsOf(error);
  if (!first) return error instanceof Error ? error.message : String(error);
  const { location } = first;
  const text = inWords(first.text);
  return location && basename(location.file) !== VIRTUAL_ENTRY
    ? `${text} (${resolve(WORKING_DIRECTORY, location.file)}:${location.line}:${location.column + 1})`
    : text;
}

function problemsOf(error: unknown): readonly Message[] {
  return (error as Partial<BuildFailure>).errors ?? [];
}

/** The bundler speaks of its loaders. */
function inWords(text: string): string {
  const [, ending, file] = /^No loader is configured for "([^"]*)" files: (.*)$/.exec(text) ?? [];
  if (file === undefined) return text;
  return `expected a JavaScript or TypeScript module, got a ${ending} file: ${resolve(WORKING_DIRECTORY, file)}`;
}
