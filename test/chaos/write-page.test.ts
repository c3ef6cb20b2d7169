/** A failing seed leaves a page, and says where. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Invariant, type SimulateOptions, SimulationFailed, simulate } from '../../src/chaos/index.ts';
import app, { counters } from '../support/app.ts';

let directory = '';
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-pages-'));
});
after(() => rm(directory, { recursive: true, force: true }));

const FAILING: SimulateOptions = {
  app,
  nodes: 3,
  minutes: 0.05,
  faults: ['crash'],
  seed: 3,
  workload: (client) =>
    client.record('count', 'hits', (node) => node.cache(counters).update('hits', (count) => (count ?? 0) + 1)),
  invariants: [
    { name: 'nobody counts', check: ({ phase }) => (phase === 'settled' ? 'somebody <counted>' : undefined) },
  ],
};

async function failureOf(options: SimulateOptions): Promise<SimulationFailed> {
  try {
    await simulate(options);
  } catch (error) {
    if (error instanceof SimulationFailed) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: 'the seed did not fail' });
}

test('a failing seed writes its page into the directory and names the file', async () => {
  const { page, message } = await failureOf({ ...FAILING, pages: directory });
  assert.equal(page, join(directory, 'muster-seed-3.html'));
  assert.ok(message.includes(`page: ${page}`), message);
  const html = await readFile(page, 'utf8');
  for (const expected of [
    'nobody counts',
    'What happened before it',
    'Somebody &lt;counted&gt;',
    'seed <b>3</b>',
    'counters/hits',
  ])
    assert.ok(html.includes(expected), expected);
  assert.match(html, /class="m /);
});

test('with pages: false there is none', async () => {
  const empty = await mkdtemp(join(directory, 'none-'));
  const { page, message } = await failureOf({ ...FAILING, pages: false });
  assert.equal(page, undefined);
  assert.ok(!message.includes('page:'));
  assert.deepEqual(await readdir(empty), []);
});

test('a directory that cannot be made is refused before the first seed', async () => {
  const file = join(directory, 'file');
  await writeFile(file, '');
  let asked = 0;
  const workload = (): void => {
    asked += 1;
  };
  await assert.rejects(simulate({ ...FAILING, workload, pages: join(file, 'below') }), ({ message }: Error) => {
    assert.match(message, /^simulate pages: expected false or a directory that can be written, got .*below \(ENOTDIR/);
    return true;
  });
  assert.equal(asked, 0);
});

test('a directory that goes while the seeds run: the failure is told, and why its page is missing', async () => {
  const going = await mkdtemp(join(directory, 'going-'));
  const replaceByFile: Invariant = {
    name: 'the directory stays',
    check: async ({ phase }) => {
      if (phase !== 'settled') return undefined;
      await rm(going, { recursive: true, force: true });
      await writeFile(going, '');
      return 'it is gone';
    },
  };
  const { page, message, promise } = await failureOf({ ...FAILING, invariants: [replaceByFile], pages: going });
  assert.equal(promise, 'the directory stays');
  assert.equal(page, undefined);
  assert.match(message, /it is gone\n[\s\S]*\nreplay: .*\npage: none, because it could not be written: E/);
});
