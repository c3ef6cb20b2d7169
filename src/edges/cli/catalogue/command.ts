/** `muster catalogue`: the pages about an app's topics, caches and servers, written or checked. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundleAppModule } from '../../../cluster/index.ts';
import { type App, checkApp } from '../../../services/index.ts';
import { failureOf } from '../failure.ts';
import { locateApp } from '../preflight.ts';
import type { Output } from '../reporters/reporter.ts';
import type { CatalogueOptions } from './options.ts';
import { cataloguePages, type Page, topicsWithoutPeers } from './pages.ts';

export interface CatalogueEnvironment {
  readonly stdout: Output;
  readonly stderr: Output;
  /** What relative file names start from. */
  readonly directory: string;
}

/** Resolves to the exit code: 0, or 1 when a page is not up to date or the app cannot be looked at. */
export async function runCatalogue(options: CatalogueOptions, environment: CatalogueEnvironment): Promise<number> {
  const { stdout, stderr, directory } = environment;
  try {
    const app = await appOf(options.app, directory);
    const pages = cataloguePages(app.catalogue);
    const out = resolve(directory, options.out);
    if (!options.check) {
      await mkdir(out, { recursive: true });
      for (const { file, text } of pages) await writeFile(join(out, file), text);
      stdout.write(`${pages.map(({ file }) => join(options.out, file)).join(', ')}: written\n`);
      const silent = topicsWithoutPeers(app.catalogue);
      if (silent.length > 0) stderr.write(`muster: ${silent.join(', ')}: sentBy or heardBy is not said\n`);
      return 0;
    }
    const stale = await staleOf(pages, out);
    if (stale.length === 0) return 0;
    const files = stale.map(({ file }) => join(options.out, file)).join(', ');
    const again = ['muster catalogue', ...(options.app === undefined ? [] : [`--app ${options.app}`])];
    if (options.out !== 'docs') again.push(`--out ${options.out}`);
    stderr.write(`muster: not what the declarations say: ${files}; run ${again.join(' ')}\n`);
    return 1;
  } catch (error) {
    stderr.write(`muster: ${failureOf(error).message}\n`);
    return 1;
  }
}

/** Rejects when the module is not there, does not load, or exports no app. */
async function appOf(file: string | undefined, directory: string): Promise<App> {
  const url = locateApp(file, directory);
  // The lobby is among this command's own files; an app of one's own may need the bundler to find Muster, and to be compiled.
  const href = file === undefined ? url.href : pathToFileURL(await bundleAppModule(url)).href;
  return checkApp(`the app ${fileURLToPath(url)}`, ((await import(href)) as { default: unknown }).default);
}

async function staleOf(pages: readonly Page[], out: string): Promise<Page[]> {
  const texts = await Promise.all(pages.map(({ file }) => textOf(join(out, file))));
  return pages.filter(({ text }, at) => texts[at] !== text);
}

/** Undefined when there is no such file. */
async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
