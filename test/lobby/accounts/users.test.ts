/** The cache of users: filled on access, once for all nodes, and never behind the store for long. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deferred } from '../../../src/base/index.ts';
import { Social } from '../../../src/lobby/accounts/social.ts';
import { userIds, users } from '../../../src/lobby/accounts/user-record.ts';
import { Users } from '../../../src/lobby/accounts/users.ts';
import { LobbyStore } from '../../../src/lobby/store/lobby-store.ts';
import type { Store } from '../../../src/ports/index.ts';
import type { MusterNode } from '../../../src/services/index.ts';
import { memoryStore, PASSWORD, SimulatedLobby } from '../simulated-lobby.ts';

const NODES = ['n1', 'n2', 'n3'];

function parts(node: MusterNode) {
  const store = new LobbyStore(() => node.store);
  const known = new Users(node, store);
  return { users: known, social: new Social(node, store, known) };
}

/** Runs on a node in its own turn. */
async function on<T>(
  lobby: SimulatedLobby,
  id: string,
  act: (of: ReturnType<typeof parts>, node: MusterNode) => Promise<T>,
) {
  let result: { value: T } | undefined;
  await lobby.cluster.run(id, async (node) => {
    result = { value: await act(parts(node), node) };
  });
  return result!.value;
}

async function withUsers(store: Store = memoryStore()): Promise<SimulatedLobby> {
  const lobby = await SimulatedLobby.start({ store });
  for (const name of ['Alice', 'Bob']) await lobby.on('n1', (one) => one.register({ name, passwordHash: PASSWORD }));
  return lobby;
}

describe('users', () => {
  it('one that all nodes ask for at the same time is loaded once, and is then on every node', async () => {
    const store = memoryStore();
    let loads = 0;
    const counting: Store = {
      ...store,
      query: (sql, parameters) => {
        if (/select "spring_id", "name"/.test(sql)) loads += 1;
        return store.query(sql, parameters);
      },
    };
    await using lobby = await withUsers(counting);
    const found = await Promise.all([...NODES, ...NODES].map((id) => on(lobby, id, ({ users }) => users.get(1))));
    assert.deepEqual(new Set(found.map(({ name }) => name)), new Set(['Alice']));
    assert.equal(loads, 1);
    for (const id of NODES) assert.equal(await on(lobby, id, async ({ users }) => users.peek(1)?.name), 'Alice');
  });

  it('a load that began before a change, and ends after it, does not undo it', async () => {
    const store = memoryStore();
    const reading = deferred<void>();
    const release = deferred<void>();
    let isFirst = true;
    const slow: Store = {
      ...store,
      query: async (sql, parameters) => {
        const rows = await store.query(sql, parameters);
        if (isFirst && /from "ignores"/.test(sql)) {
          isFirst = false;
          reading.resolve();
          await release.promise;
        }
        return rows;
      },
    };
    await using lobby = await withUsers(slow);
    const loading = on(lobby, 'n1', ({ users }) => users.get(1));
    await reading.promise;
    const changing = on(lobby, 'n2', async ({ users }) => {
      await store.query('INSERT INTO ignores VALUES (1, 2)');
      await users.change([1], []);
    });
    // Whether the change waits for the load or passes it, it is not lost.
    await lobby.cluster.advance(500);
    release.resolve();
    await Promise.all([loading, changing]);
    for (const id of NODES) {
      assert.deepEqual(await on(lobby, id, async ({ users }) => users.peek(1)?.ignored), [2]);
    }
  });

  it('an older version never takes the place of a newer one', async () => {
    await using lobby = await withUsers();
    await on(lobby, 'n2', ({ social }) => social.change('ignore', 1, 'Bob'));
    await on(lobby, 'n1', async (_parts, node) => {
      const record = node.cache(users).get(1)!;
      await node.cache(users).put(1, { ...record, ignored: [2, 3, 4], version: record.version + 10 });
    });
    const kept = await on(lobby, 'n3', ({ users }) => users.refresh(1));
    assert.deepEqual(kept.ignored, [2, 3, 4]);
  });

  it('a name that still leads to a user who has another one now is corrected', async () => {
    await using lobby = await withUsers();
    const alice = await lobby.client('Alice', 'n1');
    await lobby.as(alice, ({ account }) => account.rename('Alicia'));
    // As a look-up that had read the store before would leave it.
    await on(lobby, 'n2', async (_parts, node) => node.cache(userIds).put('alice', 1));
    await assert.rejects(
      on(lobby, 'n3', ({ users }) => users.named('Alice')),
      { reason: 'NoSuchUser' },
    );
    assert.equal(await on(lobby, 'n1', async (_parts, node) => node.cache(userIds).get('alice')), undefined);
    assert.equal((await on(lobby, 'n3', ({ users }) => users.named('ALICIA'))).userId, 1);
  });

  it('nobody is found under an id or a name that nobody has, on any node, and that is not kept', async () => {
    await using lobby = await withUsers();
    for (const id of NODES) {
      await assert.rejects(
        on(lobby, id, ({ users }) => users.get(99)),
        { reason: 'NoSuchUser' },
      );
      await assert.rejects(
        on(lobby, id, ({ users }) => users.named('Nobody')),
        { reason: 'NoSuchUser' },
      );
    }
    await on(lobby, 'n1', async (_parts, node) => {
      assert.deepEqual([node.cache(users).size, node.cache(userIds).size], [0, 0]);
    });
  });

  it('a node that dies takes no user along, and one that joins has them all', async () => {
    await using lobby = await withUsers();
    await on(lobby, 'n3', ({ social }) => social.change('ignore', 1, 'Bob'));
    await lobby.cluster.kill('n3');
    await lobby.cluster.restart('n3');
    await lobby.cluster.settled();
    for (const id of NODES) {
      assert.deepEqual(await on(lobby, id, async ({ users }) => users.peek(1)?.ignored), [2]);
    }
  });
});
