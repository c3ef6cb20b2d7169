import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LobbyRefused, type RefusalCode } from '../../../src/lobby/index.ts';
import { partyOf } from '../../../src/lobby/parties/declarations.ts';
import { party } from '../../../src/lobby/parties/party-server.ts';
import type { MusterNode } from '../../../src/services/index.ts';
import {
  DUEL,
  invitations,
  invited,
  join,
  queuesOf,
  sizeOf,
  startMatchmaking,
  TEAM,
} from '../matchmaking/matchmaking-lobby.ts';
import { SimulatedLobby, type TestClient } from '../simulated-lobby.ts';

function refused(reason: RefusalCode) {
  return (error: unknown): boolean => error instanceof LobbyRefused && error.reason === reason;
}

function news(client: TestClient): string[] {
  return client.inboxed.flatMap((message) => {
    if (message.kind !== 'party') return [];
    const told = message.news;
    return [`${told.event} ${'name' in told ? told.name : 'by' in told ? told.by : ''}`.trim()];
  });
}

/** A party of the first, with the others in it. */
async function partyOfAll(lobby: SimulatedLobby, leader: TestClient, others: readonly TestClient[]): Promise<number> {
  const { partyId } = await lobby.as(leader, (session) => session.party.create());
  for (const other of others) {
    await lobby.as(leader, (session) => session.party.invite(other.name));
    await lobby.until('asked', () => news(other).some((line) => line.startsWith('invited')));
    await lobby.as(other, (session) => session.party.accept(partyId));
  }
  return partyId;
}

async function three(lobby: SimulatedLobby): Promise<[TestClient, TestClient, TestClient]> {
  return [await lobby.client('Alice', 'n1'), await lobby.client('Bob', 'n2'), await lobby.client('Carol', 'n3')];
}

const info = (lobby: SimulatedLobby, client: TestClient) => lobby.as(client, (session) => session.party.info());

describe('a party', () => {
  it('takes in who was asked, tells all, and the leader alone puts out and hands on', async () => {
    await using lobby = await SimulatedLobby.start();
    const [alice, bob, carol] = await three(lobby);
    await assert.rejects(info(lobby, alice), refused('NotInParty'));
    const partyId = await partyOfAll(lobby, alice, [bob]);
    await assert.rejects(
      lobby.as(carol, (session) => session.party.accept(partyId)),
      refused('NotAllowed'),
    );
    await lobby.as(bob, (session) => session.party.invite('Carol'));
    await lobby.until('Carol is asked', () => news(carol).length === 1);
    assert.deepEqual((await info(lobby, bob)).invited, ['Carol']);
    await lobby.as(carol, (session) => session.party.decline(partyId));
    await lobby.until(
      'all are told',
      () => news(alice).includes('declined Carol') && news(bob).includes('declined Carol'),
    );
    await assert.rejects(
      lobby.as(carol, (session) => session.party.accept(partyId)),
      refused('NotAllowed'),
    );
    await assert.rejects(
      lobby.as(bob, (session) => session.party.kick('Alice')),
      refused('NotAllowed'),
    );
    await lobby.as(alice, (session) => session.party.say('hello'));
    await lobby.until('said', () => news(bob).includes('message Alice') && news(alice).includes('message Alice'));
    await lobby.as(alice, (session) => session.party.lead('Bob'));
    await lobby.as(bob, (session) => session.party.kick('Alice'));
    await lobby.until('Alice is told', () => news(alice).includes('left Alice'));
    assert.deepEqual(await info(lobby, bob), { partyId, leader: 'Bob', members: ['Bob'], invited: [] });
    await assert.rejects(info(lobby, alice), refused('NotInParty'));
    await assert.rejects(
      lobby.as(alice, (session) => session.party.invite('Nobody')),
      refused('NotInParty'),
    );
  });

  it('is led by who is in it for longest when its leader leaves, and closes behind the last', async () => {
    await using lobby = await SimulatedLobby.start();
    const [alice, bob, carol] = await three(lobby);
    const partyId = await partyOfAll(lobby, alice, [bob, carol]);
    await assert.rejects(
      lobby.as(bob, (session) => session.party.create()),
      refused('NotAllowed'),
    );
    await lobby.as(alice, (session) => session.party.leave());
    await lobby.until('Bob leads', () => news(carol).includes('leader Bob'));
    for (const client of [bob, carol]) await lobby.as(client, (session) => session.party.leave());
    await lobby.cluster.advance(1_000);
    const ask = (node: MusterNode, id: number) => node.server(party, id).call('summary');
    await assert.rejects(lobby.cluster.run('n1', ask, partyId), { code: 'NoSuchServer' });
    const left = (node: MusterNode) => node.cache(partyOf).size;
    assert.equal(await lobby.cluster.run('n1', left), 0);
    assert.equal(await lobby.as(alice, (session) => session.party.leave()), false);
  });

  it('joins a queue as one group by its leader’s word, and leaves all queues when its members change', async () => {
    await using lobby = await startMatchmaking();
    const [alice, bob, carol] = await three(lobby);
    const dave = await lobby.client('Dave', 'n1');
    await partyOfAll(lobby, alice, [bob]);
    await assert.rejects(join(lobby, bob, TEAM), refused('NotAllowed'));
    await assert.rejects(join(lobby, alice, DUEL), refused('PartyTooLarge'));
    await join(lobby, alice, TEAM);
    assert.equal(await sizeOf(lobby, 'n3', TEAM), 2);
    assert.deepEqual(await queuesOf(lobby, bob), [TEAM]);
    await lobby.as(bob, (session) => session.party.leave());
    assert.equal(await sizeOf(lobby, 'n3', TEAM), 0);

    await lobby.as(alice, (session) => session.party.invite('Bob'));
    const { partyId } = await info(lobby, alice);
    await lobby.as(bob, (session) => session.party.accept(partyId));
    for (const client of [alice, carol, dave]) await join(lobby, client, TEAM);
    await invited(lobby, [alice, bob, carol, dave]);
    assert.equal(invitations(bob), 1);
  });

  it('loses who is gone, keeps who comes back soon, and outlives the node of its server', async () => {
    await using lobby = await SimulatedLobby.start({ nodes: 5, settings: { graceMs: 5_000 } });
    const [alice, bob, carol] = await three(lobby);
    const partyId = await partyOfAll(lobby, alice, [bob, carol]);
    await lobby.as(bob, (session) => session.drop());
    await lobby.cluster.advance(2_000);
    const again = await lobby.client('Bob', 'n1');
    await lobby.until('Bob is told', () => news(again).includes('info'));
    await lobby.as(carol, (session) => session.end());
    await lobby.until('Carol has left', () => news(alice).includes('left Carol'));
    assert.deepEqual((await info(lobby, again)).members, ['Alice', 'Bob']);
    const where = (await lobby.cluster.run(
      'n1',
      (node: MusterNode, id: number) => node.server(party, id).where(),
      partyId,
    )) as string;
    if (where === 'n1') await lobby.cluster.stop('n1');
    else await lobby.cluster.kill(where);
    const witness = where === 'n1' ? 'n2' : 'n1';
    const ask = (node: MusterNode, id: number) => node.server(party, id).call('summary');
    const after = (await lobby.cluster.run(witness, ask, partyId)) as { members: string[] };
    assert.deepEqual(after.members, ['Alice', 'Bob']);
  });

  it('waits no longer for who was asked and has gone, and does for who comes back soon', async () => {
    await using lobby = await SimulatedLobby.start({ settings: { graceMs: 5_000 } });
    const [alice, bob, carol] = await three(lobby);
    const { partyId } = await lobby.as(alice, (session) => session.party.create());
    for (const name of ['Bob', 'Carol']) await lobby.as(alice, (session) => session.party.invite(name));
    await lobby.as(bob, (session) => session.drop());
    await lobby.as(carol, (session) => session.end());
    await lobby.until('Carol counts as declining', () => news(alice).includes('declined Carol'));
    assert.deepEqual((await info(lobby, alice)).invited, ['Bob']);
    const again = await lobby.client('Bob', 'n1');
    await lobby.as(again, (session) => session.party.accept(partyId));
    assert.deepEqual((await info(lobby, again)).members, ['Alice', 'Bob']);
  });

  it('keeps from a member what those say, and whom they ask, whom he ignores', async () => {
    await using lobby = await SimulatedLobby.start();
    const [alice, bob, carol] = await three(lobby);
    await lobby.as(bob, (session) => session.people.change('ignore', 'Alice'));
    const { partyId } = await lobby.as(alice, (session) => session.party.create());
    await lobby.as(alice, (session) => session.party.invite('Bob'));
    await lobby.as(bob, (session) => session.party.accept(partyId));
    await lobby.as(alice, (session) => session.party.invite('Carol'));
    await lobby.as(carol, (session) => session.party.accept(partyId));
    await lobby.as(alice, (session) => session.party.say('hello'));
    await lobby.as(carol, (session) => session.party.say('hello'));
    await lobby.until('Carol is heard', () => news(bob).includes('message Carol'));
    await lobby.cluster.settled();
    assert.deepEqual(news(bob), ['joined Bob', 'joined Carol', 'message Carol']);
    assert.ok(news(carol).includes('message Alice'));
  });

  it('agrees with what every node knows of who is in it, whenever the node of its server dies', async () => {
    for (let point = 1; point < 400; point += 23) {
      await using lobby = await SimulatedLobby.start({ nodes: 5 });
      const [alice, bob] = await three(lobby);
      const { partyId } = await lobby.as(alice, (session) => session.party.create());
      const where = (node: MusterNode, id: number) => node.server(party, id).where();
      const victim = (await lobby.cluster.run('n1', where, partyId)) as string;
      assert.ok(!['n1', 'n2'].includes(victim), 'no client of the test is on it');
      lobby.cluster.afterEvents(point, () => void lobby.cluster.kill(victim));
      await lobby.as(alice, (session) => session.party.invite('Bob'));
      await lobby.as(bob, (session) => session.party.accept(partyId));
      await lobby.as(alice, (session) => session.party.leave());
      await lobby.as(bob, (session) => session.party.invite('Alice'));
      await lobby.cluster.advance(3_000);
      const at = `killed after ${point} events`;
      assert.deepEqual(await info(lobby, bob), { partyId, leader: 'Bob', members: ['Bob'], invited: ['Alice'] }, at);
      await assert.rejects(info(lobby, alice), refused('NotInParty'), at);
    }
  });
});
