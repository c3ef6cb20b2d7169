/** The scenario lobby/sessions at a tiny size: a round is complete, shows its figures, and may be played again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Skipped } from '../../benchmarks/harness.ts';
import { readMostOpenFiles, requireOpenFiles } from '../../benchmarks/lobby/open-files.ts';
import { sessions } from '../../benchmarks/lobby/sessions.ts';

test('sessions: eight players on two nodes play two rounds, and every figure is there', async () => {
  const load = { players: 8, nodes: 2, threads: 2, burst: 2, conversationMs: 100, deadlineMs: 20_000 };
  const subject = await sessions(load);
  try {
    for (const measured of [await subject.round(), await subject.round()]) {
      assert.ok(typeof measured === 'object' && measured.figure > 0);
      const figures = Object.entries(measured.also);
      assert.ok(figures.length >= 7, 'further figures');
      for (const [name, value] of figures) assert.ok(value > 0, `${name} is ${value}`);
    }
  } finally {
    await subject.close();
  }
});

test('sessions: too few open files are a reason to skip it, told with the numbers', async () => {
  assert.equal(
    readMostOpenFiles('Limit  Soft Limit\nMax open files            1024                4096   files\n'),
    1_024,
  );
  assert.equal(
    readMostOpenFiles('Max open files            unlimited            unlimited            files\n'),
    undefined,
  );
  const open = requireOpenFiles(10 ** 9, async () => 1_024);
  await assert.rejects(
    open,
    (error) => error instanceof Skipped && /need 2000001000 .* limit is 1024/.test(error.message),
  );
  await requireOpenFiles(10 ** 9, async () => undefined);
});
