import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AutomodRules, type RuleKind } from '../../../src/lobby/bots/automod/rules.ts';
import { automod } from '../../../src/lobby/bots/automod/server.ts';
import { Moderation } from '../../../src/lobby/moderation/moderation.ts';
import type { Store } from '../../../src/ports/index.ts';
import { memoryStore, SimulatedLobby, type TestClient } from '../simulated-lobby.ts';

const FINGERPRINT = 'uOGXziwWC1mCePGsh0tTQg==';
const HARDWARE = { name: 'Alice', cpu: 'xyz', gpu: 'xyz', os: 'xyz', ram: 'xyz' };

async function addRule(lobby: SimulatedLobby, kind: RuleKind, value: string): Promise<number> {
  return lobby.cluster.run('n1', (node, k, v) => new AutomodRules(node).add(k, v, 'known to cheat', null), kind, value);
}

async function check(lobby: SimulatedLobby, node: string, userId: number): Promise<string> {
  const answer = await lobby.cluster.run(node, (n, id) => n.server(automod).call('checkUser', id), userId);
  return answer.ok ? answer.value : answer.message;
}

async function count(store: Store, from: string): Promise<number> {
  return Number((await store.query(`SELECT COUNT(*) AS n FROM ${from}`))[0]!.n);
}

async function setHash(store: Store, client: TestClient, hash: string): Promise<number> {
  const { userId } = client.session.user();
  await store.query('UPDATE accounts SET lobby_hash = ? WHERE id = ?', [hash, userId]);
  return userId;
}

async function untilCounted(lobby: SimulatedLobby, store: Store, from: string, wanted: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await count(store, from)) === wanted) return;
    await lobby.cluster.advance(100);
  }
  assert.equal(await count(store, from), wanted, from);
}

describe('automod', () => {
  it('bans some time after the login, once in the cluster, by report, action and audit row', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ nodes: 4, store });
    await addRule(lobby, 'lobby_hash', '12345 abc');
    const alice = await lobby.client('Alice', 'n3');
    const bob = await lobby.client('Bob', 'n2');
    const userId = await setHash(store, alice, '12345 abc');
    await setHash(store, bob, '12345 abcd');
    await lobby.cluster.advance(115_000);
    assert.equal(await count(store, 'automod_bans'), 0);
    await lobby.cluster.advance(6_000);
    await untilCounted(lobby, store, 'automod_bans', 1);
    await lobby.cluster.advance(300_000);
    assert.equal(await count(store, 'reports'), 1);
    assert.equal(await count(store, "audit_log WHERE action = 'automod ban'"), 1);
    const [action] = await store.query(
      'SELECT m.*, r.location FROM moderation_actions m JOIN reports r ON r.id = m.report_id',
    );
    assert.deepEqual([action!.account_id, action!.location], [userId, 'Automod']);
    assert.equal(action!.restrictions, '["Login","Site"]');
    assert.equal(await check(lobby, 'n1', userId), 'Already banned');
    assert.equal(await check(lobby, 'n1', bob.session.user().userId), 'No action', 'a near miss is none');
  });

  it('many nodes that check one user at the same time ban him once', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ nodes: 4, store });
    await addRule(lobby, 'lobby_hash', 'h');
    const alice = await lobby.client('Alice', 'n1');
    const userId = await setHash(store, alice, 'h');
    const verdicts = await Promise.all(['n1', 'n2', 'n3', 'n4'].map((node) => check(lobby, node, userId)));
    assert.deepEqual(verdicts.sort(), ['Already banned', 'Already banned', 'Already banned', 'Banned user']);
    assert.deepEqual([await count(store, 'reports'), await count(store, 'moderation_actions')], [1, 1]);
  });

  it('a login that is gone by then is not checked, and the death of its node leaves nothing behind', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ nodes: 3, store });
    await addRule(lobby, 'lobby_hash', 'h');
    const alice = await lobby.client('Alice', 'n2');
    const bob = await lobby.client('Bob', 'n3');
    const userId = await setHash(store, alice, 'h');
    await setHash(store, bob, 'h');
    const { id } = alice.session;
    await lobby.as(alice, (session) => session.end());
    await lobby.cluster.kill('n3');
    await lobby.cluster.advance(200_000);
    assert.equal(await count(store, 'automod_bans'), 0);
    const answer = await lobby.cluster.run(
      'n2',
      (n, user, session) => n.server(automod).call('checkLogin', user, session),
      userId,
      id,
    );
    assert.deepEqual(answer, { ok: true, value: 'Not online' });
  });

  it('hardware that a bot reports later is checked at once; nobody else is believed', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ nodes: 3, store });
    await addRule(lobby, 'hardware', FINGERPRINT);
    const alice = await lobby.client('Alice', 'n1');
    await lobby.client('Spads', 'n2');
    await lobby.on('n2', (l) => l.setRoles('Spads', { bot: true }));
    const bot = await lobby.client('Spads', 'n2');
    const tell = (client: TestClient, data: unknown) =>
      lobby.as(client, (session) => session.sayPrivate('AutohostMonitor', `user_info ${JSON.stringify(data)}`));
    await tell(alice, HARDWARE);
    assert.equal(await count(store, 'account_stats'), 0);
    await tell(bot, { ...HARDWARE, ram: 'xyy' });
    assert.equal(await count(store, 'automod_bans'), 0);
    await tell(bot, HARDWARE);
    assert.equal(await count(store, 'automod_bans'), 1);
    const [stat] = await store.query("SELECT value FROM account_stats WHERE name = 'hw_fingerprint'");
    assert.equal(stat!.value, FINGERPRINT);
    assert.equal(await check(lobby, 'n3', alice.session.user().userId), 'Already banned');
    await tell(bot, { ...HARDWARE, name: 'Nobody' });
    assert.match(bot.notices().at(-1)!, /No user found/);
  });

  it('answers why it leaves somebody alone', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ store });
    const ruleId = await addRule(lobby, 'lobby_hash', 'h');
    const alice = await lobby.client('Alice', 'n1');
    const userId = await setHash(store, alice, 'h');
    const exempt = (as: 'developer' | 'trusted', wanted: boolean) =>
      lobby.cluster.run('n1', (node, role, on) => new AutomodRules(node).exempt('Alice', role, on, null), as, wanted);
    const enable = (on: boolean) =>
      lobby.cluster.run(
        'n2',
        (node, rule, wanted) => new AutomodRules(node).setEnabled(rule, wanted, null),
        ruleId,
        on,
      );
    assert.equal(await check(lobby, 'n1', 9_999), 'No user');
    await lobby.on('n1', (l) => l.setRoles('Alice', { bot: true }));
    assert.equal(await check(lobby, 'n1', userId), 'Bot account');
    await lobby.on('n1', (l) => l.setRoles('Alice', { bot: false, moderator: true }));
    assert.equal(await check(lobby, 'n1', userId), 'Moderator account');
    await lobby.on('n1', (l) => l.setRoles('Alice', { moderator: false }));
    await exempt('developer', true);
    assert.equal(await check(lobby, 'n1', userId), 'Developer account');
    await exempt('developer', false);
    await exempt('trusted', true);
    assert.equal(await check(lobby, 'n1', userId), 'Trusted account');
    await exempt('trusted', false);
    assert.equal(await enable(false), true);
    assert.equal(await check(lobby, 'n1', userId), 'No action');
    assert.equal(await enable(true), true);
    assert.equal(await check(lobby, 'n2', userId), 'Banned user');
    const [action] = await store.query('SELECT id FROM moderation_actions');
    await lobby.cluster.run('n1', (node, id) => new Moderation(node).lift(id, null), Number(action!.id));
    assert.equal(await check(lobby, 'n3', userId), 'No action', 'who lifts a ban has the last word');
    assert.equal(await enable(false), true);
    assert.ok((await count(store, "audit_log WHERE action LIKE 'automod%'")) >= 8);
  });

  it('is asked by moderators through the Coordinator', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ store });
    const alice = await lobby.client('Alice', 'n1');
    await lobby.client('Mod', 'n2');
    await lobby.on('n2', (l) => l.setRoles('Mod', { moderator: true }));
    const moderator = await lobby.client('Mod', 'n2');
    const ask = async (client: TestClient) => {
      await lobby.as(client, (session) => session.sayPrivate('Coordinator', '$check Alice'));
      return client.notices().at(-1);
    };
    assert.equal(await ask(moderator), 'Coordinator: Alice: No action');
    assert.equal(await ask(alice), 'Coordinator: Only moderators may use $check.');
  });
});
