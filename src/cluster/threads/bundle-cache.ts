/**
 * Where bundles are kept between runs. An entry is a manifest (its inputs with size and time of change) and the files it
 * names. Files are named by their content and never rewritten, so a cluster that runs on an older one is not disturbed;
 * they go when nobody used them for a week.
 */
import { createHash, randomUUID } from 'node:crypto';
import { accessSync, constants, mkdirSync, mkdtempSync, statSync } from 'node:fs';
import { readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const UNUSED_MS = 7 * 24 * 60 * 60 * 1_000;

interface Manifest {
  readonly output: string;
  /** Path, time of change in ms, size. */
  readonly inputs: readonly (readonly [string, number, number])[];
}

export interface BundleContent {
  readonly ending: string;
  readonly text: string;
}

export class BundleCache {
  readonly #directory: string;

  constructor(directory = defaultDirectory()) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  /** The file kept under `key` if none of its inputs has changed. */
  async find(key: string): Promise<string | undefined> {
    const manifest = await this.#read(key);
    if (!manifest) return undefined;
    const output = join(this.#directory, manifest.output);
    const same = await Promise.all(manifest.inputs.map(isUnchanged));
    if (!same.every(Boolean)) return undefined;
    const now = new Date();
    const files = [output, `${output}.map`, join(this.#directory, `${key}.json`)];
    const touched = await Promise.all(files.map((file) => utimes(file, now, now).then(yes, no)));
    return touched.every(Boolean) ? output : undefined;
  }

  /** Keeps the contents under `key`; resolves to the path of the first, which ends in `.mjs`. */
  async keep(key: string, inputs: readonly string[], contents: readonly BundleContent[]): Promise<string> {
    const hash = createHash('sha256');
    for (const { text } of contents) hash.update(text);
    const name = `${key}-${hash.digest('hex').slice(0, 16)}`;
    for (const { ending, text } of contents) {
      // The file was built without a name; its comment has to name the map as it is called here.
      await this.#write(
        `${name}${ending}`,
        text.replace(/^\/\/# sourceMappingURL=.*$/m, `//# sourceMappingURL=${name}.mjs.map`),
      );
    }
    const manifest: Manifest = { output: `${name}.mjs`, inputs: await Promise.all(inputs.map(fingerprint)) };
    await this.#write(`${key}.json`, JSON.stringify(manifest));
    await this.#prune();
    return join(this.#directory, `${name}.mjs`);
  }

  async #read(key: string): Promise<Manifest | undefined> {
    try {
      return JSON.parse(await readFile(join(this.#directory, `${key}.json`), 'utf8')) as Manifest;
    } catch {
      // No manifest, or one that another version wrote half: either way there is nothing to reuse.
      return undefined;
    }
  }

  /** Whole or not at all: several processes may bundle the same app at once. */
  async #write(name: string, text: string): Promise<void> {
    const temporary = join(this.#directory, `${name}.${randomUUID()}.tmp`);
    await writeFile(temporary, text);
    await rename(temporary, join(this.#directory, name));
  }

  async #prune(): Promise<void> {
    const oldest = Date.now() - UNUSED_MS;
    for (const name of await readdir(this.#directory)) {
      const file = join(this.#directory, name);
      const found = await stat(file).catch(() => undefined);
      if (found?.isFile() && found.mtimeMs < oldest) await rm(file, { force: true });
    }
  }
}

async function fingerprint(path: string): Promise<[string, number, number]> {
  const { mtimeMs, size } = await stat(path);
  return [path, mtimeMs, size];
}

async function isUnchanged([path, mtimeMs, size]: readonly [string, number, number]): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && found.mtimeMs === mtimeMs && found.size === size;
}

/** The project's cache folder if it has one we may write, else a folder of our own among the temporary files. */
function defaultDirectory(): string {
  const modules = join(process.cwd(), 'node_modules');
  if (isWritable(modules)) return join(modules, '.cache', 'muster');
  const user = process.getuid?.();
  const shared = join(tmpdir(), `muster-cache-${user ?? 'user'}`);
  mkdirSync(shared, { recursive: true, mode: 0o700 });
  // Threads will run what lies there, so it has to be this user's.
  return user === undefined || statSync(shared).uid === user ? shared : mkdtempSync(`${shared}-`);
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    // Not there, or not ours to write: the caller has another place.
    return false;
  }
}

const yes = (): boolean => true;
const no = (): boolean => false;
