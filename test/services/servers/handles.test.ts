/** What one server holds of another: all of its handle, whatever stands between them and the node. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as z from 'zod';
import { startSimulation } from '../../../src/cluster/index.ts';
import { defineApp, type MusterNode, Server, server } from '../../../src/services/index.ts';

class CountServer extends Server<string, number> {
  init(kept: number | undefined): number {
    return kept ?? 0;
  }

  add(): number {
    this.state += 1;
    return this.state;
  }
}

const count = server(
  'count',
  { placement: 'one per key', key: z.string(), state: z.number(), keeps: 'state', about: 'counts' },
  CountServer,
);

class BossServer extends Server<string, number> {
  init(kept: number | undefined): number {
    return kept ?? 0;
  }

  async use(key: string): Promise<unknown[]> {
    const handle = this.node.server(count, key);
    await handle.start();
    const first = await handle.call('add');
    handle.cast('add');
    const third = await handle.with({ deadlineMs: 1_000 }).call('add');
    const where = typeof handle.where();
    await handle.stop();
    return [first, third, where];
  }
}

const boss = server(
  'boss',
  { placement: 'one per key', key: z.string(), state: z.number(), keeps: 'state', about: 'uses another server' },
  BossServer,
);

it('a server that keeps state starts, calls, casts to and stops another', async () => {
  await using cluster = await startSimulation({ seed: 1, nodes: 3, app: defineApp({ uses: [count, boss] }) });
  const used = await cluster.run('n1', async (node: MusterNode) => {
    await node.server(boss, 'b').start();
    return node.server(boss, 'b').call('use', 'c');
  });
  // The cast leaves at the end of the turn, so after both calls.
  assert.deepEqual(used, [1, 2, 'string']);
});
