/** A lobby whose store fails: what is refused, what is left behind (nothing by halves), and that it goes on afterwards. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LobbyRefused, type RefusalCode } from '../../../src/lobby/index.ts';
import { Moderation } from '../../../src/lobby/moderation/moderation.ts';
import { FrailStore, type Frailty } from '../../support/frail-store.ts';
import { memoryStore, PASSWORD, SimulatedLobby } from '../simulated-lobby.ts';

const refused =
  (reason: RefusalCode, text = /./) =>
  (error: unknown) =>
    error instanceof LobbyRefused && error.reason === reason && text.test(error.message);

const LOGIN = { name: 'Alice', passwordHash: PASSWORD, ip: '10.0.0.1', client: 'test' };
const OUT_OF_REACH = refused('Unavailable', /^The .* failed, please try again \(the account store cannot be reached\)/);

async function start() {
  const store = new FrailStore(memoryStore());
  return { store, lobby: await SimulatedLobby.start({ store }) };
}

/** Makes the store frail while `act` runs. */
async function under<T>(store: FrailStore, frailty: Frailty, act: () => Promise<T>): Promise<T> {
  store.frailty = frailty;
  try {
    return await act();
  } finally {
    store.frailty = 'none';
  }
}

describe('a failing store', () => {
  for (const frailty of ['out of reach', 'full'] as const) {
    it(`${frailty}: logins and registrations are refused with a clear line, leave nothing behind, and work again later`, async () => {
      const { store, lobby } = await start();
      await using _ = lobby;
      await lobby.on('n1', (one) => one.register({ name: 'Alice', passwordHash: PASSWORD }));
      await under(store, frailty, async () => {
        for (const node of ['n1', 'n2', 'n3']) {
          await assert.rejects(
            lobby.on(node, (one) => one.login(LOGIN)),
            OUT_OF_REACH,
          );
          await assert.rejects(
            lobby.on(node, (one) => one.register({ name: 'Bob', passwordHash: PASSWORD })),
            OUT_OF_REACH,
          );
        }
      });
      for (const node of ['n1', 'n2', 'n3']) assert.equal(lobby.lobby(node).sessions, 0);
      assert.deepEqual(await store.query('SELECT name, last_login_at FROM accounts'), [
        { name: 'Alice', last_login_at: null },
      ]);
      const bob = await lobby.client('Bob', 'n2');
      await lobby.client('Alice', 'n1');
      await lobby.until('both are there', () => bob.sees().includes('Alice'));
    });
  }

  it('who is logged in goes on talking, and what needs the store is refused, also a look at a list', async () => {
    const { store, lobby } = await start();
    await using _ = lobby;
    const alice = await lobby.client('Alice', 'n1');
    const bob = await lobby.client('Bob', 'n2');
    await under(store, 'out of reach', async () => {
      await lobby.as(alice, (session) => session.sayPrivate('Bob', 'still here'));
      await lobby.until('Bob hears it', () => bob.notices().includes('Alice: still here'));
      for (const list of ['friends', 'requests', 'ignored'] as const) {
        await assert.rejects(
          lobby.as(alice, ({ people }) => people.list(list)),
          OUT_OF_REACH,
        );
      }
      await assert.rejects(
        lobby.as(alice, ({ people }) => people.change('ignore', 'Bob')),
        refused('Unavailable'),
      );
      await assert.rejects(
        lobby.as(alice, ({ account }) => account.rename('Alicia')),
        refused('Unavailable'),
      );
    });
    assert.deepEqual(alice.ends, []);
  });

  it('an acceptance of friendship that fails at any of its statements has not happened, and can be repeated', async () => {
    const { store, lobby } = await start();
    await using _ = lobby;
    const alice = await lobby.client('Alice', 'n1');
    const bob = await lobby.client('Bob', 'n2');
    await lobby.as(alice, ({ people }) => people.change('request', 'Bob'));
    const accept = () => lobby.as(bob, ({ people }) => people.change('accept', 'Alice'));
    const STATEMENTS = 6;
    for (let statement = 0; statement < STATEMENTS; statement++) {
      await assert.rejects(under(store, { statement }, accept), refused('Unavailable'));
      assert.deepEqual(await store.query('SELECT * FROM friends'), []);
      assert.equal((await store.query('SELECT * FROM friend_requests')).length, 1);
    }
    await under(store, { statement: STATEMENTS }, accept);
    assert.equal((await store.query('SELECT * FROM friends')).length, 2);
    assert.deepEqual(await store.query('SELECT * FROM friend_requests'), []);
    await lobby.until('Alice is told', () => alice.lists.includes('friends: Bob'));
  });

  it('an action is stored together with its row in the audit log, or not at all', async () => {
    const { store, lobby } = await start();
    await using _ = lobby;
    await lobby.client('Alice', 'n1');
    const impose = () =>
      lobby.cluster.run('n2', async (node) => {
        const action = { userId: 1, restrictions: ['All chat'], reason: 'rude', by: null, forMs: null } as const;
        await new Moderation(node).impose(action);
      });
    const rows = async () => [
      (await store.query('SELECT * FROM moderation_actions')).length,
      (await store.query('SELECT * FROM audit_log')).length,
    ];
    for (let statement = 0; statement < 3; statement++) {
      await assert.rejects(under(store, { statement }, impose), { code: 'StoreFailed' });
      assert.deepEqual(await rows(), [0, 0]);
    }
    await impose();
    assert.deepEqual(await rows(), [1, 1]);
  });

  it('a change whose answer is lost was made: it holds soon, for who is online too', async () => {
    const { store, lobby } = await start();
    await using _ = lobby;
    const alice = await lobby.client('Alice', 'n1');
    const bob = await lobby.client('Bob', 'n2');
    const ignore = () => lobby.as(alice, ({ people }) => people.change('ignore', 'Bob'));
    await assert.rejects(under(store, 'answers are lost', ignore), refused('Unavailable'));
    await lobby.until('Alice is told', () => alice.lists.includes('ignored: Bob'));
    await lobby.as(bob, (session) => session.sayPrivate('Alice', 'psst'));
    await lobby.cluster.advance(1_000);
    assert.deepEqual(alice.notices(), []);
  });

  it('a node that dies between the store and the cache leaves a change that holds from the next login on', async () => {
    const { store, lobby } = await start();
    await using _ = lobby;
    const alice = await lobby.client('Alice', 'n1');
    await lobby.as(alice, (session) => session.end());
    // As the dead node left it: the store has the ban, the cache of the others does not.
    await store.query(
      `INSERT INTO moderation_actions (account_id, restrictions, reason, created_at) VALUES (1, '["Login"]', 'rude', 0)`,
    );
    await store.query('UPDATE accounts SET version = version + 1 WHERE id = 1');
    await assert.rejects(
      lobby.on('n2', (one) => one.login(LOGIN)),
      refused('Restricted', /^You are banned: rude$/),
    );
  });
});
