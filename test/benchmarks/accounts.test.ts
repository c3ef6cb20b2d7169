/** The scenario lobby/boot-with-accounts at a small size: the file is full, its node comes up, and one of its accounts logs in. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Measured } from '../../benchmarks/harness.ts';
import { bootWithAccounts } from '../../benchmarks/lobby/accounts.ts';

test('boot with accounts: a node starts on a file of ten thousand, twice, and somebody of it logs in each time', async () => {
  const subject = await bootWithAccounts('muster', 10_000);
  try {
    for (const { figure, also } of [await subject.round(), await subject.round()] as Measured[]) {
      assert.ok(figure > 0);
      assert.ok(also['ms of a login']! > 0);
    }
  } finally {
    await subject.close();
  }
});
