/** Bundling an app for its threads: what is reused, and one clear sentence for what does not compile. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { bundleApp } from '../../../src/cluster/threads/bundle.ts';
import { BundleCache } from '../../../src/cluster/threads/bundle-cache.ts';

const APP = `import { defineApp } from 'muster';
import { greeting } from './greeting.ts';
export default defineApp({ uses: [] }, (node) => node.log.write('info', greeting));
`;

describe('bundleApp', () => {
  let folder: string;
  let cache: BundleCache;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'muster-bundle-'));
    cache = new BundleCache(join(folder, 'cache'));
  });
  after(() => rm(folder, { recursive: true }));

  async function write(name: string, text: string): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  }

  function assertRefused(app: URL | string, message: RegExp): Promise<void> {
    return assert.rejects(bundleApp(app, cache), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'Refused');
      assert.match(error.message, message);
      assert.ok(!error.message.includes('\n'), 'one line');
      return true;
    });
  }

  it('an app outside of any project compiles, by path and by file URL, and the second time is reused', async () => {
    await write('greeting.ts', 'export const greeting: string = "hello";');
    const app = await write('app.ts', APP);
    const first = await bundleApp(app, cache);
    const second = await bundleApp(pathToFileURL(app), cache);
    assert.equal(first.reused, false);
    assert.equal(second.reused, true);
    assert.equal(second.kept.path, first.kept.path);
    assert.match(await readFile(first.kept.path, 'utf8'), /sourceMappingURL=app\.ts-[\w-]+\.cjs\.map\n/);
  });

  it('a changed input makes a new bundle and leaves the old one for those who run it', async () => {
    await write('greeting.ts', 'export const greeting: string = "one";');
    const app = await write('changing.ts', APP);
    const before = await bundleApp(app, cache);
    await write('greeting.ts', 'export const greeting: string = "another";');
    const after = await bundleApp(app, cache);
    assert.equal(after.reused, false);
    assert.match(await readFile(after.kept.path, 'utf8'), /"another"/);
    assert.match(await readFile(before.kept.path, 'utf8'), /"one"/);
  });

  it('a bundle whose cache was removed, a new one or a reused one, is there again when it is restored', async () => {
    await write('greeting.ts', 'export const greeting: string = "kept";');
    const app = await write('lasting.ts', APP);
    for (const reused of [false, true]) {
      const bundle = await bundleApp(app, cache);
      assert.equal(bundle.reused, reused);
      const { path } = bundle.kept;
      const [text, map] = await Promise.all([readFile(path, 'utf8'), readFile(`${path}.map`, 'utf8')]);
      await rename(join(folder, 'cache'), join(folder, 'elsewhere'));
      bundle.kept.restore();
      assert.equal(await readFile(path, 'utf8'), text);
      assert.equal(await readFile(`${path}.map`, 'utf8'), map);
      await rm(join(folder, 'cache'), { recursive: true });
      await rename(join(folder, 'elsewhere'), join(folder, 'cache'));
    }
  });

  it('Muster is in the bundle once, and neither the host nor a bundler nor SQL is loaded with it', async () => {
    await write('greeting.ts', 'export const greeting: string = "hello";');
    const { kept } = await bundleApp(await write('lean.ts', APP), cache);
    const text = await readFile(kept.path, 'utf8');
    assert.equal(text.match(/\bfunction defineApp\(/g)?.length, 1);
    assert.doesNotMatch(text, /\b(?:import|from|require)\s*\(?["'][^"']*(?:esbuild|libsql|tsx)/);
    assert.doesNotMatch(text, /msgpackr-extract/);
  });

  it('it is a script, unless the app awaits at its top level or imports a package that stays outside', async () => {
    await write('greeting.ts', 'export const greeting: string = "hello";');
    const endings: Record<string, string> = {
      [APP]: '.cjs',
      "import { defineApp } from 'muster';\nexport default defineApp({ uses: [] }, async () => void (await import('pino')));":
        '.cjs',
      "import { createRequire } from 'node:module';\nexport default createRequire;": '.cjs',
      'await Promise.resolve();\nexport default 1;': '.mjs',
      "import pino from 'pino';\nexport default pino;": '.mjs',
    };
    for (const [at, [text, ending]] of Object.entries(endings).entries()) {
      const { kept } = await bundleApp(await write(`kind-${at}.ts`, text), cache);
      assert.equal(extname(kept.path), ending, text);
    }
  });

  it('each file keeps its own place', async () => {
    const app = await write(
      'places.ts',
      `export const here = [import.meta.url, import.meta.filename, import.meta.dirname];\nconsole.log('import.meta.url', here);`,
    );
    const { kept } = await bundleApp(app, cache);
    const text = await readFile(kept.path, 'utf8');
    for (const place of [pathToFileURL(app).href, app, dirname(app)]) assert.ok(text.includes(JSON.stringify(place)));
    assert.ok(text.includes('"import.meta.url"'));
  });

  it('an app that does not exist, or is a directory, is refused by name', async () => {
    await assertRefused(join(folder, 'none.ts'), /^the app .*none\.ts does not exist$/);
    await assertRefused(folder, /^the app .* is not a file$/);
    await assertRefused(new URL('https://example.com/app.ts'), /^the app https:.* is not a file URL$/);
  });

  it('an app that does not parse is refused with file, line and column', async () => {
    const app = await write('broken.ts', 'export const a = 1;\nexport default = ;\n');
    await assertRefused(app, /^the app .*broken\.ts does not compile: .+ \(.*broken\.ts:2:16\)$/);
  });

  it('an import that cannot be found is refused with the place of the import', async () => {
    const app = await write('lost.ts', "import './nowhere.ts';\n");
    await assertRefused(app, /^the app .*lost\.ts does not compile: .*nowhere\.ts.* \(.*lost\.ts:1:8\)$/);
    const other = await write('lost-package.ts', "import 'no-such-package';\n");
    await assertRefused(other, /no-such-package.* \(.*lost-package\.ts:1:8\)$/);
  });

  it("a file that is no module is refused as such, and no file is named that is not the user's", async () => {
    const app = await write('README.md', '# An app\n');
    const expected = 'expected a JavaScript or TypeScript module, got a .md file';
    await assertRefused(app, new RegExp(`^the app ${app} does not compile: ${expected}: ${app}$`));
    const importer = await write('reads.ts', "import './README.md';\n");
    await assertRefused(importer, new RegExp(`${expected}: ${app} \\(.*reads\\.ts:1:8\\)$`));
  });
});
