/**
 * Where bundles are kept between runs. An entry is a manifest (its inputs with size and time of change) and the files it
 * names. Files are named by their content and never rewritten, so a cluster that runs on an older one is not disturbed;
 * they go when nobody used them for a week.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

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

/** What was compiled begins with its hash. */
export const HASH = 'sha256';
export const HASH_BYTES = 32;

/** What there is of what V8 compiled of a script. */
export type Compiled = 'nothing' | 'damaged' | 'whole';

/** A bundle on disk, with what is needed to write it again. */
export class KeptBundle {
  readonly path: string;
  readonly #texts: ReadonlyMap<string, string>;
  /** What was compiled has been looked at once, and was as it was written. */
  #isWhole = false;

  /** `texts` are by path; one is that of `path`. */
  constructor(path: string, texts: ReadonlyMap<string, string>) {
    this.path = path;
    this.#texts = texts;
  }

  /** A script, not a module. */
  get isScript(): boolean {
    return this.path.endsWith('.cjs');
  }

  /** Where what V8 compiled of a script is kept. */
  get compiledPath(): string {
    return compiledOf(this.path);
  }

  /** What is there now. V8 trusts what it is given, and less than the whole can end the process. */
  compiled(): Compiled {
    if (!existsSync(this.compiledPath)) return 'nothing';
    this.#isWhole ||= isWhole(this.compiledPath);
    return this.#isWhole ? 'whole' : 'damaged';
  }

  /**
   * Writes again what is not there any more: a cluster runs for months, and whoever installs the packages anew meanwhile
   * removes the cache with them. Throws what writing throws.
   */
  restore(): void {
    for (const [path, text] of this.#texts) {
      if (existsSync(path)) continue;
      mkdirSync(dirname(path), { recursive: true });
      const temporary = temporaryFor(path);
      writeFileSync(temporary, text);
      renameSync(temporary, path);
    }
  }
}

export class BundleCache {
  readonly #directory: string;

  constructor(directory = defaultDirectory()) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  /** The bundle kept under `key` if none of its inputs has changed. */
  async find(key: string): Promise<KeptBundle | undefined> {
    const manifest = await this.#read(key);
    if (!manifest) return undefined;
    const output = join(this.#directory, manifest.output);
    const same = await Promise.all(manifest.inputs.map(isUnchanged));
    if (!same.every(Boolean)) return undefined;
    const now = new Date();
    const files = [output, `${output}.map`];
    // What was compiled of it is there only once it has run.
    await utimes(compiledOf(output), now, now).then(yes, no);
    const touched = await Promise.all(
      [...files, join(this.#directory, `${key}.json`)].map((file) => utimes(file, now, now).then(yes, no)),
    );
    if (!touched.every(Boolean)) return undefined;
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => undefined)));
    // Another process may have pruned it just now; then it is made again.
    if (texts.includes(undefined)) return undefined;
    return new KeptBundle(output, new Map(files.map((file, at) => [file, texts[at]!])));
  }

  /** Keeps the contents under `key`. */
  async keep(key: string, inputs: readonly string[], contents: readonly BundleContent[]): Promise<KeptBundle> {
    const hash = createHash('sha256');
    for (const { text } of contents) hash.update(text);
    const name = `${key}-${hash.digest('hex').slice(0, 16)}`;
    const texts = new Map<string, string>();
    for (const { ending, text } of contents) {
      // The file was built without a name; its comment has to name the map as it is called here.
      const named = text.replace(/^\/\/# sourceMappingURL=.*$/m, `//# sourceMappingURL=${name}${ending}.map`);
      texts.set(join(this.#directory, `${name}${ending}`), named);
      await this.#write(`${name}${ending}`, named);
    }
    const output = `${name}${contents.find(({ ending }) => !ending.endsWith('.map'))!.ending}`;
    const manifest: Manifest = { output, inputs: await Promise.all(inputs.map(fingerprint)) };
    await this.#write(`${key}.json`, JSON.stringify(manifest));
    await this.#prune();
    return new KeptBundle(join(this.#directory, output), texts);
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
    const path = join(this.#directory, name);
    const temporary = temporaryFor(path);
    await writeFile(temporary, text);
    await rename(temporary, path);
  }

  async #prune(): Promise<void> {
    const oldest = Date.now() - UNUSED_MS;
    for (const name of await readdir(this.#directory)) {
      const file = join(this.#directory, name);
      // Another process may have removed it just now; what cannot be looked at stays.
      const found = await stat(file).catch(() => undefined);
      if (found?.isFile() && found.mtimeMs < oldest) await rm(file, { force: true });
    }
  }
}

function isWhole(path: string): boolean {
  const bytes = readFileSync(path);
  const hash = createHash(HASH).update(bytes.subarray(HASH_BYTES)).digest();
  return hash.equals(bytes.subarray(0, HASH_BYTES));
}

function compiledOf(path: string): string {
  return `${path}.compiled`;
}

function temporaryFor(path: string): string {
  return `${path}.${randomUUID()}.tmp`;
}

async function fingerprint(path: string): Promise<[string, number, number]> {
  const { mtimeMs, size } = await stat(path);
  return [path, mtimeMs, size];
}

async function isUnchanged([path, mtimeMs, size]: readonly [string, number, number]): Promise<boolean> {
  // What is gone or cannot be read has changed: making the bundle anew says what is wrong with it.
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
