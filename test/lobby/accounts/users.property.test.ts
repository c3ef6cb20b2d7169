/** Many changes of few users on all nodes of a simulated cluster, whose nodes die and come back meanwhile. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { integerBetween, seededRandom } from '../../../src/base/index.ts';
import { Social } from '../../../src/lobby/accounts/social.ts';
import { users } from '../../../src/lobby/accounts/user-record.ts';
import { Users } from '../../../src/lobby/accounts/users.ts';
import type { PeopleChange } from '../../../src/lobby/index.ts';
import { Moderation } from '../../../src/lobby/moderation/moderation.ts';
import { LobbyStore } from '../../../src/lobby/store/lobby-store.ts';
import type { Row, SqlValue, Statement, Store } from '../../../src/ports/index.ts';
import type { MusterNode } from '../../../src/services/index.ts';
import { memoryStore, PASSWORD, SimulatedLobby } from '../simulated-lobby.ts';

const SEEDS = 12;
const STEPS = 150;
const NODES = ['n1', 'n2', 'n3', 'n4'];
const NAMES = ['Alice', 'Bob', 'Carol', 'Dora'];
const CHANGES: readonly PeopleChange[] = ['request', 'accept', 'decline', 'unfriend', 'ignore', 'unignore'];

/** Does at once what it is asked, and holds the answers until they are released. */
class HoldingStore implements Store {
  isHolding = false;
  readonly #store = memoryStore();
  readonly #held: (() => void)[] = [];

  query(sql: string, parameters?: readonly SqlValue[]): Promise<Row[]> {
    return this.#answer(this.#store.query(sql, parameters));
  }

  batch(statements: readonly Statement[]): Promise<Row[][]> {
    return this.#answer(this.#store.batch(statements));
  }

  reserve(name: string, count: number): Promise<number> {
    return this.#store.reserve(name, count);
  }

  close(): void {
    this.#store.close();
  }

  /** Lets up to `count` answers go, picked by `pick`. */
  release(count: number, pick: (below: number) => number): void {
    for (let left = count; left > 0 && this.#held.length > 0; left--) {
      const [release] = this.#held.splice(pick(this.#held.length), 1);
      release!();
    }
  }

  async #answer<T>(work: Promise<T>): Promise<T> {
    const rows = await work;
    if (this.isHolding) await new Promise<void>((resolve) => this.#held.push(resolve));
    return rows;
  }
}

async function randomChange(node: MusterNode, pick: (below: number) => number): Promise<void> {
  const store = new LobbyStore(() => node.store);
  const known = new Users(node, store);
  const userId = 1 + pick(NAMES.length);
  const kind = CHANGES[pick(CHANGES.length + 1)];
  if (kind !== undefined) return new Social(node, store, known).change(kind, userId, NAMES[pick(NAMES.length)]!);
  const imposition = { userId, restrictions: ['Accolades'], reason: 'x', by: null, forMs: null } as const;
  const moderation = new Moderation(node, store, known);
  await moderation.lift(await moderation.impose(imposition), null);
}

describe('the cache of users', () => {
  it('is the same on all nodes and as the store has it, when changes, deaths of nodes and slow answers are over', async () => {
    let compared = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const random = seededRandom(seed);
      const pick = (below: number): number => integerBetween(random, 0, below - 1);
      const store = new HoldingStore();
      await using lobby = await SimulatedLobby.start({ seed, nodes: NODES.length, store });
      for (const name of NAMES) await lobby.on('n1', (one) => one.register({ name, passwordHash: PASSWORD }));

      store.isHolding = true;
      let down: string | undefined;
      for (let step = 0; step < STEPS; step++) {
        const id = NODES[pick(NODES.length)]!;
        // On a node that is down, or dies meanwhile, it is refused or never answered.
        if (id !== down) lobby.cluster.run(id, (node) => randomChange(node, pick)).catch(() => {});
        if (pick(15) === 0 && down === undefined) {
          down = NODES[pick(NODES.length)]!;
          await lobby.cluster.kill(down);
        } else if (pick(10) === 0 && down !== undefined) {
          store.isHolding = false;
          store.release(Number.MAX_SAFE_INTEGER, pick);
          await lobby.cluster.restart(down);
          down = undefined;
          store.isHolding = true;
        }
        store.release(pick(12), pick);
        await lobby.cluster.advance(pick(4));
      }
      store.isHolding = false;
      store.release(Number.MAX_SAFE_INTEGER, pick);
      if (down !== undefined) await lobby.cluster.restart(down);
      await lobby.cluster.settled();
      await lobby.cluster.advance(40_000);

      const friends = await store.query('SELECT account_id AS a, friend_id AS b FROM friends');
      const pairs = new Set(friends.map(({ a, b }) => `${a} ${b}`));
      for (const { a, b } of friends)
        assert.ok(pairs.has(`${b} ${a}`), `seed ${seed}: ${a} has a friend who has not him`);
      // Before anything is loaded anew.
      const cached: { id: string; userId: number; record: unknown }[] = [];
      for (const id of NODES) {
        await lobby.cluster.run(id, (node) => {
          for (const [userId, record] of node.cache(users).entries()) cached.push({ id, userId, record });
        });
      }
      await lobby.cluster.run('n1', async (node) => {
        const known = new Users(node, new LobbyStore(() => node.store));
        for (const { id, userId, record } of cached) {
          assert.deepEqual(record, await known.refresh(userId), `seed ${seed}: user ${userId} on ${id}`);
        }
      });
      compared += cached.length;
    }
    assert.ok(compared > SEEDS * NODES.length, `only ${compared} users were compared`);
  });
});
