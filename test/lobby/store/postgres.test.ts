/** The same tables and the same queries on PostgreSQL, in this process through PGlite. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { People } from '../../../src/lobby/accounts/people.ts';
import { AutomodRecords } from '../../../src/lobby/bots/automod/records.ts';
import { AutomodRules } from '../../../src/lobby/bots/automod/rules.ts';
import { writeBegin, writeEnd, writeResult } from '../../../src/lobby/matches/rows.ts';
import type { Match } from '../../../src/lobby/matches/state.ts';
import { LobbyRefused, type RefusalCode } from '../../../src/lobby/refusal.ts';
import { LobbyStore } from '../../../src/lobby/store/lobby-store.ts';
import { MIGRATIONS } from '../../../src/lobby/store/migrations.ts';
import type { Row, Store } from '../../../src/ports/index.ts';
import type { MusterNode } from '../../../src/services/index.ts';
import { loneNode } from '../../support/lone-node.ts';

const PASSWORD = 'X03MO1qnZdYdgyfeuILPmQ==';

interface Postgres {
  readonly store: Store;
  close(): Promise<void>;
}

/** Why PostgreSQL cannot be had here, or the store on it. */
async function openPostgres(): Promise<Postgres | string> {
  try {
    const { PGlite } = await import('@electric-sql/pglite');
    const postgres = await PGlite.create();
    const store: Store = {
      dialect: 'postgres',
      query: async (sql, parameters = []) => (await postgres.query<Row>(sql, [...parameters])).rows,
      batch: (statements) =>
        postgres.transaction(async (transaction) => {
          const rows: Row[][] = [];
          for (const { sql, parameters } of statements) {
            rows.push((await transaction.query<Row>(sql, [...parameters])).rows);
          }
          return rows;
        }),
      reserve: () => Promise.reject(new Error('not used here')),
      close: () => {},
    };
    return { store, close: () => postgres.close() };
  } catch (error) {
    return `PGlite does not load: ${error}`;
  }
}

const opened = await openPostgres();

describe('on PostgreSQL', { skip: typeof opened === 'string' ? opened : false }, () => {
  const { store: postgres, close } = opened as Postgres;
  const store = new LobbyStore(() => postgres);
  const node = loneNode();
  const people = new People(node, store);
  const { accounts, users, social, moderation } = people;
  const ids = new Map<string, number>();

  const refused = (reason: RefusalCode) => (error: unknown) => error instanceof LobbyRefused && error.reason === reason;

  before(async () => {
    for (const name of ['Alice', 'Bob', 'Carol']) {
      await accounts.register({ name, passwordHash: PASSWORD, email: `${name}@x.y` });
      ids.set(name, (await users.named(name)).userId);
    }
  });
  after(close);

  it('every migration runs, once, and leaves every table', async () => {
    const done = await postgres.query('SELECT name FROM lobby_migrations ORDER BY name');
    assert.deepEqual(
      done.map(({ name }) => name),
      MIGRATIONS.map(({ name }) => name).sort(),
    );
    await new LobbyStore(() => postgres).prepare();
    const tables = await postgres.query(
      "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name <> 'lobby_migrations'",
    );
    assert.ok(tables.length >= 23, `${tables.length} tables`);
  });

  it('accounts: names without case and emails are unique, passwords and roles come back as they were stored', async () => {
    await assert.rejects(accounts.register({ name: 'ALICE', passwordHash: PASSWORD }), refused('NameTaken'));
    await assert.rejects(
      accounts.register({ name: 'Dora', passwordHash: PASSWORD, email: 'bob@x.y' }),
      refused('EmailTaken'),
    );
    await accounts.setRoles('Alice', { moderator: true });
    const request = { name: 'Alice', passwordHash: PASSWORD, ip: '10.0.0.1', client: 'test', lobbyHash: '7 f' };
    const account = await accounts.authenticate(request);
    assert.deepEqual([account.name, account.moderator, account.bot, account.version], ['Alice', true, false, 1]);
    await accounts.noteLogin(account, request);
    assert.equal(await accounts.lobbyHashOf(account.id), '7 f');
    await assert.rejects(accounts.authenticate({ ...request, passwordHash: 'x' }), refused('WrongPassword'));
  });

  it('accounts: a rename keeps to names that are free and to its wait', async () => {
    const carol = ids.get('Carol')!;
    await assert.rejects(accounts.rename(carol, 'bob', 1_000), refused('NameTaken'));
    await accounts.rename(carol, 'Caroline', 1_000);
    await assert.rejects(accounts.rename(carol, 'Carola', 1_000), refused('TooSoon'));
    node.passes(1_000);
    await accounts.rename(carol, 'Carol', 1_000);
    assert.equal((await users.named('carol')).userId, carol);
    await assert.rejects(users.named('Caroline'), refused('NoSuchUser'));
    await accounts.changeEmail(carol, 'c@x.y');
    await accounts.changePassword(carol, PASSWORD, 'other');
  });

  it('friends: a request, its acceptance from both sides, the end; ignores', async () => {
    const [alice, bob] = [ids.get('Alice')!, ids.get('Bob')!];
    await social.change('request', alice, 'Bob');
    assert.deepEqual(await social.names(bob, 'requests'), ['Alice']);
    await social.change('accept', bob, 'Alice');
    assert.deepEqual([await social.names(alice, 'friends'), await social.names(bob, 'friends')], [['Bob'], ['Alice']]);
    assert.deepEqual((await users.get(bob)).requests, []);
    await social.change('unfriend', alice, 'Bob');
    await social.change('ignore', alice, 'Bob');
    await social.change('ignore', alice, 'Bob');
    assert.deepEqual([await social.names(bob, 'friends'), await social.names(alice, 'ignored')], [[], ['Bob']]);
    await social.change('unignore', alice, 'Bob');
    assert.deepEqual((await users.get(alice)).ignored, []);
  });

  it('moderation: an action holds until it expires or is lifted; reports and deeds are written down', async () => {
    const bob = ids.get('Bob')!;
    const impose = { userId: bob, reason: 'rude', by: ids.get('Alice')! };
    const mute = await moderation.impose({ ...impose, restrictions: ['All chat'], forMs: 5_000 });
    const ban = await moderation.impose({ ...impose, restrictions: ['Login', 'Community'], forMs: null });
    await moderation.acknowledge(bob);
    assert.deepEqual(
      (await moderation.actionsOf(bob)).map(({ actionId, acknowledged, until }) => [
        actionId,
        acknowledged,
        until === null,
      ]),
      [
        [mute, true, false],
        [ban, true, true],
      ],
    );
    node.passes(5_000);
    assert.deepEqual(
      (await moderation.restrictionsOf(bob)).map(({ name }) => name),
      ['Login', 'Community'],
    );
    assert.deepEqual([await moderation.lift(ban, null), await moderation.lift(ban, null)], [true, false]);
    await moderation.report({ reporterId: null, targetId: bob, location: 'x', locationId: null, reason: 'y' });
    const log = await store.run(store.db.selectFrom('audit_log').select('action').orderBy('id'));
    assert.deepEqual(
      log.map(({ action }) => action),
      ['impose', 'impose', 'lift', 'report'],
    );
  });

  it('automod, with a store of its own: rules, and what is known of computers', async () => {
    const withStore = { ...node, store: postgres } as MusterNode;
    const bob = ids.get('Bob')!;
    const rules = new AutomodRules(withStore);
    const id = await rules.add('hardware', 'abc', 'known cheater', null);
    assert.equal(await rules.add('hardware', 'abc', 'again', null), id);
    assert.equal(await rules.setEnabled(id, false, null), true);
    const shown = { id, kind: 'hardware', value: 'abc', reason: 'again', enabled: false };
    assert.deepEqual(await rules.list(), [shown]);
    const records = new AutomodRecords(withStore);
    for (let twice = 0; twice < 2; twice++) await records.keepHardware(bob, { 'hardware:cpuinfo': 'xyz' });
    const kept = await store.run(store.db.selectFrom('account_stats').selectAll().where('account_id', '=', bob));
    assert.deepEqual(kept, [{ account_id: bob, name: 'hardware:cpuinfo', value: 'xyz' }]);
  });

  it('matches: begin, result and end are written once each; a uuid that is taken writes nothing', async () => {
    const [alice, bob] = [ids.get('Alice')!, ids.get('Bob')!];
    const players = [alice, bob].map((userId, ally) => ({ userId, ally }));
    const match: Match = {
      ...{ matchId: 7, uuid: 'one', lobbyId: 1, founder: alice, title: 't', mapName: 'm', gameName: 'g' },
      ...{ engineVersion: 'e', queueId: null, startedAt: 1_796_000_000_000, players, finishedAt: 1_796_000_700_000 },
      ...{ winner: 1, endData: '{}', todo: ['begin'], tellings: 0 },
    };
    for (let twice = 0; twice < 2; twice++) {
      assert.equal(await writeBegin(store, match), true);
      await writeResult(store, match);
      await writeEnd(store, match);
    }
    assert.equal(await writeBegin(store, { ...match, matchId: 8 }), false);
    const rows = await store.run(store.db.selectFrom('matches').select(['id', 'winner', 'finished_at']));
    assert.deepEqual(rows, [{ id: 7, winner: 1, finished_at: match.finishedAt }]);
    const minutes = await store.run(
      store.db.selectFrom('accounts').select('ingame_minutes').where('id', 'in', [alice, bob]),
    );
    assert.deepEqual(minutes, [{ ingame_minutes: 12 }, { ingame_minutes: 12 }]);
  });

  it('several queries are one transaction: when one fails none has happened', async () => {
    const row = { account_id: 1, name: 'figure', value: '1' };
    const insert = store.db.insertInto('account_stats').values(row);
    await assert.rejects(store.transact([insert, insert]));
    assert.deepEqual(
      await store.run(store.db.selectFrom('account_stats').selectAll().where('name', '=', 'figure')),
      [],
    );
    await store.transact([insert]);
    assert.deepEqual(await store.run(store.db.selectFrom('account_stats').selectAll().where('name', '=', 'figure')), [
      row,
    ]);
  });
});
