/** Seats held for users whose connection was lost; in the simulation. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { take } from '../../src/lobby/operator/bans.ts';
import { seats } from '../../src/lobby/presence/seats.ts';
import { overSeeds } from '../support/worlds.ts';
import { OPEN_REQUEST, PLAYER } from './records.ts';
import { SimulatedLobby, type TestClient } from './simulated-lobby.ts';

const GRACE_MS = 5_000;
const settings = { graceMs: GRACE_MS };

async function withBattle(nodes = 3, seed = 1) {
  const lobby = await SimulatedLobby.start({ settings, nodes, seed });
  const host = await lobby.client('Host', 'n1');
  const ann = await lobby.client('Ann', 'n2');
  const id = await lobby.as(host, (session) => session.battle.open(OPEN_REQUEST));
  await lobby.as(ann, (session) => session.battle.join(id, { scriptPassword: 'secret' }));
  await lobby.as(ann, (session) => session.battle.setStatus(PLAYER, 7));
  await lobby.as(ann, (session) => session.battle.addBot({ name: 'bot', status: 0, colour: 0, ai: 'AI' }));
  await lobby.until('the host sees it', () => host.membersOf(id)?.join() === 'Ann,Host');
  await lobby.cluster.settled();
  return { lobby, host, ann, id };
}

/** What a client was told from here on. */
function since(client: TestClient): () => string[] {
  const from = client.told().length;
  return () => client.told().slice(from);
}

function presentOn(lobby: SimulatedLobby, node: string): Promise<number> {
  return lobby.cluster.run(node, (node) => [...node.cache(seats).entries()].length);
}

describe('a connection that is lost', () => {
  it('is not seen by the others; a login within the grace time, on another node, finds the seat again', async () => {
    const { lobby, host, ann, id } = await withBattle();
    await using _ = lobby;
    const told = since(host);
    await lobby.as(ann, (session) => session.drop());
    await lobby.cluster.advance(GRACE_MS - 1_500);
    const again = await lobby.client('Ann', 'n3');
    assert.equal(await lobby.as(again, (session) => session.battle.id()), id);
    await lobby.as(again, (session) => session.battle.say('back'));
    await lobby.until('she is heard', () => told().length > 0);
    await lobby.cluster.advance(3 * GRACE_MS);
    assert.deepEqual(told(), ['battle-said Ann: back']);
    assert.deepEqual(ann.ends, [], 'the client that is gone is told nothing');
  });

  it('and not found again within the grace time: he leaves then, everywhere, once, in order', async () => {
    const { lobby, host, ann } = await withBattle();
    await using _ = lobby;
    const told = since(host);
    await lobby.as(ann, (session) => session.drop());
    await lobby.until('she is gone', () => !host.model.names.has('Ann'));
    assert.deepEqual(told(), ['bot-removed', 'member-left Ann', 'user-removed Ann']);
    await lobby.cluster.settled();
    assert.equal(await presentOn(lobby, 'n3'), 1);
  });

  it('of a user who is banned meanwhile: nobody waits for him', async () => {
    const { lobby, host, ann } = await withBattle();
    await using _ = lobby;
    const told = since(host);
    await lobby.as(ann, (session) => session.drop());
    await lobby.cluster.advance(1_000);
    assert.deepEqual(told(), []);
    const { userId } = ann.session.user();
    await lobby.cluster.run('n3', (node) =>
      take(node, userId, 'Login', { forMs: null, reason: 'rude' }).then(() => undefined),
    );
    await lobby.cluster.advance(1_000);
    assert.deepEqual(told(), ['bot-removed', 'member-left Ann', 'user-removed Ann']);
  });

  it('of a host: his battle stays with everybody in it, and is his when he is back', async () => {
    const { lobby, host, ann, id } = await withBattle();
    await using _ = lobby;
    const told = since(ann);
    await lobby.as(host, (session) => session.drop());
    await lobby.cluster.advance(GRACE_MS - 1_500);
    const again = await lobby.client('Host', 'n2');
    await lobby.as(again, (session) => session.battle.setTitle('still mine'));
    await lobby.as(again, (session) => session.battle.kick('Ann'));
    await lobby.until('Ann is out', () => told().length === 3);
    assert.deepEqual(told(), ['battle-title', 'bot-removed', 'member-left Ann']);
    assert.deepEqual(again.membersOf(id), ['Host']);
  });

  it('leaves rooms at once; who writes to him is told that he is away', async () => {
    const { lobby, host, ann } = await withBattle();
    await using _ = lobby;
    for (const client of [host, ann]) await lobby.as(client, (session) => session.rooms.join('main'));
    await lobby.as(ann, (session) => session.drop());
    await lobby.until('she has left the room', () => host.told().includes('room-left Ann'));
    await assert.rejects(
      lobby.as(host, (session) => session.sayPrivate('Ann', 'hello')),
      /Ann has lost the connection/,
    );
  });

  it('who is back and wants another battle leaves the held one by that', async () => {
    const { lobby, host, ann, id } = await withBattle();
    await using _ = lobby;
    await lobby.as(host, (session) => session.drop());
    const again = await lobby.client('Host', 'n3');
    const other = await lobby.as(again, (session) => session.battle.open(OPEN_REQUEST));
    await lobby.until('the old one is closed', () => !ann.model.battles.has(id) && ann.model.battles.has(other));
    await assert.rejects(
      lobby.as(again, (session) => session.battle.open(OPEN_REQUEST)),
      /already in a battle/,
    );
  });

  it('who comes back with another client is a new user to the others', async () => {
    const { lobby, host, ann } = await withBattle();
    await using _ = lobby;
    const told = since(host);
    await lobby.as(ann, (session) => session.drop());
    const again = await lobby.client('Ann', 'n3', { client: 'another' });
    await lobby.until('she is there anew', () => told().includes('user-added Ann'));
    assert.deepEqual(told(), ['bot-removed', 'member-left Ann', 'user-removed Ann', 'user-added Ann']);
    assert.equal(await lobby.as(again, (session) => session.battle.id()), undefined);
  });
});

describe('a login while an older one still counts as connected', () => {
  it('goes on in its place, as when the old connection was lost and nobody knows yet: the others see nothing', async () => {
    const { lobby, host, ann, id } = await withBattle();
    await using _ = lobby;
    const [told, toldAnn] = [since(host), since(ann)];
    const again = await lobby.client('Ann', 'n3');
    assert.deepEqual(ann.ends, ['replaced']);
    assert.equal(await lobby.as(again, (session) => session.battle.id()), id);
    const toldAgain = since(again);
    const hostAgain = await lobby.client('Host', 'n2');
    await lobby.as(hostAgain, (session) => session.battle.setTitle('still mine'));
    await lobby.until('all see it', () => toldAgain().length > 0);
    await lobby.cluster.advance(3 * GRACE_MS);
    assert.deepEqual([told(), toldAnn(), toldAgain()], [[], [], ['battle-title']]);
    assert.deepEqual(hostAgain.membersOf(id), ['Ann', 'Host']);
  });

  it('with another client is a new user to the others, in the order that clients accept', async () => {
    const { lobby, host, ann } = await withBattle();
    await using _ = lobby;
    const told = since(host);
    const again = await lobby.client('Ann', 'n3', { client: 'another' });
    assert.deepEqual(ann.ends, ['replaced']);
    await lobby.until('she is there anew', () => told().includes('user-added Ann'));
    assert.deepEqual(told(), ['bot-removed', 'member-left Ann', 'user-removed Ann', 'user-added Ann']);
    assert.equal(await lobby.as(again, (session) => session.battle.id()), undefined);
  });
});

it('who says that he leaves has no seat: the others see it at once', async () => {
  const { lobby, host, ann } = await withBattle();
  await using _ = lobby;
  const startedAt = lobby.cluster.now();
  await lobby.as(ann, (session) => session.end());
  await lobby.until('she is gone', () => !host.model.names.has('Ann'));
  assert.ok(lobby.cluster.now() - startedAt < 500);
  assert.equal(await presentOn(lobby, 'n3'), 1);
});

it('a node that is killed: its users are there for the grace time, and some come back to their seats', async () => {
  const { lobby, host, ann, id } = await withBattle();
  await using _ = lobby;
  const joe = await lobby.client('Joe', 'n2');
  await lobby.as(joe, (session) => session.battle.join(id));
  await lobby.until('Joe is in', () => host.membersOf(id)?.length === 3);
  await lobby.cluster.settled();
  const told = since(host);
  await lobby.cluster.kill('n2');
  await lobby.cluster.advance(1_000);
  const again = await lobby.client('Ann', 'n3');
  assert.deepEqual(told(), []);
  await lobby.until('Joe is gone', () => !host.model.names.has('Joe'));
  assert.deepEqual(told(), ['member-left Joe', 'user-removed Joe']);
  assert.equal(await lobby.as(again, (session) => session.battle.id()), id);
  assert.deepEqual(ann.ends, []);
});

overSeeds('seats: all nodes are restarted one after the other; no battle closes, nobody leaves', 6, async (seed) => {
  const { lobby, host, ann, id } = await withBattle(3, seed);
  await using _ = lobby;
  const watcher = await lobby.client('Watcher', 'n3');
  const online = new Map([
    ['Host', host],
    ['Ann', ann],
    ['Watcher', watcher],
  ]);
  const told: string[] = [];
  for (const node of ['n1', 'n2', 'n3']) {
    const stays = [...online.values()].filter((client) => client.node !== node);
    const before = stays.map(since);
    await lobby.cluster.stop(node);
    for (const [name, client] of online) {
      if (client.node !== node) continue;
      assert.deepEqual(client.ends, ['shutdown'], `${name} is told why`);
      const other = ['n1', 'n2', 'n3'].find((candidate) => candidate !== node)!;
      online.set(name, await lobby.client(name, other));
    }
    for (const client of stays) assert.deepEqual(client.ends, [], 'clients of other nodes are not told');
    await lobby.cluster.start(node);
    await lobby.cluster.settled();
    told.push(...before.flatMap((read) => read()));
  }
  assert.deepEqual(told, []);
  for (const client of online.values()) assert.deepEqual(client.membersOf(id), ['Ann', 'Host']);
  const last = online.get('Host')!;
  await lobby.as(last, (session) => session.battle.setTitle('after all'));
  await lobby.until('all see it', () => online.get('Ann')!.told().includes('battle-title'));
});

overSeeds('seats: several logins at once take up one seat, lost or not; one of them stays', 8, async (seed) => {
  const { lobby, host, ann, id } = await withBattle(3, seed);
  await using _ = lobby;
  if (seed % 2 === 0) await lobby.as(ann, (session) => session.drop());
  const logins = await Promise.allSettled(['n1', 'n2', 'n3', 'n1'].map((node) => lobby.client('Ann', node)));
  await lobby.cluster.settled();
  const live = logins.flatMap((login) =>
    login.status === 'fulfilled' && login.value.ends.length === 0 ? [login.value] : [],
  );
  assert.equal(live.length, 1);
  await lobby.cluster.advance(2 * GRACE_MS);
  assert.deepEqual(live[0]!.ends, []);
  assert.deepEqual(host.sees(), ['Ann', 'Coordinator', 'Host']);
  const place = await lobby.as(live[0]!, (session) => session.battle.id());
  assert.equal(place, id);
  assert.deepEqual(host.membersOf(id), ['Ann', 'Host']);
});

overSeeds('seats: the doorkeeper dies with users away; they are removed all the same', 6, async (seed) => {
  const { lobby, host, ann } = await withBattle(4, seed);
  await using _ = lobby;
  await lobby.as(ann, (session) => session.drop());
  for (const node of ['n2', 'n3']) {
    await lobby.cluster.advance(1_000);
    await lobby.cluster.kill(node);
  }
  await lobby.until('she is gone', () => !host.model.names.has('Ann'));
  await lobby.cluster.settled();
  assert.equal(await presentOn(lobby, 'n4'), 1);
});
