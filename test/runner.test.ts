/** The test runner: finds what there is, and lets nothing pass or hang that should not. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { countTests, noCounts } from './runner/counts.ts';
import type { TestEvent } from './runner/event-reporter.ts';
import { findTests } from './runner/find-tests.ts';
import { runFile } from './runner/run-file.ts';

const root = mkdtempSync(join(tmpdir(), 'muster-runner-'));
after(() => rmSync(root, { recursive: true, force: true }));

async function run(
  name: string,
  source: string,
  { idleMs = 30_000, hearsNothing = false } = {},
): Promise<{ events: readonly TestEvent[]; why: string }> {
  const file = `${name}.test.mjs`;
  writeFileSync(join(root, file), `import test, { describe } from 'node:test';\n${source}\n`);
  // On a busy machine a process needs long to start; only what it does after its first news is under test.
  const startMs = hearsNothing ? idleMs : 60_000;
  const { events } = await runFile(file, { root, startMs, idleMs, testTimeoutMs: 30_000 });
  const failed = events.find((event) => event.type === 'test:fail')?.data.details?.error as Error | undefined;
  return { events, why: failed?.message ?? '' };
}

test('finds test files at any depth, sorted, and filters by parts of their paths', () => {
  mkdirSync(join(root, 'suite/deep/er'), { recursive: true });
  for (const path of ['suite/b.test.ts', 'suite/deep/er/a.test.ts', 'suite/deep/helper.ts']) {
    writeFileSync(join(root, path), '');
  }
  assert.deepEqual(findTests(root, 'suite', []), ['suite/b.test.ts', 'suite/deep/er/a.test.ts']);
  assert.deepEqual(findTests(root, 'suite', ['er/a']), ['suite/deep/er/a.test.ts']);
  assert.deepEqual(findTests(root, 'suite', ['nothing']), []);
  assert.deepEqual(findTests(root, 'suite', ['!deep']), ['suite/b.test.ts']);
  assert.deepEqual(findTests(root, 'suite', ['suite', '!b.test']), ['suite/deep/er/a.test.ts']);
});

describe('a file fails', { concurrency: 2 }, () => {
  test('when one of its tests fails', async () => {
    assert.equal((await run('fails', `test('a', () => {}); test('b', () => { throw new Error('boo'); });`)).why, 'boo');
  });

  test('when it does not load', async () => {
    assert.match((await run('crashes', `throw new Error('at import');`)).why, /exit code 1/);
  });

  test('when it holds no test', async () => {
    assert.match((await run('empty', '')).why, /holds no test/);
  });

  test('when a test never ends, and the test is named', async () => {
    assert.match(
      (await run('hangs', `test('waits', () => new Promise(() => setInterval(() => {}, 99)));`, { idleMs: 2_000 })).why,
      /waits/,
    );
  });

  test('when a loop blocks it', async () => {
    assert.match(
      (await run('blocks', `test('spins', () => { for (;;); });`, { idleMs: 2_000, hearsNothing: true })).why,
      /killed after 2000 ms/,
    );
  });

  test('when it leaves a handle open', async () => {
    assert.match(
      (await run('leaves', `test('opens', () => { setInterval(() => {}, 99); });`, { idleMs: 2_000 })).why,
      /left open/,
    );
  });
});

test('counts tests and not suites, with what was skipped and what is to do', async () => {
  const source = `describe('s', () => { test('a', () => {}); test('b', { skip: 'why' }, () => {}); }); test.todo('c');
    test('d', () => { throw new Error(); });`;
  const counts = noCounts();
  for (const event of (await run('counts', source)).events) countTests(counts, event);
  assert.deepEqual(counts, { tests: 4, suites: 1, pass: 1, fail: 1, cancelled: 0, skipped: 1, todo: 1 });
});
