/** A subscriber that cannot keep up: what is dropped for it is counted, told to it, and nothing else suffers (P2, P12). */
import assert from 'node:assert/strict';
import { news, notes } from '../support/app.ts';
import { inEachWorld } from '../support/worlds.ts';

const MESSAGES = 40;

inEachWorld(
  'out of credit: a publish returns false, and a subscriber is told exactly how many it missed',
  { nodes: 3, seeds: 2 },
  async (cluster, world) => {
    for (const id of ['n2', 'n3']) {
      await cluster.run(id, async (node) => {
        const heard = notes<string>(node, 'heard');
        await node.subscribe(news(), ({ number }) => heard.push(`message ${number}`), {
          onGap: ({ origin, missed }) => heard.push(`gap ${origin} ${missed}`),
        });
      });
    }
    const paused = cluster.pause('n2', 1_500);
    // Each message is a megabyte and leaves in a turn of its own, so that credits are looked up anew.
    const refused = await cluster.run(
      'n1',
      async (node, count) => {
        let dropped = 0;
        for (let number = 0; number < count; number++) {
          if (!node.broadcast(news(), { from: 'x'.repeat(1 << 20), number })) dropped += 1;
          await new Promise<void>((resolve) => node.after(5, resolve));
        }
        await node.drained();
        node.broadcast(news(), { from: 'last', number: count });
        return dropped;
      },
      MESSAGES,
    );
    await paused;
    const read = (id: string): Promise<string[]> => cluster.run(id, (node) => notes<string>(node, 'heard').slice());
    await cluster.waitFor('the last message', async () => (await read('n2')).includes(`message ${MESSAGES}`));
    await cluster.waitFor('the last message', async () => (await read('n3')).includes(`message ${MESSAGES}`));

    assert.ok(refused > 0, 'some publishes were dropped');
    const [slow, fast] = [account(await read('n2')), account(await read('n3'))];
    for (const { numbers, missed } of [slow, fast]) {
      assert.equal(numbers.length + missed, MESSAGES + 1, 'each message was handled or told as missed');
      assert.deepEqual(
        numbers,
        [...numbers].sort((a, b) => a - b),
      );
    }
    // On real threads the machine decides whether the other one keeps up.
    if (world.kind === 'simulation') assert.equal(fast.missed, 0, 'the fast subscriber missed nothing');
    const inspection = await cluster.inspect();
    const dropped = inspection.nodes.find(({ id }) => id === 'n1')?.counters.publishDropped;
    assert.equal(dropped, slow.missed + fast.missed, 'every drop was counted');
  },
);

/** The numbers handled, in order, and how many were told as missed. */
function account(heard: readonly string[]): { numbers: number[]; missed: number } {
  const missed = heard.flatMap((line) => (line.startsWith('gap n1 ') ? [Number(line.slice(7))] : []));
  const numbers = heard.flatMap((line) => (line.startsWith('message ') ? [Number(line.slice(8))] : []));
  return { numbers, missed: missed.reduce((sum, count) => sum + count, 0) };
}
