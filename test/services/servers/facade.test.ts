/** The node as a server sees it: everything a node can do works through it too. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { startSimulation } from '../../../src/cluster/index.ts';
import type { Row, Store } from '../../../src/ports/index.ts';
import { defineApp, type MusterNode, Server, server } from '../../../src/services/index.ts';
import { fence } from '../../../src/services/servers/facade.ts';

class Echo extends Server<string, undefined> {
  init(): undefined {}
  say(text: string): string {
    return `${text} from ${this.node.id}`;
  }
}
const echo = server('echo', { placement: 'one per node', about: 'answers' }, Echo);

class Asker extends Server<never, number> {
  init(kept: number | undefined): number {
    return kept ?? 0;
  }
  async ask(): Promise<string[]> {
    this.state += 1;
    const of = (id: string) => this.node.server(echo, id);
    return [await of('n1').call('say', 'hi'), await of('n2').with({ deadlineMs: 1_000 }).call('say', 'ho')];
  }
}
const asker = server(
  'asker',
  { placement: 'singleton', state: z.int(), keeps: 'state', about: 'asks the others' },
  Asker,
);

test('a server that keeps state can call others, with options too', async () => {
  await using cluster = await startSimulation({ seed: 1, nodes: 2, app: defineApp({ uses: [echo, asker] }) });
  assert.deepEqual(await cluster.run('n1', (node) => node.server(asker).call('ask')), ['hi from n1', 'ho from n2']);
});

/** As the stores are that a node gets: with private parts. */
class PrivateStore implements Store {
  readonly #rows: Row[][] = [[{ one: 1 }]];
  query = async (): Promise<Row[]> => this.#rows[0]!;
  async batch(): Promise<Row[][]> {
    return this.#rows;
  }
  async reserve(): Promise<number> {
    return this.#rows.length;
  }
  close(): void {}
}

test('a transaction passes through the fence of a server, and is refused when its lease is over', async () => {
  const store = new PrivateStore();
  const node = { store, cache: () => ({}), registry: () => ({}), sequence: () => ({}), server: () => ({}) };
  let over = false;
  const fenced = fence(node as unknown as MusterNode, (what) => (over ? new Error(`${what} is refused`) : undefined));
  assert.deepEqual(await fenced.store.batch([]), [[{ one: 1 }]]);
  over = true;
  await assert.rejects(fenced.store.batch([]), /batch is refused/);
});
