/**
 * How imports are resolved in a node's bundle: `muster` is this very library, so there is one copy of it; a few small
 * packages are bundled because that starts faster; all other packages stay outside, by absolute path, so that native
 * ones load and find their own files.
 */
import { readFile } from 'node:fs/promises';
import { dirname, extname, join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Loader, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild';
import type { OwnFiles } from './own-files.ts';

const BUNDLED = new Set(['zod', 'msgpackr', 'comlink', 'kysely', '@noble/hashes', 'openskill']);

/** Entries better to bundle than the default: msgpackr's asks for a native addon, comlink's is UMD. */
const ENTRIES: Record<string, string> = { msgpackr: 'index.js', comlink: 'dist/esm/comlink.mjs' };

const LOADERS: Record<string, Loader> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.js': 'js',
  '.mjs': 'js',
  '.cjs': 'js',
  '.jsx': 'jsx',
};

const PACKAGES = `${sep}node_modules${sep}`;
/** What a file asks where it is, the name that stands for it in a bundle, and the answer. */
const PLACES = [
  { expression: 'import.meta.url', name: '__musterFileUrl', of: (path: string) => pathToFileURL(path).href },
  { expression: 'import.meta.filename', name: '__musterFilename', of: (path: string) => path },
  { expression: 'import.meta.dirname', name: '__musterDirname', of: (path: string) => dirname(path) },
] as const;

/** For the bundler's `define`. */
export const PLACE_NAMES = Object.fromEntries(PLACES.map(({ expression, name }) => [expression, name]));

/** Marks a resolution of our own, so that the plugin does not answer itself. */
const INNER = { inner: true };

export function bundlePlugin(own: OwnFiles): Plugin {
  return {
    name: 'muster-node',
    setup(build) {
      build.onResolve({ filter: /^muster$/ }, () => ({ path: own.library, sideEffects: false }));
      build.onResolve({ filter: /^[^./]/ }, (args) =>
        args.pluginData === INNER ? null : resolvePackage(build, own, args),
      );
      build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, ({ path }) => loadSource(path));
    },
  };
}

async function resolvePackage(build: PluginBuild, own: OwnFiles, args: OnResolveArgs): Promise<OnResolveResult | null> {
  if (args.path.startsWith('node:') || args.kind === 'entry-point') return null;
  const found = await find(build, own, args);
  if (!found?.path || found.external || !found.path.includes(PACKAGES)) return found;
  const name = packageName(args.path);
  const entry = args.path === name ? ENTRIES[name] : undefined;
  if (entry) return { path: join(packageFolder(found.path), entry) };
  if (BUNDLED.has(name) || BUNDLED.has(packageNameOfFile(args.importer))) return found;
  const path = args.kind === 'require-call' ? found.path : pathToFileURL(found.path).href;
  return { path, external: true };
}

/** Looks beside the importer, then beside Muster: an app outside of any project can still use Muster's packages. */
async function find(build: PluginBuild, own: OwnFiles, args: OnResolveArgs): Promise<OnResolveResult | null> {
  const { kind, importer, resolveDir } = args;
  for (const from of [resolveDir, dirname(own.library)]) {
    const result = await build.resolve(args.path, { kind, importer, resolveDir: from, pluginData: INNER });
    if (result.errors.length === 0) {
      return {
        path: result.path,
        external: result.external,
        namespace: result.namespace,
        sideEffects: result.sideEffects,
      };
    }
  }
  return null;
}

function packageName(specifier: string): string {
  const [first = '', second = ''] = specifier.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}

function packageNameOfFile(path: string): string {
  const at = path.lastIndexOf(PACKAGES);
  return at === -1 ? '' : packageName(path.slice(at + PACKAGES.length).replaceAll(sep, '/'));
}

function packageFolder(path: string): string {
  return path.slice(0, path.lastIndexOf(PACKAGES)) + PACKAGES + packageNameOfFile(path);
}

/**
 * In a bundle these would be the bundle's; here each file gets its own back. Where the build finds such an expression it puts
 * its name (esbuild's `define`), which this declares for the file.
 */
async function loadSource(path: string): Promise<{ contents: string; loader: Loader } | null> {
  const loader = LOADERS[extname(path)];
  const text = loader && (await readFile(path, 'utf8'));
  const asked = loader && text ? PLACES.filter(({ expression }) => text.includes(expression)) : [];
  if (!loader || !text || asked.length === 0) return null;
  const declarations = asked.map(({ name, of }) => `const ${name} = ${JSON.stringify(of(path))};`).join('');
  // On the first line of code, so that line numbers stay.
  const hashbang = /^#!.*\n/.exec(text)?.[0] ?? '';
  return { contents: `${hashbang}${declarations}${text.slice(hashbang.length)}`, loader };
}
