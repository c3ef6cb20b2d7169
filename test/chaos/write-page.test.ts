/** A failing seed leaves a page, and says where. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type SimulateOptions, SimulationFailed, simulate } from '../../src/chaos/index.ts';
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
  for (const expected of ['nobody counts', 'Somebody &lt;counted&gt;', 'seed <b>3</b>', 'counters/hits'])
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
