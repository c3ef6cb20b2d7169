/** The store's thread: when it is gone nobody waits for it. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { StoreThread } from '../../../src/cluster/threads/store-thread.ts';
import { RemoteStore } from '../../../src/transports/threads/index.ts';

it('store thread: one that ends on its own rejects what waits and what comes later, and close does not hang', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'muster-store-thread-'));
  const entry = join(folder, 'ends.mjs');
  await writeFile(
    entry,
    `import { parentPort } from 'node:worker_threads'; parentPort.once('message', () => process.exit(3));`,
  );
  const thread = new StoreThread(entry, { kind: 'memory', name: 'none' }, () => {});
  const keepAlive = setInterval(() => {}, 1_000);
  const early = [1, 2].map(() => new RemoteStore(thread.connect('n1#1')));
  for (const store of early) await assert.rejects(store.query('SELECT 1'), { code: 'StoreFailed', message: /closed/ });
  await thread.close();
  await assert.rejects(new RemoteStore(thread.connect('n1#1')).query('SELECT 1'), {
    code: 'StoreFailed',
    message: /closed/,
  });
  clearInterval(keepAlive);
  await rm(folder, { recursive: true });
});
