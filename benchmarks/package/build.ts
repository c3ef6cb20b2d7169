/**
 * The package as its users have it: built to JavaScript, beside an app that imports `muster`, in a folder of its own under
 * node_modules, where it finds its dependencies. What is measured there runs in processes of its own, without tsx.
 */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build, type Plugin } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The library's doors, as the app and the child import them. */
const DOORS = /\/src\/(services\/)?index\.ts$/;
const asPackage: Plugin = {
  name: 'muster-as-package',
  setup: ({ onResolve }) => onResolve({ filter: DOORS }, () => ({ path: 'muster', external: true })),
};

let built: Promise<string> | undefined;

/** Builds it once in this process, and removes it at its end. Resolves to the folder, with `app.mjs` and `child.mjs` in it. */
export function builtPackage(): Promise<string> {
  built ??= buildInto(join(ROOT, 'node_modules', '.cache', 'muster-bench', String(process.pid)));
  return built;
}

async function buildInto(folder: string): Promise<string> {
  const muster = join(folder, 'node_modules', 'muster');
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  await rm(folder, { recursive: true, force: true });
  await mkdir(muster, { recursive: true });
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  const project = join(ROOT, 'tsconfig.build.json');
  await promisify(execFile)(process.execPath, [compiler, '-p', project, '--outDir', join(muster, 'dist')]);
  await cp(join(ROOT, 'package.json'), join(muster, 'package.json'));
  await build({
    entryPoints: {
      app: join(ROOT, 'benchmarks', 'app', 'index.ts'),
      child: fileURLToPath(new URL('./child.ts', import.meta.url)),
    },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    plugins: [asPackage],
    logLevel: 'silent',
  });
  return folder;
}
