/** `muster simulate --app`: what is wrong with an app's module is said before the first seed, with its place in the source. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { SeedTask } from '../../../src/chaos/index.ts';
import { openSeedPool } from '../../../src/edges/cli/simulate/pool.ts';

const TASK: SeedTask = { seed: 1, nodes: 3, faults: 'none', minutes: 0.02, replay: 'again', pages: undefined };

describe('an app for muster simulate', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'muster-simulate-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function write(name: string, ...lines: string[]): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, lines.join('\n'));
    return path;
  }

  async function refusalOf(app: string): Promise<string> {
    const refused = await openSeedPool(app, 1).then(
      async (pool) => {
        await pool.close();
        return undefined;
      },
      (error: Error & { code?: string }) => error,
    );
    assert.equal(refused?.code, 'Refused', 'it was not refused');
    return refused.message;
  }

  const APP = ["import { defineApp } from 'muster';", 'export default defineApp({ uses: [] });'];

  it('with a workload and an invariant it runs, and the pool says what there is', async () => {
    const app = await write(
      'whole.mjs',
      ...APP,
      "export const workload = ({ record }) => record('ask', 'id', (node) => node.id);",
      "export const invariants = [{ name: 'all well', check: () => undefined }];",
    );
    const pool = await openSeedPool(app, 1);
    try {
      assert.deepEqual(pool.harness, { hasWorkload: true, invariants: 1 });
      const { figures, failure } = await pool.run(TASK);
      assert.equal(failure, undefined);
      assert.ok(figures.operations > 0 && figures.checked > 2, JSON.stringify(figures));
    } finally {
      await pool.close();
    }
  });

  it('with neither it is refused: nothing would be put to the test', async () => {
    const app = await write('bare.mjs', ...APP);
    const expected =
      'expected workload, invariants or both beside the app, got neither: nothing would be put to the test';
    assert.equal(await refusalOf(app), `the exports of the app ${app}: ${expected}`);
  });

  it('misspelt exports are named', async () => {
    const app = await write('near.mjs', ...APP, 'export const workloads = () => {};', 'export const invariant = [];');
    const expected = 'expected workload, got workloads; expected invariants, got invariant';
    assert.equal(await refusalOf(app), `the exports of the app ${app}: ${expected}`);
    const half = await write('half.mjs', ...APP, 'export const workload = () => {};', 'export const invariant = [];');
    assert.equal(await refusalOf(half), `the exports of the app ${half}: expected invariants, got invariant`);
  });

  it('no app as its default export: the same sentence as muster up', async () => {
    const app = await write('none.mjs', 'export const workload = () => {};');
    assert.equal(
      await refusalOf(app),
      `the app ${app}: its default export is not an app; make one with defineApp(...)`,
    );
  });

  it('what it throws while loading has the file, line and column of the source', async () => {
    const app = await write(
      'throws.ts',
      'interface Gone { readonly a: number }',
      'function connect(): Gone {',
      "  throw new TypeError('no database');",
      '}',
      'connect();',
      ...APP,
    );
    assert.equal(await refusalOf(app), `the app ${app} failed while loading: no database (${app}:3:9)`);
  });

  it('what it throws in start has it, too', async () => {
    const app = await write(
      'starts.ts',
      "import { defineApp, type MusterNode } from 'muster';",
      'interface Gone { readonly a: number }',
      'const connect = (node: MusterNode): Gone => {',
      "  throw new TypeError('no database for ' + node.id);",
      '};',
      'export const workload = () => undefined;',
      'export default defineApp({ uses: [] }, async (node) => void connect(node));',
    );
    const pool = await openSeedPool(app, 1);
    try {
      await assert.rejects(pool.run(TASK), ({ message }: Error) => {
        assert.match(message, /^the app's start failed on n\d: no database for n\d /);
        assert.ok(message.endsWith(`(${app}:4:9)`), message);
        return true;
      });
    } finally {
      await pool.close();
    }
  });

  it('what nobody catches has it, too', async () => {
    const app = await write(
      'uncaught.mjs',
      ...APP,
      "const fail = () => { throw new TypeError('too late'); };",
      'export const workload = () => queueMicrotask(fail);',
    );
    const pool = await openSeedPool(app, 1);
    try {
      await assert.rejects(pool.run(TASK), { code: 'Refused', message: `too late (${app}:3:28)` });
    } finally {
      await pool.close();
    }
  });
});
