/** Bundles a TypeScript entry for a thread of a test, resolved as in a node's bundle. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundlePlugin, PLACE_NAMES } from '../../src/cluster/threads/bundle-plugin.ts';
import { ownFiles } from '../../src/cluster/threads/own-files.ts';

/** Builds `entry` into `folder`; resolves to the file a `Worker` can run. */
export async function buildThreadEntry(entry: URL, folder: string): Promise<string> {
  const outfile = join(folder, 'entry.mjs');
  await build({
    entryPoints: [fileURLToPath(entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    define: PLACE_NAMES,
    plugins: [bundlePlugin(ownFiles())],
  });
  return outfile;
}
