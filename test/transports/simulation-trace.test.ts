/** The trace of a simulation: what became of every frame, and what it said, in words. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { drop, type SimulatedCluster, startSimulation } from '../../src/index.ts';
import app, { counters, merged, names, news, pause, tallies } from '../support/app.ts';

type Line = ReturnType<SimulatedCluster['trace']>[number];

async function traced(act: (cluster: SimulatedCluster) => Promise<void>): Promise<{ lines: Line[]; texts: string[] }> {
  await using cluster = await startSimulation({ nodes: 3, app, seed: 3, keepTrace: true });
  await act(cluster);
  const lines = [...cluster.trace()];
  return { lines, texts: lines.flatMap((line) => cluster.describe(line).map(({ text }) => text)) };
}

describe('the trace of a simulation', () => {
  it('tells what every frame said, in the words of its service', async () => {
    const { texts } = await traced(async (cluster) => {
      await cluster.run('n1', (node) => node.server(tallies, 1).start());
      await cluster.run('n2', async (node) => {
        await node.subscribe(news(), () => undefined);
        await node.cache(counters).put('hits', 7);
        await node.cache(counters).update('hits', (count) => (count ?? 0) + 1);
        node.cache(merged).put('m', { by: 'n2', n: 1 });
        await node.registry(names).register('it', { note: 'mine' });
      });
      for (const id of ['n1', 'n2', 'n3'])
        await cluster.run(id, (node) => node.server(tallies, 1).call('add', 2) as Promise<unknown>);
      await cluster.run('n1', (node) => node.broadcast(news(), { from: 'n1', number: 4 }));
      await cluster.add();
      await cluster.settled();
    });
    for (const expected of [
      /^hello$/,
      /^view 3 \(join n4\): n1#1 up, n2#1 up, n3#1 up, n4#1 up$/,
      /^flushed view 1$/,
      /^installed view 2$/,
      /^listens to news$/,
      /^publish news: \{"from":"n1","number":4\}$/,
      /^write \d+: put counters\/hits = 7, asked by n2#1 \(request \d+\)$/,
      /^asks insert \[.*\] in names\/it \(request \d+\)$/,
      /^write 1: put merged\/m = \{"by":"n2","n":1\}$/,
      /^write \d+: put names\/it = \["n2#1",\{"note":"mine"\}/,
      /^call tally\/1\.add\(2\) \(request \d+\)$/,
      /^answers request \d+: \d$/,
      /^asks for chunk 0 of the tables$/,
      /^chunk 0: \d+ items, the last$/,
      /^has applied your writes up to \d+, flushed view \d+$/,
    ])
      assert.ok(
        texts.some((text) => expected.test(text)),
        `${expected} is not among:\n${[...new Set(texts)].join('\n')}`,
      );
  });

  it('tells when a frame was sent, and why it did not come: a rule, a crash of its sender or of its receiver', async () => {
    const { lines } = await traced(async (cluster) => {
      const chatter = (id: string): Promise<void> =>
        cluster.run(id, async (node) => {
          for (let at = 0; at < 40; at++) {
            node.cache(merged).put(at, { by: node.id, n: at });
            await pause(node, 0.2);
          }
        });
      const cut = await cluster.fault({ from: 'n1', to: 'n3', verdict: drop });
      await chatter('n1');
      await cut[Symbol.asyncDispose]();
      const talking = ['n1', 'n2', 'n3'].map((id) => chatter(id).catch(() => undefined));
      await cluster.advance(4);
      await cluster.kill('n2');
      await cluster.drive(Promise.all(talking));
      await cluster.settled();
    });
    const dropped = lines.filter(({ what }) => what === 'drop');
    assert.ok(dropped.length > 10);
    for (const { from, to, fault } of dropped) {
      assert.deepEqual([from, to], ['n1#1', 'n3#1']);
      assert.deepEqual(fault, { from: 'n1', to: 'n3', verdict: drop });
    }
    const lost = lines.filter(({ what }) => what === 'lost');
    const ofSender = lost.filter(({ why }) => why === 'its sender crashed');
    const ofReceiver = lost.filter(({ why }) => why === 'its receiver crashed');
    assert.ok(ofSender.length > 0 && ofSender.every(({ from }) => from === 'n2#1'));
    assert.ok(ofReceiver.length > 0 && ofReceiver.every(({ to }) => to === 'n2#1'));
    for (const { what, at, sentAt } of lines) {
      if (what === 'deliver') assert.ok(at - sentAt >= 0.05 && at - sentAt < 1.6, `${sentAt} to ${at}`);
    }
  });
});
