/** Login tokens and shared secrets, on several nodes with one store. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LobbyRefused, type RefusalCode } from '../../src/lobby/index.ts';
import { memoryStore, PASSWORD, SimulatedLobby } from './simulated-lobby.ts';

function refused(reason: RefusalCode) {
  return (error: unknown): boolean => error instanceof LobbyRefused && error.reason === reason;
}

const LOGIN = { name: '', passwordHash: '', ip: '10.0.0.1', client: 'test' };
const DAY_MS = 24 * 60 * 60_000;

describe('login tokens', () => {
  it('one given on one node opens its account on another, by name or by email, and is not in the store', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ store });
    await lobby.on('n1', (l) => l.register({ name: 'Alice', passwordHash: PASSWORD, email: 'Alice@example.org' }));
    const token = await lobby.on('n1', (l) => l.issueToken({ email: 'alice@EXAMPLE.org' }, PASSWORD));
    const session = await lobby.on('n2', (l) => l.login({ ...LOGIN, token }));
    assert.equal(session.user().name, 'Alice');
    const rows = await store.query('SELECT * FROM login_tokens');
    assert.equal(rows.length, 1);
    assert.ok(!JSON.stringify(rows).includes(token));
  });

  it('a new one ends the one before, everywhere; a month ends it too', async () => {
    await using lobby = await SimulatedLobby.start();
    await lobby.on('n1', (l) => l.register({ name: 'Alice', passwordHash: PASSWORD }));
    const issue = (node: string) => lobby.on(node, (l) => l.issueToken({ name: 'Alice' }, PASSWORD));
    const first = await issue('n1');
    const second = await issue('n2');
    await assert.rejects(
      lobby.on('n1', (l) => l.login({ ...LOGIN, token: first })),
      refused('WrongToken'),
    );
    await lobby.on('n3', (l) => l.login({ ...LOGIN, token: second }));
    const store = memoryStore();
    await using later = await SimulatedLobby.start({ store });
    await later.on('n1', (l) => l.register({ name: 'Alice', passwordHash: PASSWORD }));
    const old = await later.on('n1', (l) => l.issueToken({ name: 'Alice' }, PASSWORD));
    await store.query('UPDATE login_tokens SET expires_at = expires_at - ?', [31 * DAY_MS]);
    await assert.rejects(
      later.on('n1', (l) => l.login({ ...LOGIN, token: old })),
      refused('WrongToken'),
    );
  });

  it('a new password ends it', async () => {
    await using lobby = await SimulatedLobby.start();
    const alice = await lobby.client('Alice', 'n1');
    const token = await lobby.on('n2', (l) => l.issueToken({ name: 'Alice' }, PASSWORD));
    await lobby.as(alice, ({ account }) => account.changePassword(PASSWORD, 'Xr4ilOzQ4PCOq3aQ0qbuaQ=='));
    await assert.rejects(
      lobby.on('n3', (l) => l.login({ ...LOGIN, token })),
      refused('WrongToken'),
    );
  });

  it('what a login must say and agree to holds with one too', async () => {
    await using lobby = await SimulatedLobby.start({ settings: { requireLobbyHash: true, agreement: 'be nice' } });
    await lobby.on('n1', (l) => l.register({ name: 'Alice', passwordHash: PASSWORD }));
    const token = await lobby.on('n1', (l) => l.issueToken({ name: 'Alice' }, PASSWORD));
    const login = (more: { lobbyHash?: string; agreementCode?: string }) =>
      lobby.on('n1', (l) => l.login({ ...LOGIN, token, ...more }));
    await assert.rejects(login({}), refused('NoLobbyHash'));
    await assert.rejects(login({ lobbyHash: 'abc' }), refused('AgreementNeeded'));
    assert.equal((await login({ lobbyHash: 'abc', agreementCode: '' })).user().name, 'Alice');
  });

  it('none is given for a wrong password or an unknown account, and nonsense opens nothing', async () => {
    await using lobby = await SimulatedLobby.start();
    await lobby.on('n1', (l) => l.register({ name: 'Alice', passwordHash: PASSWORD }));
    const issue = (hint: { name: string } | { email: string }, hash = PASSWORD) =>
      lobby.on('n1', (l) => l.issueToken(hint, hash));
    await assert.rejects(issue({ name: 'Alice' }, 'Xr4ilOzQ4PCOq3aQ0qbuaQ=='), refused('WrongPassword'));
    await assert.rejects(issue({ email: 'a@example.org' }), refused('NoSuchUser'));
    for (const token of ['', 'x', 'x'.repeat(10_000)]) {
      await assert.rejects(
        lobby.on('n1', (l) => l.login({ ...LOGIN, token })),
        refused('WrongToken'),
      );
    }
  });
});

describe('secrets', () => {
  it('nodes that make one at the same time all get the same, and so does one that asks after a restart', async () => {
    const store = memoryStore();
    const secretsOf = (lobby: SimulatedLobby) =>
      Promise.all(['n1', 'n2', 'n3'].map((id) => lobby.on(id, (l) => l.secret('key', async () => `made by ${id}`))));
    const first = await SimulatedLobby.start({ store });
    const made = await secretsOf(first);
    assert.equal(new Set(made).size, 1);
    assert.match(made[0]!, /^made by n\d$/);
    await first[Symbol.asyncDispose]();
  });
});
