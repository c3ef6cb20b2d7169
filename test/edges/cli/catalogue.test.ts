/** `muster catalogue`: the pages are what the declarations say, those in docs/ are up to date, and their worked example works. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as z from 'zod';
import { ACTING_TABLE } from '../../../src/edges/cli/catalogue/acting.ts';
import { runCatalogue } from '../../../src/edges/cli/catalogue/command.ts';
import { parseCatalogueOptions } from '../../../src/edges/cli/catalogue/options.ts';
import { cataloguePages } from '../../../src/edges/cli/catalogue/pages.ts';
import { shapeText } from '../../../src/edges/cli/catalogue/shape.ts';
import { startSimulation } from '../../../src/index.ts';
import {
  type App,
  type CacheDeclaration,
  Catalogue,
  cache,
  Server,
  server,
  topic,
} from '../../../src/services/index.ts';
import { sink } from './sink.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

async function run(directory: string, ...args: string[]): Promise<{ exitCode: number; out: string; err: string }> {
  const [stdout, stderr] = [sink(), sink()];
  const exitCode = await runCatalogue(parseCatalogueOptions(args)!, { stdout, stderr, directory });
  return { exitCode, out: stdout.text, err: stderr.text };
}

async function inFolder<T>(parent: string, use: (folder: string) => Promise<T>): Promise<T> {
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'muster-catalogue-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('catalogue: the pages in docs/ are what the lobby declares', async () => {
  assert.deepEqual(await run(ROOT, '--check'), { exitCode: 0, out: '', err: '' });
});

test('catalogue: pages that are missing or stale fail the check by name, and are right once written', async () => {
  await inFolder(tmpdir(), async (folder) => {
    const missing = await run(folder, '--check', '--out', 'pages');
    assert.equal(missing.exitCode, 1);
    assert.match(
      missing.err,
      /what the declarations say: pages\/topics.md, pages\/caches.md, pages\/servers.md; run muster catalogue --out/,
    );
    assert.equal((await run(folder, '--out', 'pages')).exitCode, 0);
    assert.equal((await run(folder, '--check', '--out', 'pages')).exitCode, 0);
    const caches = join(folder, 'pages/caches.md');
    await writeFile(caches, `${await readFile(caches, 'utf8')}\nby hand\n`);
    assert.match((await run(folder, '--check', '--out', 'pages')).err, /declarations say: pages\/caches.md;/);
  });
});

test('catalogue: an app of one’s own is bundled and shown; what is no app is refused in a sentence', async () => {
  await inFolder(tmpdir(), async (folder) => {
    const app = `import { defineApp, topic } from 'muster';
import * as z from 'zod';
const said = topic('said:{room}', z.object({ text: z.string() }), {
  about: 'What is said.', sentBy: 'who speaks', heardBy: 'who is there' });
export default defineApp({ uses: [said] });`;
    await writeFile(join(folder, 'app.mjs'), app);
    await writeFile(join(folder, 'silent.mjs'), app.replace("sentBy: 'who speaks',", ''));
    const silent = await run(folder, '--app', 'silent.mjs', '--out', '.');
    assert.deepEqual([silent.exitCode, silent.err], [0, 'muster: topic said:{room}: sentBy or heardBy is not said\n']);
    await writeFile(join(folder, 'none.mjs'), 'export default 1;');
    assert.deepEqual(await run(folder, '--app', 'app.mjs', '--out', '.'), {
      ...{ exitCode: 0, out: 'topics.md, caches.md, servers.md: written\n', err: '' },
    });
    const page = await readFile(join(folder, 'topics.md'), 'utf8');
    for (const part of ['## `said:{room}`', '- sent by: who speaks', '- heard by: who is there', '{ text: string }'])
      assert.ok(page.includes(part), part);
    const refused = await run(folder, '--app', 'none.mjs');
    assert.equal(refused.exitCode, 1);
    assert.match(refused.err, /^muster: .*none.mjs.*not an app/);
    assert.match((await run(folder, '--app', 'nowhere.mjs')).err, /there is no such file/);
  });
});

test('catalogue: reach, who acts, keys, writes, expiry, placement and messages are on the pages, and the same each time', () => {
  class Counter extends Server<number, undefined> {
    init(): undefined {}
    count(): number {
      return this.key;
    }
  }
  const catalogue = new Catalogue([
    topic('counted', z.object({}), { reach: 'node', actedOnBy: 'origin', about: 'It was counted.' }),
    cache('counts', {
      ...{ key: z.tuple([z.string(), z.int()]), value: z.int(), writes: 'anywhere', ttlMs: 2_500 },
      ...{ filled: 'at each count', about: 'Counts.' },
    }),
    server('counter', { key: z.int(), placement: 'one per key', startsOnCall: true, about: 'Counts.' }, Counter),
  ]);
  const pages = cataloguePages(catalogue);
  assert.deepEqual(pages, cataloguePages(catalogue));
  const [topics, caches, servers] = pages.map(({ text }) => text) as [string, string, string];
  assert.match(topics, /\| its own node \| origin \| It was counted\. \|/);
  assert.match(caches, /- key: `\[string, int\]`\n- writes: anywhere.*\n- expires: 2\.5 s .*\n- filled: at each count/);
  assert.match(servers, /- starts: at the first call\n- keeps: nothing.*\n- messages: `count`\n/);
});

test('catalogue: schemas read as types; long ones are wrapped', () => {
  const texts: [z.ZodType, string][] = [
    [z.array(z.union([z.string(), z.null()])), '(string | null)[]'],
    [z.nullable(z.enum(['a', 'b'])), "'a' | 'b' | null"],
    [z.record(z.string(), z.int().min(1)), '{ [key: string]: int }'],
    [z.number().int(), 'int'],
    [z.optional(z.literal([1, true])), '1 | true | undefined'],
    [z.object({ a: z.object({}), b: z.tuple([z.number()]) }), '{ a: {}, b: [number] }'],
  ];
  for (const [schema, text] of texts) assert.equal(shapeText(schema), text);
  const long = z.object({
    first: z.object(Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`field${at}`, z.string()]))),
  });
  assert.match(shapeText(long), /^\{\n {2}first: \{\n {4}field0: string,\n/);
});

/** The worked example as it stands on the page, loaded. */
async function workedExample(): Promise<Record<string, unknown> & { default: App }> {
  const page = await readFile(join(ROOT, 'docs/topics.md'), 'utf8');
  const block = /```js\n(\/\/ acting\.mjs\n[\s\S]*?)```/.exec(page)?.[1];
  assert.ok(block, 'docs/topics.md has a block that begins with // acting.mjs');
  const library = new URL('../../../src/index.ts', import.meta.url).href;
  return inFolder(join(ROOT, 'node_modules/.cache'), async (folder) => {
    const file = join(folder, 'acting.mjs');
    await writeFile(file, block.replace("from 'muster'", `from ${JSON.stringify(library)}`));
    return import(pathToFileURL(file).href);
  });
}

test('catalogue: in the worked example each message is acted on by whom the page says, once each', async () => {
  const { default: app, ...names } = await workedExample();
  const acted = names.acted as CacheDeclaration<[string, string, number], number, 'owner'>;
  const cluster = await startSimulation({ seed: 1, nodes: 3, app });
  try {
    for (const [publish] of ACTING_TABLE) {
      const work = new Function('node', ...Object.keys(names), publish);
      await cluster.run('n2', (node) => void work(node, ...Object.values(names)));
    }
    await cluster.settled();
    const entries = await cluster.run('n1', (node) => [...node.cache(acted).entries()]);
    const found = entries.map(([[what, id], times]) => ({ what, id, times }));
    assert.ok(
      found.every(({ times }) => times === 1),
      JSON.stringify(found),
    );
    const nodesOf = (what: string): unknown[] =>
      found
        .filter((one) => one.what === what)
        .map(({ id }) => id)
        .sort();
    assert.deepEqual(nodesOf('shown'), ['n2']);
    assert.deepEqual(nodesOf('played'), ['n2']);
    assert.equal(nodesOf('rated').length, 1);
    assert.deepEqual(nodesOf('lines'), ['n1', 'n2']);
  } finally {
    await cluster.close();
  }
});
