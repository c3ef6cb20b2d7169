/** Tasks of nodes on real threads: where they run, how they fail, and that no node's life hangs on them. */
import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { fileURLToPath } from 'node:url';
import { threadId, Worker } from 'node:worker_threads';
import { type Cluster, startCluster } from '../../../src/cluster/index.ts';
import { ComputePool } from '../../../src/cluster/threads/compute-pool.ts';
import type { MusterNode } from '../../../src/services/index.ts';
import { block, runBlocking, runFailing, runUnlisted } from '../../support/compute-app.ts';

const APP = new URL('../../support/compute-app.ts', import.meta.url);

function start(nodes: number): Promise<Cluster> {
  return startCluster({ nodes, app: APP, logLevel: 'error' });
}

describe('the pool of tasks', () => {
  it('a task of 300 ms keeps no event loop from its timers, neither its node’s nor the host’s', async () => {
    await using cluster = await start(1);
    await cluster.run('n1', runBlocking, 1); // the pool and its thread are there now
    let hostLatestMs = 0;
    let before = performance.now();
    const timer = setInterval(() => {
      hostLatestMs = Math.max(hostLatestMs, performance.now() - before - 5);
      before = performance.now();
    }, 5);
    const { taskThread, ownThread, latestMs } = await cluster.run('n1', runBlocking, 300);
    clearInterval(timer);
    assert.ok(taskThread !== ownThread && taskThread !== threadId, 'it ran in a thread of its own');
    assert.ok(latestMs < 200, `the node’s timers were at most ${latestMs} ms late`);
    assert.ok(hostLatestMs < 200, `the host’s timers were at most ${hostLatestMs} ms late`);
  });

  it('what a task throws rejects with its code and message; a task the app does not list is refused', async () => {
    await using cluster = await start(1);
    await assert.rejects(cluster.run('n1', runFailing, 'no good'), {
      code: 'InvalidValue',
      message: /the input: no good/,
    });
    await assert.rejects(cluster.run('n1', runUnlisted), { code: 'InvalidValue', message: /task unlisted.*defineApp/ });
  });

  it('a node that dies while its task runs leaves the pool to the others', async () => {
    await using cluster = await start(2);
    const lost = assert.rejects(cluster.run('n1', runBlocking, 400));
    await cluster.kill('n1');
    await lost;
    assert.ok((await cluster.run('n2', runBlocking, 1)).taskThread > 0);
  });

  it('ends with the cluster, whatever is running', async () => {
    await using cluster = await start(1);
    await cluster.run('n1', runBlocking, 1);
    const lost = assert.rejects(cluster.run('n1', runBlocking, 60_000));
    await cluster.close();
    await lost;
  });

  it('closes though its threads lose the first requests to end', async () => {
    const pool = new ComputePool(fileURLToPath(APP));
    await pool.run(block.name, 1);
    void pool.run(block.name, 60_000);
    const { terminate } = Worker.prototype;
    let lost = 0;
    const losing = mock.method(Worker.prototype, 'terminate', function (this: Worker): Promise<number> {
      if (lost === 3) return terminate.call(this);
      lost += 1;
      return Promise.resolve(0);
    });
    try {
      await pool.close();
      assert.equal(lost, 3, 'requests were lost');
    } finally {
      losing.mock.restore();
    }
  });

  it('gives a task up after its deadline, ends its thread and runs the next', async () => {
    const pool = new ComputePool(fileURLToPath(APP), 5_000);
    await pool.run(block.name, 1);
    await pool.close();
    const hasty = new ComputePool(fileURLToPath(APP), 1_500);
    try {
      assert.deepEqual((await hasty.run(block.name, 1)).ok, true);
      const late = await hasty.run(block.name, 60_000);
      assert.equal(late.ok ? 'done' : late.error.code, 'Timeout');
      assert.deepEqual((await hasty.run(block.name, 1)).ok, true);
    } finally {
      await hasty.close();
    }
    const closed = await pool.run(block.name, 1);
    assert.equal(closed.ok ? 'done' : closed.error.code, 'Closed');
  });

  it('in the simulation a task the app does not list is refused just so', async () => {
    const { startSimulation } = await import('../../../src/cluster/index.ts');
    const { default: app } = await import('../../support/compute-app.ts');
    await using cluster = await startSimulation({ seed: 1, nodes: 1, app });
    const run = (node: MusterNode) => runUnlisted(node);
    await assert.rejects(cluster.run('n1', run), { code: 'InvalidValue', message: /task unlisted.*defineApp/ });
    await assert.rejects(cluster.run('n1', runFailing, 'no good'), { code: 'InvalidValue' });
  });
});
