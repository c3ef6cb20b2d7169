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

const BUNDLED = new Set(['zod', 'msgpackr', 'comlink', 'kysely']);

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
/** What `import.meta.url` becomes. */
export const FILE_URL = '__musterFileUrl';

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
 * In a bundle `import.meta.url` would be the bundle's; here each file gets its own back. Where the build finds the
 * expression it puts the name `FILE_URL` (esbuild's `define`), which this declares for the file.
 */
async function loadSource(path: string): Promise<{ contents: string; loader: Loader } | null> {
  const loader = LOADERS[extname(path)];
  const text = loader && (await readFile(path, 'utf8'));
  if (!loader || !text?.includes('import.meta.url')) return null;
  const declaration = `const ${FILE_URL} = ${JSON.stringify(pathToFileURL(path).href)};`;
  // On the first line of code, so that line numbers stay.
  const hashbang = /^#!.*\n/.exec(text)?.[0] ?? '';
  return { contents: `${hashbang}${declaration}${text.slice(hashbang.length)}`, loader };
}
