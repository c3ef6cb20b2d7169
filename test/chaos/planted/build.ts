/** Bundles the hunt, with a planted fault or without one, into one file that a worker thread can run. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type PlantedFault, plantingPlugin, sourceOf } from './fault.ts';

/** A folder for bundles, inside the project so that packages are found from it. Disposing it removes it. */
export async function bundleFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const parent = sourceOf('node_modules/.cache/muster-planted');
  await mkdir(parent, { recursive: true });
  const path = await mkdtemp(join(parent, 'run-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

let built = 0;

/** The path of the bundle. Rejects with `NotPlanted`, or with what does not compile. */
export async function bundleHunt(folder: string, fault?: PlantedFault): Promise<string> {
  const outfile = join(folder, `hunt-${built++}.mjs`);
  await build({
    entryPoints: [sourceOf('test/chaos/planted/hunt.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    keepNames: true,
    logLevel: 'silent',
    plugins: fault ? [plantingPlugin(fault)] : [],
  });
  return outfile;
}
