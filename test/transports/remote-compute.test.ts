/** A node's way to the pool of tasks: bounded, and nobody waits for an end that is gone. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import type { Task } from '../../src/ports/index.ts';
import { RemoteCompute } from '../../src/transports/threads/remote-compute.ts';

const task: Task<unknown, unknown> = { name: 'task', run: (input) => input };

it('refuses what is too much, what cannot be sent, and all when it is closed', async () => {
  // Neither end keeps the process alive.
  const alive = setInterval(() => undefined, 1_000);
  const { port1, port2 } = new MessageChannel();
  const compute = new RemoteCompute(port1);
  const waiting = Array.from({ length: 1_000 }, () => assert.rejects(compute.run(task, 1), { code: 'Closed' }));
  await assert.rejects(compute.run(task, 1), { code: 'Overloaded' });
  port2.close();
  await Promise.all(waiting);
  await assert.rejects(compute.run(task, 1), { code: 'Closed' });
  await assert.rejects(new RemoteCompute(undefined).run(task, 1), { code: 'Closed' });

  const other = new MessageChannel();
  const open = new RemoteCompute(other.port1);
  await assert.rejects(
    open.run(task, () => 1),
    { code: 'InvalidValue' },
  );
  open.close();
  clearInterval(alive);
  other.port2.close();
});
