/** Consul in a cluster: what it decides holds for everybody, and survives its node. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { users } from '../../src/lobby/accounts/user-record.ts';
import { matchUuidOf } from '../../src/lobby/battles/match-tag.ts';
import { lobbies } from '../../src/lobby/battles/record.ts';
import { consul } from '../../src/lobby/consul/consul.ts';
import type { ConsulState } from '../../src/lobby/consul/state.ts';
import type { OpenBattleRequest } from '../../src/lobby/index.ts';
import { Moderation } from '../../src/lobby/moderation/moderation.ts';
import type { Restriction } from '../../src/lobby/moderation/restrictions.ts';
import { operate } from '../../src/lobby/operator/operate.ts';
import { decodeBattleStatus } from '../../src/lobby/status/battle-status.ts';
import type { MusterNode } from '../../src/services/index.ts';
import { OPEN_REQUEST, PLAYER } from './records.ts';
import { memoryStore, SimulatedLobby, type SimulatedLobbyOptions, type TestClient } from './simulated-lobby.ts';

const UNREADY = PLAYER & ~2;

interface Scene {
  readonly lobby: SimulatedLobby;
  readonly id: number;
  readonly host: TestClient;
  readonly mod: TestClient;
  readonly others: readonly TestClient[];
}

/** A lobby of Host with a moderator Mod and the others in it, over three nodes. */
async function scene(
  names: readonly string[],
  act: (scene: Scene) => Promise<void>,
  { request = {}, ...options }: SimulatedLobbyOptions & { request?: Partial<OpenBattleRequest> } = {},
): Promise<void> {
  await using lobby = await SimulatedLobby.start(options);
  const host = await lobby.client('Host', 'n1');
  await lobby.client('Mod', 'n2').then((first) => lobby.as(first, (session) => session.end()));
  await lobby.on('n1', (door) => door.setRoles('Mod', { moderator: true }));
  const mod = await lobby.client('Mod', 'n2');
  const others: TestClient[] = [];
  for (const [at, name] of names.entries()) others.push(await lobby.client(name, `n${1 + ((at + 2) % 3)}`));
  const id = await lobby.as(host, (session) => session.battle.open({ ...OPEN_REQUEST, ...request }));
  for (const client of [mod, ...others]) await lobby.as(client, (session) => session.battle.join(id));
  await act({ lobby, id, host, mod, others });
}

function say(lobby: SimulatedLobby, client: TestClient, ...lines: string[]): Promise<void> {
  return lobby.as(client, async ({ battle }) => {
    for (const line of lines) await battle.say(line);
  });
}

function stateOf(lobby: SimulatedLobby, id: number, on = 'n1'): Promise<ConsulState> {
  return lobby.cluster.run(on, (node, key) => node.server(consul, key).call('getAll'), id) as Promise<ConsulState>;
}

function userId(client: TestClient): number {
  return client.session.user().userId;
}

function shown(client: TestClient, id: number, name: string) {
  const who = [...client.model.users].find(([, user]) => user.name === name);
  const member = who && client.model.battles.get(id)?.members.get(who[0]);
  return member && decodeBattleStatus(member.status);
}

function play(lobby: SimulatedLobby, client: TestClient, status = PLAYER): Promise<void> {
  return lobby.as(client, (session) => session.battle.setStatus(status, 0));
}

function uuid(lobby: SimulatedLobby, id: number): Promise<string | undefined> {
  return lobby.cluster.run(
    'n1',
    (node, key) => {
      const record = node.cache(lobbies).get(key);
      return record && matchUuidOf(record);
    },
    id,
  ) as Promise<string | undefined>;
}

describe('who may come in', () => {
  it('a banned one is put out and refused with the reason until the ban is lifted', async () => {
    await scene(['Alice'], async ({ lobby, id, host, others: [alice] }) => {
      await say(lobby, host, '$lobbyban ali be gone');
      await lobby.until('she is out', () => alice!.session.battle.id() === undefined);
      const left = alice!.events.find((event) => event.kind === 'member-left');
      assert.equal(left?.kind === 'member-left' && left.forced, true);
      const join = () => lobby.as(alice!, (session) => session.battle.join(id));
      await assert.rejects(join(), { reason: 'ConsulRefused', message: 'be gone' });
      await say(lobby, host, '$unban Alice');
      await join();
    });
  });

  it('a timeout keeps out until the match has stopped; a kick does not', async () => {
    await scene(['Alice', 'Bob'], async ({ lobby, id, mod, others: [alice, bob] }) => {
      await say(lobby, mod, '$timeout Alice', '$lobbykick Bob');
      await lobby.until('both are out', () => [alice, bob].every((one) => one!.session.battle.id() === undefined));
      await lobby.as(bob!, (session) => session.battle.join(id));
      const join = () => lobby.as(alice!, (session) => session.battle.join(id));
      await assert.rejects(join(), { reason: 'ConsulRefused', message: /timeout/ });
      assert.deepEqual((await stateOf(lobby, id)).bans, []);
      const before = await uuid(lobby, id);
      await lobby.cluster.run('n3', (node, key) => node.server(consul, key).call('matchStopped'), id);
      assert.deepEqual((await stateOf(lobby, id)).timeouts, []);
      assert.notEqual(await uuid(lobby, id), before);
      await join();
    });
  });

  it('the gatekeeper friends lets in who is a friend of somebody inside, and moderators', async () => {
    await scene(['Alice'], async ({ lobby, id, host, mod, others: [alice] }) => {
      const carol = await lobby.client('Carol', 'n1');
      await say(lobby, host, '$gatekeeper friends');
      const join = () => lobby.as(carol, (session) => session.battle.join(id));
      await assert.rejects(join(), { reason: 'ConsulRefused', message: /friends/ });
      await befriend(lobby, carol, alice!);
      await join();
      await lobby.as(mod, (session) => session.battle.leave());
      await lobby.as(mod, (session) => session.battle.join(id));
    });
  });

  it('the gatekeeper clan lets in who is of the clan of somebody inside', async () => {
    await scene(['Alice'], async ({ lobby, id, host }) => {
      const inClan = (name: string, clan: string | null) =>
        lobby.cluster.run(
          'n2',
          (node, who, tag) => operate(node, { kind: 'set-clan', name: who, clan: tag }),
          name,
          clan,
        );
      const carol = await lobby.client('Carol', 'n1');
      const join = () => lobby.as(carol, (session) => session.battle.join(id));
      await say(lobby, host, '$gatekeeper clan');
      await assert.rejects(join(), { reason: 'ConsulRefused', message: /clan/ });
      await inClan('Carol', 'ABC');
      await assert.rejects(join(), { reason: 'ConsulRefused' });
      await inClan('Alice', 'abc');
      await join();
    });
  });

  it('the gatekeeper friendsplay lets everybody in, and only friends of somebody inside play', async () => {
    await scene(['Alice', 'Bob'], async ({ lobby, id, host, others: [alice, bob] }) => {
      await say(lobby, host, '$gatekeeper friendsplay');
      await befriend(lobby, bob!, host);
      const before = alice!.events.length;
      await play(lobby, alice!);
      await play(lobby, bob!);
      assert.deepEqual(
        ['Alice', 'Bob'].map((name) => shown(host, id, name)?.player),
        [false, true],
      );
      assert.match(alice!.notices().join(), /Only friends/);
      const told = alice!.events.slice(before).filter(({ kind }) => kind === 'member-status');
      assert.ok(told.length >= 1, 'she is shown her old status again');
    });
  });

  it('who is forbidden to join lobbies stays out', async () => {
    await scene([], async ({ lobby, id }) => {
      const carol = await lobby.client('Carol', 'n1');
      await restrict(lobby, carol, 'Joining existing lobbies');
      await assert.rejects(
        lobby.as(carol, (session) => session.battle.join(id)),
        { reason: 'Restricted' },
      );
    });
  });
});

async function befriend(lobby: SimulatedLobby, one: TestClient, other: TestClient): Promise<void> {
  await lobby.as(one, (session) => session.people.change('request', other.name));
  await lobby.as(other, (session) => session.people.change('accept', one.name));
}

function restrict(lobby: SimulatedLobby, client: TestClient, name: Restriction, forMs: number | null = null) {
  const act = (node: MusterNode, user: number, restriction: Restriction, ms: number | null) =>
    new Moderation(node).impose({ userId: user, restrictions: [restriction], reason: 'test', by: null, forMs: ms });
  return lobby.cluster.run('n1', act, userId(client), name, forMs);
}

describe('what is done to members', () => {
  it('$specunready, $makeready and $forceplay change what everybody sees, and ring', async () => {
    await scene(['Alice', 'Bob'], async ({ lobby, id, host, others: [alice, bob] }) => {
      await play(lobby, alice!);
      await play(lobby, bob!);
      await say(lobby, host, '$forceplay bob');
      await lobby.cluster.run(
        'n2',
        (node, [key, user]) => node.server(consul, key!).call('changeBattleStatus', user!, { ready: false }),
        [id, userId(bob!)],
      );
      await lobby.until('Bob is not ready', () => shown(alice!, id, 'Bob')?.ready === false);
      await say(lobby, host, '$makeready');
      await lobby.until('he is ready', () => shown(alice!, id, 'Bob')?.ready === true);
      assert.equal(bob!.inboxed.filter(({ kind }) => kind === 'ring').length, 1);
      assert.equal(alice!.inboxed.filter(({ kind }) => kind === 'ring').length, 0);
      await lobby.cluster.run(
        'n2',
        (node, [key, user]) => node.server(consul, key!).call('changeBattleStatus', user!, { ready: false }),
        [id, userId(bob!)],
      );
      await say(lobby, host, '$specunready');
      await lobby.until('he watches', () => shown(alice!, id, 'Bob')?.player === false);
      assert.equal(shown(alice!, id, 'Alice')?.player, true);
    });
  });

  it('who is not ready does not become a player; whose rank is too low neither', async () => {
    await scene(['Alice'], async ({ lobby, id, mod, others: [alice] }) => {
      await play(lobby, alice!, UNREADY);
      assert.equal(shown(alice!, id, 'Alice')?.player, false);
      assert.match(alice!.notices().join(), /not ready/);
      await say(lobby, mod, '$leveltoplay nonsense', '$leveltoplay 1');
      await play(lobby, alice!);
      assert.equal(shown(alice!, id, 'Alice')?.player, false);
      assert.match(alice!.notices().join(), /rank is too low/);
    });
  });

  it('$pull does not bring whom a moderator forbade to join battles', async () => {
    await scene([], async ({ lobby, id, host }) => {
      const carol = await lobby.client('Carol', 'n3');
      await restrict(lobby, carol, 'All lobbies');
      await say(lobby, host, '$pull Carol');
      await lobby.until('she is told', () => /You may not join battles/.test(carol.notices().join()));
      assert.equal(shown(host, id, 'Carol'), undefined);
    });
  });

  it('$pull brings somebody from another lobby, past lock and password', async () => {
    await scene(['Alice'], async ({ lobby, id, host }) => {
      const other = await lobby.client('Other', 'n2');
      const carol = await lobby.client('Carol', 'n3');
      const elsewhere = await lobby.as(other, (session) => session.battle.open(OPEN_REQUEST));
      await lobby.as(carol, (session) => session.battle.join(elsewhere));
      await say(lobby, host, '$pull Carol');
      await lobby.until('she is here', () => carol.session.battle.id() === id);
    });
  });

  it('$success lets the players say !y, as each of them', async () => {
    await scene(['Alice', 'Bob'], async ({ lobby, mod, host, others: [alice] }) => {
      await play(lobby, alice!);
      await say(lobby, mod, '$%success');
      await lobby.until('it is said', () => host.told().includes('battle-said Alice: !y'));
      assert.equal(host.told().filter((line) => line.endsWith(': !y')).length, 1);
    });
  });

  it('$rename, $settag and $meme change the lobby for all', async () => {
    await scene(['Alice'], async ({ lobby, id, host, others: [alice] }) => {
      await say(lobby, host, '$rename Quiet lobby', '$settag Game/Speed 2', '$meme greenfields');
      await lobby.until('all see it', () => {
        const { title, tags, units } = alice!.model.battle(id);
        return title === 'Quiet lobby' && tags.get('game/speed') === '2' && units.has('armmex');
      });
    });
  });
});

describe('the join queue', () => {
  it('waits while a match runs, and goes on when it has stopped', async () => {
    const request = { maxPlayers: 1 };
    await scene(
      ['Alice', 'Bob'],
      async ({ lobby, id, host, others: [alice, bob] }) => {
        await play(lobby, alice!);
        await say(lobby, bob!, '$joinq');
        await lobby.cluster.run('n1', (node, key) => node.server(consul, key).call('matchStarted'), id);
        await lobby.as(alice!, (session) => session.battle.leave());
        await lobby.cluster.advance(12_000);
        assert.equal(shown(host, id, 'Bob')?.player, false);
        await lobby.cluster.run('n1', (node, key) => node.server(consul, key).cast('matchStopped'), id);
        await lobby.until('Bob plays', () => shown(host, id, 'Bob')?.player === true);
        assert.deepEqual((await stateOf(lobby, id)).queue, []);
      },
      { request },
    );
  });

  it('makes nobody a player whom gatekeeper, level or lock keep from it', async () => {
    await scene(['Alice', 'Bob'], async ({ lobby, id, host, mod, others: [alice, bob] }) => {
      await say(lobby, host, '$gatekeeper friendsplay');
      await befriend(lobby, bob!, host);
      await say(lobby, alice!, '$joinq');
      await say(lobby, bob!, '$joinq');
      await lobby.until('Bob plays', () => shown(host, id, 'Bob')?.player === true);
      assert.equal(shown(host, id, 'Alice')?.player, false);
      assert.match(alice!.notices().join(), /Only friends/);
      assert.deepEqual((await stateOf(lobby, id)).queue, [], 'she does not stand in the way');
      await say(lobby, host, '$gatekeeper default', '$lock player');
      await say(lobby, mod, '$joinq');
      await lobby.cluster.advance(12_000);
      assert.equal(shown(host, id, 'Mod')?.player, false);
      await say(lobby, host, '$unlock player');
      await lobby.until('Mod plays', () => shown(host, id, 'Mod')?.player === true);
    });
  });

  it('is left and asked about by who is muted, whom nobody hears', async () => {
    await scene(['Alice'], async ({ lobby, id, host, others: [alice] }) => {
      await restrict(lobby, alice!, 'Battle chat');
      const before = host.told().length;
      await say(lobby, alice!, '$joinq');
      await lobby.until('Alice plays', () => shown(host, id, 'Alice')?.player === true);
      await assert.rejects(say(lobby, alice!, '$lock team'), { reason: 'Restricted' });
      await assert.rejects(say(lobby, alice!, 'hello'), { reason: 'Restricted' });
      assert.deepEqual(
        host
          .told()
          .slice(before)
          .filter((line) => /said Alice/.test(line)),
        [],
      );
    });
  });

  it('waits while the host is in a game, too', async () => {
    const request = { maxPlayers: 1 };
    await scene(
      ['Alice', 'Bob'],
      async ({ lobby, id, host, others: [alice, bob] }) => {
        await play(lobby, alice!);
        await say(lobby, bob!, '$joinq');
        await lobby.as(host, (session) => session.setStatus(1));
        await lobby.as(alice!, (session) => session.battle.leave());
        await lobby.cluster.advance(12_000);
        assert.equal(shown(host, id, 'Bob')?.player, false);
        await lobby.as(host, (session) => session.setStatus(0));
        await lobby.until('Bob plays', () => shown(host, id, 'Bob')?.player === true);
      },
      { request },
    );
  });

  it('puts $vip first and low priority last, refuses whom a moderator forbade it, and forgets who leaves', async () => {
    const request = { maxPlayers: 1 };
    await scene(
      ['Alice', 'Bob', 'Carol', 'Dave', 'Eve'],
      async ({ lobby, id, mod, others }) => {
        const [alice, bob, carol, dave, eve] = others as [TestClient, TestClient, TestClient, TestClient, TestClient];
        await restrict(lobby, bob, 'Low priority');
        await restrict(lobby, eve, 'Game queue');
        await restrict(lobby, carol, 'Game queue', 5);
        await lobby.cluster.advance(10);
        await play(lobby, alice);
        for (const client of [bob, carol, dave, eve]) await say(lobby, client, '$joinq');
        const queues = async () => {
          const { queue, lowQueue } = await stateOf(lobby, id);
          return [queue, lowQueue];
        };
        assert.deepEqual(await queues(), [[userId(carol), userId(dave)], [userId(bob)]]);
        assert.match(eve.notices().join(), /not allowed/);
        await say(lobby, mod, '$vip dave');
        assert.deepEqual(await queues(), [[userId(dave), userId(carol)], [userId(bob)]]);
        await lobby.as(dave, (session) => session.battle.leave());
        await lobby.as(alice, (session) => session.battle.leave());
        await lobby.until('Carol plays', () => shown(mod, id, 'Carol')?.player === true);
        assert.deepEqual(await queues(), [[], [userId(bob)]]);
      },
      { request },
    );
  });
});

describe('the host', () => {
  it('tells sizes and bosses in chat; from others the same lines mean nothing', async () => {
    await scene(['Alice', 'Bob'], async ({ lobby, id, host, others: [alice, bob] }) => {
      await lobby.as(alice!, ({ battle }) => battle.say('* Boss mode enabled for Alice', { emote: true }));
      await lobby.as(host, async ({ battle }) => {
        await battle.say('* Global setting changed by Host (teamSize=1)', { emote: true });
        await battle.say('* Global setting changed by Host (nbTeams=1)');
        await battle.say('* Boss mode enabled for Bob', { emote: true });
      });
      const known = async () => {
        const { teamSize, teamCount, bosses } = await stateOf(lobby, id);
        return [teamSize, teamCount, bosses];
      };
      assert.deepEqual(await known(), [1, 1, [userId(bob!)]]);
      await play(lobby, alice!);
      await play(lobby, bob!);
      assert.deepEqual([shown(host, id, 'Alice')?.player, shown(host, id, 'Bob')?.player], [true, false]);
      await say(lobby, bob!, '$gatekeeper friendsplay');
      assert.equal((await stateOf(lobby, id)).gatekeeper, 'friendsplay');
      await lobby.as(host, ({ battle }) => battle.say('* Boss mode disabled by Bob', { emote: true }));
      await say(lobby, bob!, '$gatekeeper default');
      assert.equal((await stateOf(lobby, id)).gatekeeper, 'friendsplay', 'he is no boss any more');
    });
  });

  it('tells the same as data; from others it is refused', async () => {
    await scene(['Alice'], async ({ lobby, id, host, others: [alice] }) => {
      const data = { teamSize: '8', nbTeams: '5', boss: 'Alice' };
      await assert.rejects(
        lobby.as(alice!, ({ battle }) => battle.updateHost(data)),
        { reason: 'NotAllowed' },
      );
      await lobby.as(host, ({ battle }) => battle.updateHost(data));
      const { teamSize, teamCount, bosses } = await stateOf(lobby, id);
      assert.deepEqual([teamSize, teamCount, bosses], [8, 5, [userId(alice!)]]);
    });
  });

  it('is told to mute who is muted, when he joins and after each match', async () => {
    await scene([], async ({ lobby, id, host }) => {
      const carol = await lobby.client('Carol', 'n3');
      await restrict(lobby, carol, 'Battle chat');
      await lobby.as(carol, (session) => session.battle.join(id));
      const told = () => host.notices().filter((line) => line === 'Coordinator: !mute Carol').length;
      await lobby.until('he is told', () => told() === 1);
      await lobby.cluster.run('n2', (node, key) => node.server(consul, key).cast('matchStopped'), id);
      await lobby.until('he is told again', () => told() === 2);
    });
  });
});

describe('the match id', () => {
  it('is there when the lobby opens, is not the host’s to change, and is new after a match', async () => {
    await scene([], async ({ lobby, id, host }) => {
      const first = await uuid(lobby, id);
      assert.match(first!, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      await lobby.as(host, ({ battle }) => battle.removeTags(['server/match/uuid', 'unknown/tag']));
      await lobby.as(host, ({ battle }) => battle.setTags([{ key: 'Server/match/uuid', value: 'mine' }]));
      await say(lobby, host, '$settag server/match/queue_id 1');
      assert.match(host.notices().join(), /That tag is the server’s own/);
      await lobby.cluster.advance(6_000);
      assert.equal(await uuid(lobby, id), first);
      await lobby.cluster.run('n2', (node, key) => node.server(consul, key).call('matchStopped'), id);
      assert.notEqual(await uuid(lobby, id), first);
    });
  });
});

describe('a message to the Coordinator', () => {
  it('reaches the Consul of the lobby where the sender is, for what need not be said aloud', async () => {
    await scene(['Alice', 'Bob'], async ({ lobby, id, host, others: [alice, bob] }) => {
      const dm = (client: TestClient, text: string) =>
        lobby.as(client, (session) => session.sayPrivate('Coordinator', text));
      for (const line of ['$s', '$joinq', '$leaveq', '$splitlobby']) await dm(alice!, line);
      await dm(bob!, '$y');
      await dm(bob!, '$follow alice');
      const { split, queue } = await stateOf(lobby, id);
      assert.deepEqual(queue, []);
      assert.deepEqual(split?.votes, [{ userId: userId(bob!), choice: 'follow', follows: userId(alice!) }]);
      await dm(host, '$lobbyban alice');
      assert.deepEqual((await stateOf(lobby, id)).bans, []);
      assert.ok(!host.model.said.some((line) => line.startsWith('$')), 'nothing of it is heard in the lobby');
    });
  });
});

describe('a split', () => {
  it('moves those who go along to an empty lobby when its time is over, not before', async () => {
    await scene(['Alice', 'Bob', 'Carol', 'Dave'], async ({ lobby, id, host, mod, others }) => {
      const [alice, bob, carol, dave] = others as [TestClient, TestClient, TestClient, TestClient];
      const landlord = await lobby.client('Landlord', 'n2');
      const empty = await lobby.as(landlord, (session) => session.battle.open(OPEN_REQUEST));
      await say(lobby, alice, '$splitlobby');
      await say(lobby, bob, '$y');
      await say(lobby, carol, '$follow bob');
      await say(lobby, dave, '$n');
      await lobby.cluster.advance(25_000);
      assert.equal(host.membersOf(empty)?.join(), 'Landlord');
      await lobby.until('they have moved', () => host.membersOf(empty)?.join() === 'Alice,Bob,Carol,Landlord');
      assert.equal(mod.membersOf(id)?.join(), 'Dave,Host,Mod');
      assert.equal((await stateOf(lobby, id)).split, null);
      assert.equal(host.model.said.filter((line) => /^The lobby splits/.test(line)).length, 1);
    });
  });

  it('is carried out at once by $dosplit, and called off by $cancelsplit', async () => {
    await scene(['Alice', 'Bob'], async ({ lobby, id, host, mod, others: [alice, bob] }) => {
      const landlord = await lobby.client('Landlord', 'n2');
      const empty = await lobby.as(landlord, (session) => session.battle.open(OPEN_REQUEST));
      await say(lobby, alice!, '$splitlobby');
      await say(lobby, mod, '$cancelsplit');
      await lobby.cluster.advance(40_000);
      assert.equal(host.membersOf(id)?.join(), 'Alice,Bob,Host,Mod');
      await say(lobby, alice!, '$splitlobby');
      await say(lobby, bob!, '$y');
      await say(lobby, mod, '$dosplit');
      await lobby.until('they have moved', () => host.membersOf(empty)?.join() === 'Alice,Bob,Landlord');
    });
  });
});

it('a node that dies takes nothing of its Consul along: bans, queues, levels and the split, which ends once', async () => {
  for (let seed = 1; seed <= 4; seed++) {
    await using lobby = await SimulatedLobby.start({ seed, nodes: 4 });
    const host = await lobby.client('Host', 'n1');
    const landlord = await lobby.client('Landlord', 'n1');
    const [alice, bob, carol] = [
      await lobby.client('Alice', 'n1'),
      await lobby.client('Bob', 'n1'),
      await lobby.client('Carol', 'n1'),
    ];
    const where = (id: number) =>
      lobby.cluster.run('n1', (node, key) => node.server(consul, key).where(), id) as Promise<string>;
    let id = await lobby.as(host, (session) => session.battle.open({ ...OPEN_REQUEST, maxPlayers: 1 }));
    while ((await where(id)) === 'n1') {
      await lobby.as(host, (session) => session.battle.leave());
      id = await lobby.as(host, (session) => session.battle.open({ ...OPEN_REQUEST, maxPlayers: 1 }));
    }
    const empty = await lobby.as(landlord, (session) => session.battle.open(OPEN_REQUEST));
    for (const client of [alice, bob, carol]) await lobby.as(client, (session) => session.battle.join(id));
    await play(lobby, carol);
    await say(lobby, bob, '$joinq');
    await say(lobby, host, '$lock team side', '$gatekeeper friends', '$lobbyban landlord no');
    await lobby.as(host, ({ battle }) => battle.updateHost({ teamSize: 3, nbTeams: 2, boss: 'Bob' }));
    await say(lobby, alice, '$splitlobby');
    await say(lobby, bob, '$y');
    const before = await stateOf(lobby, id);
    await lobby.cluster.advance(10_000);
    await lobby.cluster.kill(await where(id));
    assert.deepEqual(await stateOf(lobby, id), { ...before, opened: true }, `seed ${seed}`);
    await lobby.cluster.advance(15_000);
    assert.equal(host.membersOf(empty)?.join(), 'Landlord', 'not before its time');
    await lobby.until('the split ends', () => host.membersOf(empty)?.join() === 'Alice,Bob,Landlord');
    await lobby.cluster.advance(40_000);
    assert.equal(host.membersOf(id)?.join(), 'Carol,Host');
    assert.equal(host.model.said.filter((line) => /^The lobby splits/.test(line)).length, 1, `seed ${seed}`);
    const after = await stateOf(lobby, id);
    assert.deepEqual([after.split, after.queue, after.bans.length], [null, [], 1]);
  }
});

it('a split whose Consul dies while it ends moves everybody who goes along, once', async () => {
  const outcomes: number[] = [];
  for (let step = 0; step < 12; step++) {
    await using lobby = await SimulatedLobby.start({ seed: step + 1, nodes: 4 });
    const host = await lobby.client('Host', 'n1');
    const landlord = await lobby.client('Landlord', 'n1');
    const alice = await lobby.client('Alice', 'n1');
    const bob = await lobby.client('Bob', 'n1');
    const where = (id: number) =>
      lobby.cluster.run('n1', (node, key) => node.server(consul, key).where(), id) as Promise<string>;
    let id = await lobby.as(host, (session) => session.battle.open(OPEN_REQUEST));
    while ((await where(id)) === 'n1') {
      await lobby.as(host, (session) => session.battle.leave());
      id = await lobby.as(host, (session) => session.battle.open(OPEN_REQUEST));
    }
    const empty = await lobby.as(landlord, (session) => session.battle.open(OPEN_REQUEST));
    for (const client of [alice, bob]) await lobby.as(client, (session) => session.battle.join(id));
    await say(lobby, alice, '$splitlobby');
    await say(lobby, bob, '$y');
    const { split } = await stateOf(lobby, id);
    const now = (await lobby.cluster.run('n1', (node) => node.now())) as number;
    await lobby.cluster.advance(split!.deadline - now - 2 + step * 0.5);
    await lobby.cluster.kill(await where(id));
    outcomes.push((await stateOf(lobby, id)).split === null ? 1 : 0);
    await lobby.cluster.advance(5_000);
    await lobby.until('both have moved', () => host.membersOf(empty)?.join() === 'Alice,Bob,Landlord');
    await lobby.cluster.advance(40_000);
    assert.equal(host.membersOf(id)?.join(), 'Host');
    const moves = host.told().filter((line) => /^member-(joined|left) (Alice|Bob)$/.test(line));
    assert.equal(moves.length, 6, `step ${step}: ${moves}`);
    const { split: after, departures } = await stateOf(lobby, id);
    assert.deepEqual([after, departures], [null, []]);
  }
  assert.ok(outcomes.includes(0) && outcomes.includes(1), `before and after its end: ${outcomes}`);
});

it('a store that answers nothing, or nonsense, keeps nobody out', async () => {
  for (const broken of [() => new Promise<never>(() => {}), async () => [{ account_id: 1, restrictions: '{' }]]) {
    const database = memoryStore();
    let isBroken = false;
    const store = {
      ...database,
      query: (sql: string, parameters?: Parameters<typeof database.query>[1]) =>
        isBroken && /from "(friends|moderation_actions)"/.test(sql) ? broken() : database.query(sql, parameters),
    };
    await using lobby = await SimulatedLobby.start({ store });
    const host = await lobby.client('Host', 'n1');
    const alice = await lobby.client('Alice', 'n2');
    // A login needs it; what is at hand since then is forgotten.
    isBroken = true;
    const forget = (node: MusterNode, user: number) => node.cache(users).delete(user);
    for (const client of [host, alice]) await lobby.cluster.run('n1', forget, userId(client));
    const id = await lobby.as(host, (session) => session.battle.open(OPEN_REQUEST));
    await lobby.as(alice, (session) => session.battle.join(id));
    await say(lobby, alice, '$joinq');
    assert.deepEqual((await stateOf(lobby, id)).queue, []);
    await lobby.until('Alice plays', () => shown(host, id, 'Alice')?.player === true);
    const warned = lobby.cluster.log().filter(({ message }) => /does without/.test(message));
    assert.equal(warned.length, 1, 'it does not ask again at once');
  }
});

it('in a lobby full of commands whose Consul dies, every survivor keeps a valid stream and the same picture', async () => {
  const lines = (
    '$status|$joinq|$leaveq|$lock team side|$unlock team|$gatekeeper friends|$gatekeeper default|$splitlobby|$y|$n|' +
    '$follow user3|$dosplit|$lobbyban user5 no|$unban user5|$lobbykick user6|$timeout user7|$speclock user4|$reset|' +
    '$specunready|$makeready|$forceplay user4|$forcespec user4|$pull user5|$success|$rename Other|$settag a b|' +
    '$meme rich|$meme undo|$vip user4|$playerlimit 3|$leveltoplay 0|$welcome-message hello|$help|hello|$nonsense'
  ).split('|');
  for (let seed = 1; seed <= 4; seed++) {
    await using lobby = await SimulatedLobby.start({ seed, nodes: 4 });
    const clients: TestClient[] = [];
    for (let at = 0; at < 8; at++) {
      const name = `user${at}`;
      const first = await lobby.client(name, `n${1 + (at % 4)}`);
      if (at !== 1) {
        clients.push(first);
        continue;
      }
      await lobby.as(first, (session) => session.end());
      await lobby.on('n1', (door) => door.setRoles(name, { moderator: true }));
      clients.push(await lobby.client(name, `n${1 + (at % 4)}`));
    }
    const [host, mod, landlord] = clients as [TestClient, TestClient, TestClient];
    const id = await lobby.as(host, (session) => session.battle.open(OPEN_REQUEST));
    await lobby.as(landlord, (session) => session.battle.open(OPEN_REQUEST));
    let done = 0;
    const attempt = async (work: Promise<unknown>): Promise<void> => {
      try {
        await work;
        done += 1;
      } catch (error) {
        const { code, reason } = error as { code: string; reason?: string };
        assert.ok(['LobbyRefused', 'NodeDown', 'Refused'].includes(code) && reason !== 'BadValue', String(error));
      }
    };
    const busy = clients.map(async (client, at) => {
      for (let round = 0; round < 25; round++) {
        if (client !== host && client !== landlord) {
          await attempt(lobby.as(client, ({ battle }) => battle.join(id)));
        }
        await attempt(lobby.as(client, ({ battle }) => battle.setStatus(round % 3 === 0 ? UNREADY : PLAYER, 0)));
        const line = lines[(round * 7 + at * 5 + seed) % lines.length]!;
        await attempt(lobby.as(client, ({ battle }) => battle.say(line)));
      }
    });
    await lobby.cluster.advance(60 + seed * 9);
    const doomed = (await lobby.cluster.run('n1', (node, key) => node.server(consul, key).where(), id)) as string;
    const victim = [host.node, mod.node].includes(doomed) ? 'n4' : doomed;
    await lobby.cluster.kill(victim);
    await Promise.all(busy);
    await lobby.cluster.advance(40_000);
    await lobby.cluster.settled();
    assert.ok(done > 150, `seed ${seed}: it was busy (${done})`);
    const alive = clients.filter(({ node }) => node !== victim);
    const picture = (client: TestClient) =>
      JSON.stringify([...client.model.battles.keys()].sort().map((key) => [key, client.membersOf(key)]));
    assert.equal(new Set(alive.map(picture)).size, 1, `seed ${seed}: ${alive.map(picture).join('\n')}`);
    const errors = lobby.cluster.log().filter(({ level }) => level === 'error');
    assert.deepEqual(errors, [], `seed ${seed}`);
  }
});
