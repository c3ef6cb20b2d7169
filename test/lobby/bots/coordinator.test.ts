import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { discordCodes, takeDiscordCode } from '../../../src/lobby/bots/coordinator/discord.ts';
import { warningFor } from '../../../src/lobby/bots/coordinator/warning.ts';
import type { ModerationAction } from '../../../src/lobby/moderation/moderation.ts';
import { Moderation } from '../../../src/lobby/moderation/moderation.ts';
import type { Restriction } from '../../../src/lobby/moderation/restrictions.ts';
import { OPEN_REQUEST } from '../records.ts';
import { SimulatedLobby, type TestClient } from '../simulated-lobby.ts';

const PHRASE = 'I acknowledge this';

function action(restrictions: Restriction[], over: Partial<ModerationAction> = {}): ModerationAction {
  return { actionId: 1, restrictions, reason: 'was rude', until: null, acknowledged: false, ...over };
}

async function impose(lobby: SimulatedLobby, client: TestClient, restrictions: Restriction[]): Promise<void> {
  const { userId } = client.session.user();
  await lobby.cluster.run(
    'n2',
    (node, id, names) =>
      new Moderation(node)
        .impose({ userId: id, restrictions: names, reason: 'was rude', by: null, forMs: null })
        .then(() => undefined),
    userId,
    restrictions,
  );
}

const tell = (lobby: SimulatedLobby, client: TestClient, text: string): Promise<void> =>
  lobby.as(client, (session) => session.sayPrivate('Coordinator', text));

const warnings = (client: TestClient): number =>
  client.notices().filter((line) => /reminder that moderators/.test(line)).length;

/** What the Coordinator answers to a line. */
async function answers(lobby: SimulatedLobby, client: TestClient, text: string): Promise<string[]> {
  const before = client.notices().length;
  await tell(lobby, client, text);
  return client.notices().slice(before);
}

describe('the warning', () => {
  it('lists reasons and ends, and asks for acknowledgement of what is new, unless he is muted', () => {
    const until = Date.UTC(2030, 0, 2, 3, 4);
    const warning = warningFor([action(['Room chat'], { until })], PHRASE);
    assert.ok(warning!.lines.some((line) => /Room chat \(until 2030-01-02 03:04 UTC\): was rude/.test(line)));
    assert.equal(warning!.toAcknowledge, true);
    assert.equal(warningFor([action(['Accolades'], { acknowledged: true })], PHRASE)!.toAcknowledge, false);
    assert.equal(warningFor([action(['All chat'])], PHRASE)!.toAcknowledge, false);
  });

  it('there is none for the bridge alone, nor for nothing', () => {
    assert.equal(warningFor([action(['Bridging'])], PHRASE), undefined);
    assert.equal(warningFor([], PHRASE), undefined);
  });
});

describe('the Coordinator after a login', () => {
  it('warns once in the cluster, takes the user out of his lobby, and lets him into none until he acknowledges', async () => {
    await using lobby = await SimulatedLobby.start({ nodes: 4 });
    const host = await lobby.client('Host', 'n1');
    const id = await lobby.as(host, (session) => session.battle.open(OPEN_REQUEST));
    const first = await lobby.client('Alice', 'n3');
    await impose(lobby, first, ['Accolades']);
    await lobby.as(first, (session) => session.end());
    const alice = await lobby.client('Alice', 'n3');
    await lobby.as(alice, (session) => session.battle.join(id));
    await lobby.cluster.advance(2_000);
    assert.equal(warnings(alice), 0);
    await lobby.until('she is warned and out', () => warnings(alice) === 1 && alice.session.battle.id() === undefined);
    await assert.rejects(
      lobby.as(alice, (session) => session.battle.join(id)),
      { reason: 'Restricted', message: /I acknowledge this/ },
    );
    await assert.rejects(
      lobby.as(alice, (session) => session.battle.open(OPEN_REQUEST)),
      { reason: 'Restricted' },
    );
    await lobby.as(alice, (session) => session.end());
    const elsewhere = await lobby.client('Alice', 'n4');
    await assert.rejects(
      lobby.as(elsewhere, (session) => session.battle.join(id)),
      { reason: 'Restricted' },
    );
    await lobby.until('she is warned again', () => warnings(elsewhere) === 1);
    assert.match((await answers(lobby, elsewhere, 'I acknowledge that'))[0]!, /do not chat/);
    assert.deepEqual(await answers(lobby, elsewhere, 'i ACKNOWLEDGE this'), ['Coordinator: Thank you']);
    await lobby.as(elsewhere, (session) => session.battle.join(id));
    await lobby.cluster.advance(20_000);
    assert.equal(warnings(elsewhere), 1, 'by no other node, and not again');
  });

  it('only tells who has acknowledged before, and says nothing to who was replaced meanwhile', async () => {
    await using lobby = await SimulatedLobby.start({ settings: { acknowledgePhrase: 'understood' } });
    const first = await lobby.client('Alice', 'n1');
    await impose(lobby, first, ['Community']);
    const second = await lobby.client('Alice', 'n2');
    const third = await lobby.client('Alice', 'n3');
    await lobby.until('the third is warned', () => warnings(third) === 1);
    assert.deepEqual([warnings(first), warnings(second)], [1, 0], 'the first was online when it was imposed');
    assert.deepEqual(await answers(lobby, third, 'Understood'), ['Coordinator: Thank you']);
    const fourth = await lobby.client('Alice', 'n1');
    await lobby.until('told', () => warnings(fourth) === 1);
    await lobby.as(fourth, (session) => session.battle.open(OPEN_REQUEST));
  });

  it('warns the user of a node that lives, when the other nodes die', async () => {
    await using lobby = await SimulatedLobby.start({ nodes: 3 });
    const first = await lobby.client('Alice', 'n3');
    await impose(lobby, first, ['Accolades']);
    await lobby.as(first, (session) => session.end());
    const alice = await lobby.client('Alice', 'n3');
    await lobby.cluster.kill('n1');
    await lobby.cluster.kill('n2');
    await lobby.until('warned', () => warnings(alice) === 1);
    await assert.rejects(
      lobby.as(alice, (session) => session.battle.open(OPEN_REQUEST)),
      { reason: 'Restricted' },
    );
  });
});

describe('the Coordinator', () => {
  it('answers whoami, whois and the code of conduct, in private and in a lobby', async () => {
    await using lobby = await SimulatedLobby.start();
    const alice = await lobby.client('Alice', 'n1');
    const bob = await lobby.client('Bob', 'n2');
    const about = await answers(lobby, alice, '$whoami');
    assert.match(about[0]!, /You are Alice, user #\d+\./);
    assert.match(about.join(), /Rank 0, 0 hours in game\..*Accolades: none/);
    assert.match((await answers(lobby, alice, '$whois bob'))[0]!, /Bob is user #\d+, online/);
    assert.match((await answers(lobby, alice, '$whois Nobody'))[0]!, /No user found for 'nobody'/);
    assert.equal((await answers(lobby, alice, '$coc cheating')).length, 1);
    assert.match((await answers(lobby, alice, '$coc xyzzy'))[0]!, /nothing about 'xyzzy'/);
    assert.match((await answers(lobby, alice, 'hello'))[0]!, /do not chat/);
    assert.ok((await answers(lobby, alice, '$help')).some((line) => /whoami/.test(line)));
    const id = await lobby.as(alice, (session) => session.battle.open(OPEN_REQUEST));
    await lobby.as(bob, (session) => session.battle.join(id));
    await lobby.as(bob, ({ battle }) => battle.say('$whoami'));
    assert.match(bob.notices().join(), /You are Bob/);
    assert.ok(!alice.notices().some((line) => /You are Bob/.test(line)));
    assert.ok(!alice.model.said.includes('$whoami'), 'the others do not hear it');
  });

  it('tells moderators more about somebody', async () => {
    await using lobby = await SimulatedLobby.start();
    const bob = await lobby.client('Bob', 'n1');
    await impose(lobby, bob, ['Accolades']);
    await lobby.client('Mod', 'n2');
    await lobby.on('n2', (l) => l.setRoles('Mod', { moderator: true }));
    const moderator = await lobby.client('Mod', 'n2');
    assert.match((await answers(lobby, moderator, '$whois Bob')).join(), /Action #\d+: Accolades: was rude/);
    assert.doesNotMatch((await answers(lobby, bob, '$whois Bob')).join(), /Action/);
  });

  it('keeps the ignore list of who asks', async () => {
    await using lobby = await SimulatedLobby.start();
    const alice = await lobby.client('Alice', 'n1');
    const bob = await lobby.client('Bob', 'n2');
    assert.match((await answers(lobby, alice, '$ignore Bob'))[0]!, /hear nothing from Bob any more/);
    assert.match((await answers(lobby, alice, '$mute alice'))[0]!, /your own name/);
    const ignored = (node: string) =>
      lobby.cluster.run(
        node,
        async (n, id) => {
          const { Users } = await import('../../../src/lobby/accounts/users.ts');
          const { LobbyStore } = await import('../../../src/lobby/store/lobby-store.ts');
          return [...(await new Users(n, new LobbyStore(() => n.store)).get(id)).ignored];
        },
        alice.session.user().userId,
      );
    assert.deepEqual(await ignored('n3'), [bob.session.user().userId]);
    assert.match((await answers(lobby, alice, '$unmute Bob'))[0]!, /You hear Bob again/);
    assert.deepEqual(await ignored('n2'), []);
  });

  it('gives a code for Discord that is good once, on every node, for five minutes', async () => {
    await using lobby = await SimulatedLobby.start();
    const alice = await lobby.client('Alice', 'n1');
    const { userId } = alice.session.user();
    const ask = async () => /code is (\d{6})\./.exec((await answers(lobby, alice, '$discord'))[0]!)![1]!;
    const takes = (node: string, code: string) =>
      lobby.cluster.run(node, (n, id, given) => takeDiscordCode(n, id, given), userId, code);
    const code = await ask();
    await lobby.cluster.settled();
    assert.equal(await takes('n2', code === '000000' ? '111111' : '000000'), false);
    assert.equal(await takes('n3', code), true);
    await lobby.cluster.settled();
    assert.equal(await takes('n1', code), false);
    const late = await ask();
    await lobby.cluster.advance(301_000);
    assert.equal(await takes('n2', late), false);
    assert.equal(discordCodes.ttlMs, 300_000);
  });

  it('tells who is online of what is imposed on him, once, wherever he is', async () => {
    await using lobby = await SimulatedLobby.start({ nodes: 4 });
    const host = await lobby.client('Host', 'n1');
    const id = await lobby.as(host, (session) => session.battle.open(OPEN_REQUEST));
    const alice = await lobby.client('Alice', 'n4');
    await lobby.as(alice, (session) => session.battle.join(id));
    await lobby.cluster.advance(3_000);
    await impose(lobby, alice, ['All chat', 'All lobbies']);
    await lobby.until('she is told and out', () => warnings(alice) === 1 && alice.session.battle.id() === undefined);
    await lobby.cluster.advance(10_000);
    assert.equal(warnings(alice), 1);
    assert.ok(!alice.notices().some((line) => /answer this message/.test(line)), 'who is muted cannot answer');
  });

  it('thanks who reports somebody, once', async () => {
    await using lobby = await SimulatedLobby.start({ nodes: 4 });
    const alice = await lobby.client('Alice', 'n1');
    const bob = await lobby.client('Bob', 'n2');
    await lobby.cluster.run(
      'n3',
      (node, reporterId, targetId) =>
        new Moderation(node)
          .report({ reporterId, targetId, location: 'battle', locationId: null, reason: 'rude' })
          .then(() => undefined),
      alice.session.user().userId,
      bob.session.user().userId,
    );
    await lobby.until('thanked', () => alice.notices().length > 0);
    await lobby.cluster.advance(5_000);
    assert.deepEqual(alice.notices(), ['Coordinator: Thank you for your report. A moderator will look at it.']);
    assert.deepEqual(bob.notices(), []);
  });
});
