/** How the tables come to be in files of SQLite: empty ones, old ones, and ones that several nodes open at once. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { People } from '../../../src/lobby/accounts/people.ts';
import { LobbyStore } from '../../../src/lobby/store/lobby-store.ts';
import { MIGRATIONS } from '../../../src/lobby/store/migrations.ts';
import type { Store } from '../../../src/ports/index.ts';
import { openStore, prepareStore } from '../../../src/transports/threads/index.ts';
import { loneNode } from '../../support/lone-node.ts';
import { PASSWORD } from '../simulated-lobby.ts';

/** What the first release made. */
const FIRST_RELEASE = [
  `CREATE TABLE IF NOT EXISTS accounts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    email TEXT,
    salt BLOB NOT NULL,
    hash BLOB NOT NULL,
    cost INTEGER NOT NULL,
    spring_id INTEGER NOT NULL,
    ingame_minutes INTEGER NOT NULL DEFAULT 0,
    moderator INTEGER NOT NULL DEFAULT 0,
    bot INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
  )`,
  'CREATE UNIQUE INDEX IF NOT EXISTS accounts_by_name ON accounts (name COLLATE NOCASE)',
  'CREATE UNIQUE INDEX IF NOT EXISTS accounts_by_email ON accounts (email)',
  'CREATE UNIQUE INDEX IF NOT EXISTS accounts_by_spring_id ON accounts (spring_id)',
];

const REQUEST = { name: 'Alice', passwordHash: PASSWORD, ip: '10.0.0.1', client: 'test' };

describe('migrations', () => {
  let folder: string;
  let files = 0;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'muster-migrations-'));
  });
  after(() => rm(folder, { recursive: true }));

  /** Runs `act` with as many connections to one new file as it wants. */
  async function withFile(act: (open: () => Store) => Promise<void>): Promise<void> {
    files += 1;
    const location = { kind: 'file', path: join(folder, `${files}.db`) } as const;
    const prepared = await prepareStore(location);
    const opened: Store[] = [];
    const open = (): Store => {
      opened.push(openStore(location));
      return opened.at(-1)!;
    };
    try {
      await act(open);
    } finally {
      for (const store of opened) store.close();
      prepared.close();
    }
  }

  const names = async (store: Store) =>
    (await store.query('SELECT name FROM lobby_migrations ORDER BY name')).map(({ name }) => name);
  const all = MIGRATIONS.map(({ name }) => name).sort();

  it('run from an empty file, and change nothing when they run again', async () => {
    await withFile(async (open) => {
      const store = open();
      await new LobbyStore(() => store).prepare();
      assert.deepEqual(await names(store), all);
      const schema = await store.query('SELECT sql FROM sqlite_master ORDER BY name');
      await new LobbyStore(() => open()).prepare();
      assert.deepEqual(await store.query('SELECT sql FROM sqlite_master ORDER BY name'), schema);
      assert.equal(new Set(all).size, all.length);
    });
  });

  it('a file of the first release keeps its accounts: they log in, and the names are compared as before', async () => {
    await withFile(async (open) => {
      const store = open();
      for (const sql of FIRST_RELEASE) await store.query(sql);
      const node = loneNode();
      const salt = Uint8Array.of(1, 2, 3);
      const hash = await node.compute.deriveKey(PASSWORD, salt, 4);
      await store.query(
        'INSERT INTO accounts (id, name, email, salt, hash, cost, spring_id, ingame_minutes, moderator, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        [7, 'Alice', 'a@x.y', salt, hash, 4, 70, 900, 1, 12_345],
      );
      const { accounts, users } = new People(node, new LobbyStore(() => store));
      const account = await accounts.authenticate(REQUEST);
      const { id, springId, rank, moderator, verified } = account;
      assert.deepEqual(
        { id, springId, rank, moderator, verified },
        { id: 7, springId: 70, rank: 2, moderator: true, verified: true },
      );
      assert.equal((await users.named('aLICE')).userId, 7);
      await assert.rejects(accounts.register({ name: 'ALICE', passwordHash: PASSWORD }), { reason: 'NameTaken' });
      await assert.rejects(accounts.register({ name: 'Bob', email: 'A@x.y', passwordHash: PASSWORD }), {
        reason: 'EmailTaken',
      });
      await accounts.noteLogin(account, REQUEST);
      assert.deepEqual(await names(store), all);
      assert.deepEqual(await store.query("SELECT name FROM sqlite_master WHERE name = 'accounts_by_name'"), []);
    });
  });

  it('two nodes, and ten, that start on one file at the same time take each step once', async () => {
    for (const nodes of [2, 10]) {
      await withFile(async (open) => {
        const stores = Array.from({ length: nodes }, open);
        await Promise.all(stores.map((store) => new LobbyStore(() => store).prepare()));
        assert.deepEqual(await names(stores[0]!), all);
      });
    }
  });

  it('a step that fails in the middle leaves nothing of itself and is taken at the next use', async () => {
    await withFile(async (open) => {
      const store = open();
      let broken = true;
      const fragile: Store = {
        ...store,
        query: (sql, parameters) => store.query(sql, parameters),
        batch: (statements) =>
          store.batch(broken ? [...statements.slice(0, 3), { sql: 'NONSENSE', parameters: [] }] : statements),
      };
      const lobby = new LobbyStore(() => fragile);
      await assert.rejects(lobby.prepare(), { code: 'StoreFailed' });
      assert.deepEqual(await names(store), []);
      assert.deepEqual(await store.query("SELECT name FROM sqlite_master WHERE name LIKE 'accounts%'"), []);
      broken = false;
      assert.deepEqual(await lobby.run(lobby.db.selectFrom('accounts').selectAll()), []);
      assert.deepEqual(await names(store), all);
    });
  });
});
