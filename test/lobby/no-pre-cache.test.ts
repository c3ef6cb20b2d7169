/**
 * Nothing is cached in advance: what a node reads of the store when it starts does not grow with what is in there. Two nodes that
 * fill their caches from the store when they start take longer the more there is, and may come to hold different things.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Row, Store } from '../../src/ports/index.ts';
import { memoryStore, SimulatedLobby } from './simulated-lobby.ts';

const ACCOUNTS = 5_000;
/** Rows that a start may read, for each node: what is there once for all, such as migrations and settings. */
const FEW = 200;

/** Tells of every row that is read. */
function watched(store: Store, read: (rows: readonly Row[]) => void): Store {
  return {
    query: async (sql, parameters) => {
      const rows = await store.query(sql, parameters);
      read(rows);
      return rows;
    },
    batch: async (statements) => {
      const all = await store.batch(statements);
      all.forEach(read);
      return all;
    },
    reserve: (name, count) => store.reserve(name, count),
    close: () => store.close(),
  };
}

test('no pre-cache: with five thousand accounts a starting node reads few rows, and one of them when it logs in', async () => {
  const store = memoryStore();
  const rows: Row[] = [];
  {
    await using lobby = await SimulatedLobby.start({ nodes: 1, store: keptOpen(store) });
    await lobby.client('somebody', 'n1');
  }
  await store.query(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ACCOUNTS})
     INSERT INTO accounts (name, salt, hash, cost, spring_id, created_at)
     SELECT 'account' || i, salt, hash, cost, 1000000 + i, created_at FROM n, accounts WHERE name = 'somebody'`,
  );
  await using lobby = await SimulatedLobby.start({ nodes: 2, store: watched(store, (read) => rows.push(...read)) });
  const added = await lobby.cluster.add();
  assert.ok(rows.length < 3 * FEW, `${rows.length} rows were read`);
  const before = rows.length;
  const client = await lobby.client('account4711', added);
  assert.ok(client.sees().includes('account4711'));
  const namesRead = new Set(rows.slice(before).flatMap(({ name }) => (typeof name === 'string' ? [name] : [])));
  assert.ok(namesRead.has('account4711'), 'the watch sees what is read');
  assert.ok(![...namesRead].some((name) => name.startsWith('account') && name !== 'account4711'));
});

/** For a first cluster that ends while a second is to find what it wrote. */
function keptOpen(store: Store): Store {
  return { ...store, close: () => {} };
}
