/** Logins and one's own account in a simulated cluster. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { userIds, users } from '../../../src/lobby/accounts/user-record.ts';
import type { LoginRequest, RefusalCode } from '../../../src/lobby/index.ts';
import { LobbyRefused } from '../../../src/lobby/refusal.ts';
import { memoryStore, PASSWORD, SimulatedLobby } from '../simulated-lobby.ts';

const OTHER = 'Xr4ilOzQ4PCOq3aQ0qbuaQ==';

const refused =
  (reason: RefusalCode, text = /./) =>
  (error: unknown) =>
    error instanceof LobbyRefused && error.reason === reason && text.test(error.message);

const login = (lobby: SimulatedLobby, node: string, over: Partial<LoginRequest> = {}) =>
  lobby.on(node, (one) =>
    one.login({ name: 'Alice', passwordHash: PASSWORD, ip: '10.0.0.1', client: 'test', ...over }),
  );

const register = (lobby: SimulatedLobby, name = 'Alice') =>
  lobby.on('n1', (one) => one.register({ name, passwordHash: PASSWORD, email: `${name}@x.y` }));

describe('logging in', () => {
  it('is refused for the first reason of the order clients know', async () => {
    await using lobby = await SimulatedLobby.start({
      settings: { requireLobbyHash: true, agreement: ['be nice'], agreementCode: '1234' },
    });
    await register(lobby);
    const wrong = { passwordHash: OTHER };
    await assert.rejects(login(lobby, 'n2', { name: 'Nobody' }), refused('NoSuchUser', /No user found for 'Nobody'/));
    await assert.rejects(login(lobby, 'n2', { name: 'ALICE' }), refused('WrongCase', /try 'Alice'/));
    await assert.rejects(login(lobby, 'n2', wrong), refused('NoLobbyHash'));
    await assert.rejects(login(lobby, 'n2', { ...wrong, lobbyHash: '0' }), refused('NoLobbyHash'));
    await assert.rejects(login(lobby, 'n2', { ...wrong, lobbyHash: '7' }), refused('WrongPassword'));
    await assert.rejects(login(lobby, 'n2', { lobbyHash: '7' }), refused('AgreementNeeded'));
    await assert.rejects(login(lobby, 'n2', { lobbyHash: '7', agreementCode: '1' }), refused('WrongCode'));
    await login(lobby, 'n2', { lobbyHash: '7', agreementCode: '1234' });
    await login(lobby, 'n3', { lobbyHash: '7' });
  });

  it('who registered when nothing had to be agreed to need not agree later, and a bot needs no lobby hash', async () => {
    const store = memoryStore();
    {
      await using lobby = await SimulatedLobby.start({ store: { ...store, close: () => {} } });
      await register(lobby);
      await lobby.on('n1', (one) => one.setRoles('Alice', { bot: true }));
    }
    await using lobby = await SimulatedLobby.start({
      store,
      settings: { agreement: ['rules'], requireLobbyHash: true },
    });
    await login(lobby, 'n1');
  });

  it('wrong passwords are counted in the whole cluster, also those given at the same time', async () => {
    await using lobby = await SimulatedLobby.start();
    await register(lobby);
    const nodes = ['n1', 'n2', 'n3'];
    const tries = await Promise.allSettled(nodes.map((node) => login(lobby, node, { passwordHash: OTHER })));
    assert.ok(tries.every((tried) => tried.status === 'rejected' && tried.reason.reason === 'WrongPassword'));
    for (const node of nodes) await assert.rejects(login(lobby, node), refused('TooManyTries'));
    await lobby.cluster.advance(10_001);
    await login(lobby, 'n2');
  });

  it('a hundred guesses sent to a node at once are not a hundred tries', async () => {
    await using lobby = await SimulatedLobby.start();
    await register(lobby);
    const guesses = Array.from({ length: 100 }, () => login(lobby, 'n1', { passwordHash: OTHER }));
    const outcomes = (await Promise.allSettled(guesses)).map((guess) => guess.status === 'rejected' && guess.reason);
    assert.equal(outcomes.filter(refused('WrongPassword')).length, 3);
    assert.equal(outcomes.filter(refused('TooManyTries')).length, 97);
  });

  it('who was thrown out for flooding waits twenty seconds, on every node; a bot does not', async () => {
    await using lobby = await SimulatedLobby.start();
    const alice = await lobby.client('Alice', 'n1');
    const token = await lobby.on('n2', (one) => one.issueToken({ name: 'Alice' }, PASSWORD));
    await lobby.as(alice, (session) => session.end('flood'));
    await lobby.cluster.settled();
    await assert.rejects(login(lobby, 'n2', { token }), refused('TooManyTries', /flooding/));
    for (const node of ['n1', 'n2', 'n3'])
      await assert.rejects(login(lobby, node), refused('TooManyTries', /flooding/));
    await lobby.cluster.advance(20_001);
    await login(lobby, 'n3');
    await lobby.on('n1', (one) => one.setRoles('Alice', { bot: true }));
    const bot = await lobby.client('Alice', 'n1');
    await lobby.as(bot, (session) => session.end('flood'));
    await login(lobby, 'n2');
  });

  it('writes down with what and when it was, and starting a lobby reads no account', async () => {
    const store = memoryStore();
    const asked: string[] = [];
    const watched = {
      ...store,
      query: (sql: string, parameters?: never) => {
        asked.push(sql);
        return store.query(sql, parameters);
      },
    };
    await using lobby = await SimulatedLobby.start({ store: watched });
    const readsAccounts = () => asked.some((sql) => /from "?accounts/i.test(sql));
    assert.equal(readsAccounts(), false);
    await register(lobby);
    await login(lobby, 'n1', { client: 'SPADS v1', lobbyHash: '77 abc' });
    const [row] = await store.query('SELECT lobby_client, lobby_hash, last_login_at FROM accounts');
    assert.equal(readsAccounts(), true);
    assert.deepEqual([row?.lobby_client, row?.lobby_hash], ['SPADS v1', '77 abc']);
    const first = Number(row?.last_login_at);
    assert.ok(first > 0);
    const lastLogin = async () => Number((await store.query('SELECT last_login_at AS at FROM accounts'))[0]?.at);
    await lobby.cluster.advance(10_000);
    await login(lobby, 'n2', { client: 'SPADS v1', lobbyHash: '77 abc' });
    assert.equal(await lastLogin(), first, 'soon, with the same client: not noted again');
    await login(lobby, 'n3', { client: 'SPADS v2', lobbyHash: '77 abc' });
    const second = await lastLogin();
    assert.ok(second > first, 'another client is noted');
    await lobby.cluster.advance(600_001);
    await login(lobby, 'n1', { client: 'SPADS v2', lobbyHash: '77 abc' });
    assert.ok((await lastLogin()) > second, 'later is noted');
  });
});

describe('the own account', () => {
  it('a changed password opens it on every node and the old one does not; a wrong old one changes nothing', async () => {
    await using lobby = await SimulatedLobby.start();
    const alice = await lobby.client('Alice', 'n1');
    const change = (old: string, next: string) => lobby.as(alice, ({ account }) => account.changePassword(old, next));
    await assert.rejects(change(OTHER, OTHER), refused('WrongPassword'));
    await assert.rejects(change(PASSWORD, ''), refused('BadPassword'));
    await change(PASSWORD, OTHER);
    await assert.rejects(login(lobby, 'n2'), refused('WrongPassword'));
    await login(lobby, 'n3', { passwordHash: OTHER });
  });

  it('a renamed user is logged out, is seen to go and to come under the new name, and the old name is free', async () => {
    await using lobby = await SimulatedLobby.start();
    const watcher = await lobby.client('Watcher', 'n2');
    const alice = await lobby.client('Alice', 'n1');
    await lobby.as(watcher, ({ people }) => people.change('ignore', 'Alice'));
    const rename = (name: string) => lobby.as(alice, ({ account }) => account.rename(name));
    await assert.rejects(rename('watcher'), refused('NameTaken'));
    await assert.rejects(rename('a b'), refused('BadName'));
    await rename('Alicia');
    assert.deepEqual(alice.ends, ['renamed']);
    await lobby.until('she is gone', () => !watcher.sees().includes('Alice'));
    await assert.rejects(login(lobby, 'n3'), refused('NoSuchUser'));
    const again = await lobby.client('Alicia', 'n3');
    await lobby.until('she is back', () => watcher.sees().includes('Alicia'));
    assert.deepEqual(
      watcher.told().filter((line) => /Ali/.test(line)),
      ['user-added Alice', 'user-removed Alice', 'user-added Alicia'],
    );
    await assert.rejects(
      lobby.as(again, ({ account }) => account.rename('Alina')),
      refused('TooSoon'),
    );
    const other = await lobby.client('Alice', 'n1');
    assert.notEqual(other.session.user().userId, again.session.user().userId);
    assert.deepEqual(await lobby.as(watcher, ({ people }) => people.list('ignored')), ['Alicia']);
    await lobby.as(watcher, ({ people }) => people.change('request', 'Alice'));
    assert.deepEqual(await lobby.as(other, ({ people }) => people.list('requests')), ['Watcher']);
  });

  it('a look-up by name is kept for users who are there, and for nobody else', async () => {
    await using lobby = await SimulatedLobby.start();
    const watcher = await lobby.client('Watcher', 'n2');
    const ask = () => lobby.as(watcher, ({ people }) => people.change('request', 'ALICE'));
    await assert.rejects(ask(), refused('NoSuchUser'));
    const keys: string[] = [];
    await lobby.cluster.run('n3', (node) => keys.push(...[...node.cache(userIds).entries()].map(([key]) => key)));
    assert.deepEqual(keys, []);
    await register(lobby);
    await ask();
    await lobby.cluster.run('n3', (node) => assert.equal(node.cache(userIds).get('alice'), 2));
  });

  it('two who want the same new name at the same time: one gets it', async () => {
    await using lobby = await SimulatedLobby.start();
    const alice = await lobby.client('Alice', 'n1');
    const bob = await lobby.client('Bob', 'n2');
    const outcomes = await Promise.allSettled(
      [alice, bob].map((client) => lobby.as(client, ({ account }) => account.rename('Zoe'))),
    );
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
    assert.equal(failed.length, 1);
    assert.equal(failed[0]!.reason.reason, 'NameTaken');
  });

  it('an email of somebody else is refused, a new one taken and told with the rest of the account', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ store });
    await register(lobby, 'Bob');
    const alice = await lobby.client('Alice', 'n1');
    const change = (email: string) => lobby.as(alice, ({ account }) => account.changeEmail(email));
    await assert.rejects(change('BOB@x.y'), refused('EmailTaken'));
    await assert.rejects(change('nothing'), refused('BadEmail'));
    await change('Alice@x.y');
    assert.deepEqual(await store.query("SELECT email FROM accounts WHERE name = 'Alice'"), [{ email: 'alice@x.y' }]);
    await store.query("UPDATE accounts SET ingame_minutes = 179 WHERE name = 'Alice'");
    const { registeredAt, ...told } = await lobby.as(alice, ({ account }) => account.info());
    assert.deepEqual(told, { email: 'alice@x.y', hoursInGame: 2 });
    const [row] = await store.query("SELECT created_at FROM accounts WHERE name = 'Alice'");
    assert.equal(registeredAt, row!.created_at);
  });

  it('moderators and bots learn of users online or not; others are refused; a report reaches the store', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ store });
    const alice = await lobby.client('Alice', 'n1', { ip: '10.9.9.9', lobbyHash: '77' });
    await register(lobby, 'Mod');
    await lobby.on('n2', (one) => one.setRoles('Mod', { moderator: true }));
    const mod = await lobby.client('Mod', 'n2');
    const trace = () => lobby.as(mod, (session) => session.trace('alice'));
    const { springId } = alice.session.user();
    assert.deepEqual(await trace(), { name: 'Alice', springId, lobbyHash: '77', ip: '10.9.9.9' });
    await assert.rejects(
      lobby.as(alice, (session) => session.trace('Mod')),
      refused('NotAllowed'),
    );
    await lobby.as(alice, (session) => session.end());
    await lobby.cluster.settled();
    assert.deepEqual(await trace(), { name: 'Alice', springId, lobbyHash: '77', ip: null });
    const report = { name: 'ALICE', location: 'battle', locationId: 3, reason: 'rude' };
    await lobby.as(mod, (session) => session.report(report));
    await assert.rejects(
      lobby.as(mod, (session) => session.report({ ...report, reason: '' })),
      refused('BadValue', /reason/),
    );
    assert.deepEqual(await store.query('SELECT reporter_id, target_id, location_id, reason FROM reports'), [
      { reporter_id: 2, target_id: 1, location_id: 3, reason: 'rude' },
    ]);
  });

  it('two nodes that change one user at the same time lose neither change', async () => {
    await using lobby = await SimulatedLobby.start();
    const alice = await lobby.client('Alice', 'n1');
    await lobby.client('Bob', 'n1');
    const carol = await lobby.client('Carol', 'n2');
    await Promise.all([
      lobby.on('n3', (one) => one.setRoles('Alice', { moderator: true })),
      lobby.as(alice, ({ people }) => people.change('ignore', 'Bob')),
      lobby.as(carol, ({ people }) => people.change('request', 'Alice')),
    ]);
    for (const id of ['n1', 'n2', 'n3']) {
      await lobby.cluster.run(id, (node) => {
        const record = node.cache(users).get(1)!;
        assert.equal(record.moderator, true);
        assert.deepEqual([record.ignored, record.requests], [[2], [3]]);
      });
    }
    assert.deepEqual([...alice.lists].sort(), ['ignored: Bob', 'requests: Carol']);
  });
});
