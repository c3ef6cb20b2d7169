/** What a node tells of its links and tables, in both worlds. */
import assert from 'node:assert/strict';
import type { Cluster, NodeId } from '../../src/index.ts';
import { names, owned } from '../support/app.ts';
import { inEachWorld } from '../support/worlds.ts';

async function inspected(cluster: Cluster, id: NodeId) {
  return (await cluster.inspect()).nodes.find((node) => node.id === id)!;
}

inEachWorld(
  'inspect: each table has its number of entries on every node; each link what went over it, and a dead peer has none',
  { nodes: 3, seeds: 3 },
  async (cluster) => {
    await cluster.run('n1', async (node) => {
      for (let key = 0; key < 5; key++) await node.cache(owned).put(key, { n: key });
      await node.registry(names).register('somebody', { note: '' });
    });
    await cluster.settled();
    for (const id of ['n1', 'n2', 'n3']) {
      const { tables, links } = await inspected(cluster, id);
      assert.equal(tables['cache owned'], 5);
      assert.equal(tables['registry names'], 1);
      assert.equal(links.length, 2);
      for (const { framesIn, framesOut, bytesIn, bytesOut } of links) {
        assert.ok(framesIn > 0 && framesOut > 0);
        assert.ok(bytesIn > framesIn && bytesOut > framesOut);
      }
    }
    await cluster.kill('n3');
    await cluster.settled();
    const { links } = await inspected(cluster, 'n1');
    assert.deepEqual(
      links.map(({ peer }) => peer),
      ['n2#1'],
    );
    const back = (await inspected(cluster, 'n2')).links[0]!;
    assert.ok(back.framesIn > 0 && back.framesOut > 0);
  },
);
