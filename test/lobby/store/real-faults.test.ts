/** Real faults of a real data file: a full disk, a lock that somebody else holds, a store that is gone. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Database from 'libsql';
import { People } from '../../../src/lobby/accounts/people.ts';
import { LobbyStore } from '../../../src/lobby/store/lobby-store.ts';
import type { Store } from '../../../src/ports/index.ts';
import { openStore, prepareStore } from '../../../src/transports/threads/index.ts';
import { loneNode } from '../../support/lone-node.ts';
import { PASSWORD } from '../simulated-lobby.ts';

describe('a data file', () => {
  let folder: string;
  let files = 0;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'muster-faults-'));
  });
  after(() => rm(folder, { recursive: true }));

  /** Alice, Bob and all their tables in a new file. */
  async function withPeople(act: (people: People, store: Store, path: string) => Promise<void>): Promise<void> {
    files += 1;
    const path = join(folder, `${files}.db`);
    const prepared = await prepareStore({ kind: 'file', path });
    const store = openStore({ kind: 'file', path });
    const people = new People(loneNode(), new LobbyStore(() => store));
    for (const name of ['Alice', 'Bob']) await people.accounts.register({ name, passwordHash: PASSWORD });
    try {
      await act(people, store, path);
    } finally {
      store.close();
      prepared.close();
    }
  }

  const count = async (store: Store, table: string) => (await store.query(`SELECT count(*) AS n FROM ${table}`))[0]!.n;
  const mute = (people: People) =>
    people.moderation.impose({
      userId: 1,
      restrictions: ['All chat'],
      reason: 'x'.repeat(1_000),
      by: null,
      forMs: null,
    });

  it('that is full takes actions and their audit rows together until there is no room, and again when there is', async () => {
    await withPeople(async (people, store) => {
      const [{ page_count: pages }] = (await store.query('PRAGMA page_count')) as [{ page_count: number }];
      await store.query(`PRAGMA max_page_count = ${pages + 4}`);
      let imposed = 0;
      const fill = async (): Promise<void> => {
        for (; imposed < 1_000; imposed++) await mute(people);
      };
      await assert.rejects(fill(), { code: 'StoreFailed', message: /full/ });
      assert.ok(imposed > 0);
      assert.deepEqual([await count(store, 'moderation_actions'), await count(store, 'audit_log')], [imposed, imposed]);
      await store.query('PRAGMA max_page_count = 100000');
      await mute(people);
      assert.equal(await count(store, 'audit_log'), imposed + 1);
    });
  });

  it('that somebody else has locked refuses changes, answers reads, and takes the change afterwards', async () => {
    await withPeople(async (people, store, path) => {
      await store.query('PRAGMA busy_timeout = 20');
      const other = new Database(path);
      other.exec('BEGIN IMMEDIATE');
      await assert.rejects(people.social.change('request', 1, 'Bob'), { code: 'StoreFailed', message: /locked/ });
      assert.deepEqual(await people.social.names(2, 'requests'), []);
      other.exec('ROLLBACK');
      other.close();
      await people.social.change('request', 1, 'Bob');
      assert.deepEqual(await people.social.names(2, 'requests'), ['Alice']);
    });
  });

  it('whose connection is gone fails every request, and none hangs', async () => {
    await withPeople(async (_people, _store, path) => {
      const store = openStore({ kind: 'file', path });
      const people = new People(loneNode(), new LobbyStore(() => store));
      await people.users.named('Alice');
      store.close();
      const request = { name: 'Alice', passwordHash: PASSWORD, ip: '10.0.0.1', client: 'test' };
      const failed = { code: 'StoreFailed', message: /closed/ };
      await assert.rejects(people.accounts.authenticate(request), failed);
      await assert.rejects(people.accounts.register({ name: 'Carol', passwordHash: PASSWORD }), failed);
      await assert.rejects(people.social.names(1, 'friends'), failed);
      await assert.rejects(mute(people), failed);
    });
  });
});
