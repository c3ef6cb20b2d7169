import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lobbies } from '../../src/lobby/battles/record.ts';
import { consul } from '../../src/lobby/consul/consul.ts';
import { LobbyRefused, type OpenBattleRequest, type RefusalCode } from '../../src/lobby/index.ts';
import { decodeBattleStatus, encodeBattleStatus } from '../../src/lobby/status/battle-status.ts';
import { OPEN_REQUEST, PLAYER } from './records.ts';
import { PASSWORD, SimulatedLobby, type TestClient } from './simulated-lobby.ts';

const SPECTATOR = encodeBattleStatus({ ...decodeBattleStatus(PLAYER), player: false });

function refused(reason: RefusalCode, text = /./) {
  return (error: unknown): boolean =>
    error instanceof LobbyRefused && error.reason === reason && text.test(error.message);
}

/** A battle of Host on n1, with the others in it, on n2, n3, n1 … */
async function battle(lobby: SimulatedLobby, names: string[], request: Partial<OpenBattleRequest> = {}) {
  const host = await lobby.client('Host', 'n1');
  const others: TestClient[] = [];
  for (const [at, name] of names.entries()) others.push(await lobby.client(name, `n${1 + ((at + 1) % 3)}`));
  const id = await lobby.as(host, (session) => session.battle.open({ ...OPEN_REQUEST, ...request }));
  const password = request.password ?? '';
  for (const client of others) await lobby.as(client, (session) => session.battle.join(id, { password }));
  return { id, host, others };
}

function memberStatus(client: TestClient, id: number, name: string): number | undefined {
  const user = [...client.model.users].find(([, { name: known }]) => known === name);
  return client.model.battles.get(id)?.members.get(user![0])?.status;
}

describe('a battle', () => {
  it('opens, fills, talks and closes, the same for clients on every node', async () => {
    await using lobby = await SimulatedLobby.start();
    const watcher = await lobby.client('Watcher', 'n3');
    const { id, host, others } = await battle(lobby, ['Alice', 'Bob']);
    const [alice, bob] = others as [TestClient, TestClient];
    assert.equal(host.session.battle.id(), id);
    await lobby.until('all see all', () =>
      [watcher, host, alice].every((one) => one.membersOf(id)?.join() === 'Alice,Bob,Host'),
    );

    await lobby.as(alice, (session) => session.battle.setStatus(PLAYER, 255));
    await lobby.until('Bob sees Alice play', () => memberStatus(bob, id, 'Alice') === PLAYER);
    await lobby.as(alice, (session) => session.battle.addBot({ name: 'bot', status: 1, colour: 2, ai: 'KAIK' }));
    await lobby.as(host, async ({ battle }) => {
      await battle.setTags([{ key: 'Game/Speed', value: '1' }]);
      await battle.addRect({ team: 0, left: 0, top: 0, right: 100, bottom: 50 });
      await battle.disableUnits(['armcom']);
      await battle.updateInfo({ spectators: 2, locked: true, mapHash: '1', mapName: 'Other Map' });
    });
    await lobby.as(bob, (session) => session.battle.say('hello all', { tag: '9' }));
    await lobby.until('the members have it all', () =>
      [host, alice, bob].every(({ model }) => {
        const shown = model.battle(id);
        return (
          shown.bots.size === 1 &&
          shown.tags.get('game/speed') === '1' &&
          shown.rects.size === 1 &&
          shown.units.size === 1 &&
          shown.locked &&
          model.said.includes('hello all')
        );
      }),
    );
    await lobby.until('the watcher has the public part', () => watcher.model.battle(id).locked);
    assert.ok(!watcher.told().some((line) => /said|bot|tags|rect|units|member-status/.test(line)));

    assert.equal(await lobby.as(alice, (session) => session.battle.leave()), true);
    assert.equal(await lobby.as(alice, (session) => session.battle.leave()), false);
    assert.deepEqual(bob.told().slice(-2), ['bot-removed', 'member-left Alice']);
    await lobby.as(host, (session) => session.battle.leave());
    await lobby.until('closed everywhere', () =>
      [watcher, host, alice, bob].every(({ model }) => model.battles.size === 0),
    );
    assert.equal(watcher.told().at(-1), 'battle-closed');
    assert.equal(bob.session.battle.id(), undefined);
    await lobby.cluster.settled();
    await assert.rejects(
      lobby.cluster.run('n2', (node, lobbyId) => node.server(consul, lobbyId).call('check'), id),
      { code: 'NoSuchServer' },
    );
  });

  it('refuses entry with the reason', async () => {
    await using lobby = await SimulatedLobby.start();
    const { id, host, others } = await battle(lobby, ['Alice'], { password: 'secret', maxPlayers: 1 });
    const bob = await lobby.client('Bob', 'n3');
    const join = (lobbyId: number, password: string) =>
      lobby.as(bob, (session) => session.battle.join(lobbyId, { password }));
    await assert.rejects(join(9_999, ''), refused('NoSuchBattle'));
    await assert.rejects(join(id, ''), refused('BattlePassword'));
    await assert.rejects(
      lobby.as(others[0]!, (session) => session.battle.open(OPEN_REQUEST)),
      refused('InBattleAlready'),
    );
    await lobby.as(others[0]!, (session) => session.battle.setStatus(PLAYER, 0));
    await lobby.as(host, (session) =>
      session.battle.updateInfo({ spectators: 0, locked: true, mapHash: '1', mapName: 'm' }),
    );
    await assert.rejects(join(id, 'secret'), refused('BattleLocked'));
    assert.equal(bob.session.battle.id(), undefined);
  });

  it('asks a host whose client authorises joins: yes, no, no answer, gone', async () => {
    await using lobby = await SimulatedLobby.start({ settings: { consentMs: 3_000 } });
    const host = await lobby.client('Host', 'n1', { flags: ['b', 'sp'] });
    const alice = await lobby.client('Alice', 'n2', { ip: '10.1.2.3' });
    const id = await lobby.as(host, (session) => session.battle.open(OPEN_REQUEST));
    const join = () => lobby.as(alice, (session) => session.battle.join(id, { scriptPassword: 'sp1' }));
    const asked = (times: number) => lobby.until('the host is asked', () => host.inboxed.length === times);
    const expectation = async (rejection: Promise<void>, reason: RefusalCode, text: RegExp) =>
      assert.rejects(rejection, refused(reason, text));

    const denied = expectation(join(), 'HostRefused', /^not you$/);
    await asked(1);
    assert.deepEqual(
      host.inboxed.map((message) => message.kind === 'join-request' && [message.user.name, message.ip]),
      [['Alice', '10.1.2.3']],
    );
    assert.equal(
      await lobby.as(host, (session) => session.battle.answerJoin('Alice', { allow: false, reason: 'not you' })),
      true,
    );
    await denied;
    await expectation(join(), 'HostRefused', /in time/);

    const allowed = join();
    await asked(3);
    assert.equal(await lobby.as(host, (session) => session.battle.answerJoin('Nobody', { allow: true })), false);
    await lobby.as(host, (session) => session.battle.answerJoin('Alice', { allow: true }));
    await allowed;
    const joined = host.events.find((event) => event.kind === 'member-joined');
    assert.equal(joined?.kind === 'member-joined' && joined.member.scriptPassword, 'sp1');

    await lobby.as(alice, (session) => session.battle.leave());
    const vain = expectation(join(), 'NoSuchBattle', /closed/);
    await asked(4);
    await lobby.as(host, (session) => session.battle.leave());
    await vain;
  });

  it('a kick puts the target out with a sign that it was one, and he may come back', async () => {
    await using lobby = await SimulatedLobby.start();
    const { id, host, others } = await battle(lobby, ['Alice', 'Bob']);
    const [alice, bob] = others as [TestClient, TestClient];
    await assert.rejects(
      lobby.as(bob, (session) => session.battle.kick('Alice')),
      refused('NotAllowed'),
    );
    await lobby.as(host, (session) => session.battle.kick('Alice'));
    await lobby.until('Alice is out', () => alice.session.battle.id() === undefined);
    const left = alice.events.find((event) => event.kind === 'member-left');
    assert.equal(left?.kind === 'member-left' && left.forced, true);
    await lobby.as(alice, (session) => session.battle.join(id));
    assert.equal(alice.session.battle.id(), id);
  });

  it('a line for one member reaches him only, and is for the host to say', async () => {
    await using lobby = await SimulatedLobby.start();
    const { host, others } = await battle(lobby, ['Alice', 'Bob']);
    const [alice, bob] = others as [TestClient, TestClient];
    await lobby.as(host, (session) => session.battle.sayPrivate('Alice', 'psst'));
    await lobby.until('Alice has it', () => alice.inboxed.some(({ kind }) => kind === 'battle-private'));
    assert.deepEqual(bob.inboxed, []);
    await assert.rejects(
      lobby.as(bob, (session) => session.battle.sayPrivate('Alice', 'x')),
      refused('NotAllowed'),
    );
  });

  it('outside a battle everything about one is refused as such', async () => {
    await using lobby = await SimulatedLobby.start({ nodes: 1 });
    const alice = await lobby.client('Alice', 'n1');
    for (const ask of [
      () => alice.session.battle.say('x'),
      () => alice.session.battle.setStatus(1, 1),
      () => alice.session.battle.kick('x'),
      () => alice.session.battle.setTags([]),
      () => alice.session.battle.removeBot('x'),
    ]) {
      await assert.rejects(lobby.as(alice, ask), refused('NotInBattle'));
    }
  });
});

describe('consul', () => {
  it('gives the last place to one of two who want it at the same time', async () => {
    for (let seed = 1; seed <= 5; seed++) {
      await using lobby = await SimulatedLobby.start({ seed });
      const { id, host, others } = await battle(lobby, ['Alice', 'Bob'], { maxPlayers: 1 });
      await Promise.all(others.map((client) => lobby.as(client, (session) => session.battle.setStatus(PLAYER, 0))));
      await lobby.cluster.settled();
      const statuses = others.map(({ name }) => memberStatus(host, id, name)).sort();
      assert.deepEqual(statuses, [SPECTATOR, PLAYER]);
      const told = others.flatMap((client) => client.notices());
      assert.equal(told.filter((line) => /\$joinq/.test(line)).length, 1);
    }
  });

  it('refuses what a lock pins, and the client gets the old status again', async () => {
    await using lobby = await SimulatedLobby.start();
    const { id, host, others } = await battle(lobby, ['Alice']);
    const alice = others[0]!;
    await lobby.as(alice, (session) => session.battle.setStatus(PLAYER, 0));
    await lobby.as(host, (session) => session.battle.say('$lock side'));
    const before = alice.events.length;
    await lobby.as(alice, (session) => session.battle.setStatus(PLAYER + (1 << 24), 0));
    await lobby.until('Alice has an answer', () =>
      alice.events.slice(before).some(({ kind }) => kind === 'member-status'),
    );
    assert.equal(memberStatus(alice, id, 'Alice'), PLAYER);
  });

  it('echoes accepted commands, keeps silent ones to itself, and answers unknown ones in private', async () => {
    await using lobby = await SimulatedLobby.start();
    const { host, others } = await battle(lobby, ['Alice']);
    const alice = others[0]!;
    await lobby.as(host, async ({ battle }) => {
      await battle.say('$status');
      await battle.say('$%lock team');
      await battle.say('$nonsense');
      await battle.say('$ 5 is the price');
    });
    await lobby.until('all is heard', () => alice.model.said.length === 2);
    assert.deepEqual(alice.model.said, ['$status', '$ 5 is the price']);
    assert.ok(host.notices().includes('Coordinator: Locks: none'));
    assert.ok(host.notices().includes('Coordinator: Locks: team'));
    assert.ok(host.notices().some((line) => /No command of the name \$nonsense/.test(line)));
    assert.deepEqual(alice.notices(), []);
  });

  it('tells the welcome message to who joins, and answers what is sent to the Coordinator', async () => {
    await using lobby = await SimulatedLobby.start();
    const { id, host } = await battle(lobby, []);
    await lobby.as(host, (session) => session.battle.say('$welcome-message Be kind'));
    await lobby.until('it is announced', () => host.model.said.some((line) => /Be kind/.test(line)));
    const alice = await lobby.client('Alice', 'n2');
    await lobby.as(alice, (session) => session.battle.join(id));
    await lobby.until('Alice has it', () => alice.notices().length === 3);
    assert.equal(alice.notices()[1], 'Coordinator: Be kind');
    await lobby.as(alice, (session) => session.sayPrivate('Coordinator', '$status'));
    assert.ok(alice.notices().some((line) => /Status for battle/.test(line)));
  });

  it('promotes the head of the queue when a player leaves', async () => {
    await using lobby = await SimulatedLobby.start();
    const { id, host, others } = await battle(lobby, ['Alice', 'Bob', 'Carol'], { maxPlayers: 1 });
    const [alice, bob, carol] = others as [TestClient, TestClient, TestClient];
    await lobby.as(alice, (session) => session.battle.setStatus(PLAYER, 0));
    for (const client of [bob, carol]) await lobby.as(client, (session) => session.battle.say('$joinq'));
    await lobby.as(alice, (session) => session.end());
    await lobby.until('Bob plays', () => decodeBattleStatus(memberStatus(host, id, 'Bob')!).player);
    assert.equal(decodeBattleStatus(memberStatus(host, id, 'Carol')!).player, false);
    await lobby.until('Bob is told', () => bob.inboxed.some(({ kind }) => kind === 'ring'));
  });

  it('keeps its state when its node dies, and the lobby goes on', async () => {
    for (let seed = 1; seed <= 5; seed++) {
      await using lobby = await SimulatedLobby.start({ seed, nodes: 4 });
      const host = await lobby.client('Host', 'n1');
      const alice = await lobby.client('Alice', 'n1');
      const where = async () => lobby.cluster.run('n1', (node, id) => node.server(consul, id).where(), id);
      let id = 0;
      do {
        if (id > 0) await lobby.as(host, (session) => session.battle.leave());
        id = await lobby.as(host, (session) => session.battle.open(OPEN_REQUEST));
        await lobby.as(alice, (session) => session.battle.join(id));
      } while ((await where()) === 'n1');
      await lobby.as(host, (session) => session.battle.say('$lock team side'));
      await lobby.as(alice, (session) => session.battle.say('$joinq'));
      await lobby.cluster.kill((await where())!);
      await lobby.as(alice, (session) => session.battle.say('$status'));
      assert.ok(
        alice.notices().includes('Coordinator: Locks: team, side'),
        `seed ${seed}: ${alice.notices().join('\n')}`,
      );
      assert.deepEqual(alice.membersOf(id), ['Alice', 'Host']);
    }
  });
});

describe('without a Consul', () => {
  it('people still join, change status, talk and leave; commands get a notice', async () => {
    await using lobby = await SimulatedLobby.start();
    const { id, host, others } = await battle(lobby, ['Alice']);
    await lobby.cluster.run('n2', (node, lobbyId) => node.server(consul, lobbyId).stop(), id);
    await lobby.cluster.settled();
    const bob = await lobby.client('Bob', 'n3');
    await lobby.as(bob, (session) => session.battle.join(id));
    await lobby.as(bob, (session) => session.battle.setStatus(PLAYER, 5));
    await lobby.as(bob, (session) => session.battle.say('$status'));
    assert.match(bob.notices().join(), /Consul is not there/);
    await lobby.as(others[0]!, (session) => session.battle.leave());
    await lobby.until(
      'the host sees it',
      () => host.membersOf(id)?.join() === 'Bob,Host' && memberStatus(host, id, 'Bob') === PLAYER,
    );
  });
});

describe('when a node dies', () => {
  it('its lobbies close in good order and their records go, others go on without its members', async () => {
    await using lobby = await SimulatedLobby.start({ nodes: 4 });
    const doomedHost = await lobby.client('Doomed', 'n2');
    const { id, others } = await battle(lobby, ['OnTwo', 'OnThree']);
    const doomed = await lobby.as(doomedHost, (session) => session.battle.open(OPEN_REQUEST));
    const guest = await lobby.client('Guest', 'n4');
    await lobby.as(guest, (session) => session.battle.join(doomed));
    assert.equal(others[0]?.node, 'n2');
    await lobby.cluster.kill('n2');
    await lobby.until(
      'the survivors see it',
      () => guest.membersOf(id)?.join() === 'Host,OnThree' && !guest.model.battles.has(doomed),
    );
    assert.equal(guest.session.battle.id(), undefined);
    assert.deepEqual(
      guest
        .told()
        .filter((line) => /closed|left|removed/.test(line))
        .sort(),
      ['battle-closed', 'member-left OnTwo', 'user-removed Doomed', 'user-removed OnTwo'],
    );
    await lobby.cluster.settled();
    await lobby.cluster.advance(100);
    const records = await lobby.cluster.run('n1', (node) =>
      [...node.cache(lobbies).entries()].map(([key, { members }]) => [key, members.length]),
    );
    assert.deepEqual(records, [[id, 2]]);
    const other = await lobby.as(guest, (session) => session.battle.open(OPEN_REQUEST));
    assert.ok(other > 0 && other !== doomed && other !== id);
  });

  it('whichever it is, in the middle of a busy lobby, every survivor keeps a valid stream and the same picture', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      await using lobby = await SimulatedLobby.start({ seed, nodes: 4 });
      const clients: TestClient[] = [];
      for (let at = 0; at < 8; at++) clients.push(await lobby.client(`user${at}`, `n${1 + (at % 4)}`));
      const doomed = `n${1 + (seed % 4)}`;
      const tally = { done: 0, refused: 0 };
      const attempt = async (work: Promise<unknown>): Promise<void> => {
        try {
          await work;
          tally.done += 1;
        } catch (error) {
          const { code, reason } = error as { code: string; reason?: string };
          assert.ok(['LobbyRefused', 'NodeDown', 'Refused'].includes(code) && reason !== 'BadValue', String(error));
          tally.refused += 1;
        }
      };
      const busy = clients.map(async (client, at) => {
        if (at < 3) await attempt(lobby.as(client, (session) => session.battle.open(OPEN_REQUEST)));
        for (let round = 0; round < 8; round++) {
          const open = [...lobby.lobby(client.node).roster.battles()];
          const target = open[(at + round) % Math.max(1, open.length)]?.summary.lobbyId ?? 0;
          await attempt(lobby.as(client, ({ rooms }) => rooms.join('main')));
          await attempt(lobby.as(client, ({ battle }) => battle.join(target)));
          await attempt(lobby.as(client, ({ battle }) => battle.setStatus(PLAYER, round)));
          await attempt(
            lobby.as(client, ({ battle }) => battle.addBot({ name: `bot${at}`, status: 0, colour: 0, ai: 'KAIK' })),
          );
          await attempt(lobby.as(client, ({ battle }) => battle.say(`hello ${round}`)));
          if (at >= 3 && round % 2 === 1) await attempt(lobby.as(client, ({ battle }) => battle.leave()));
          if (round % 3 === 2) await attempt(lobby.as(client, ({ rooms }) => rooms.leave('main')));
        }
      });
      await lobby.cluster.advance(20 + seed * 7);
      await lobby.cluster.kill(doomed);
      await Promise.all(busy);
      await lobby.cluster.advance(6_000);
      await lobby.cluster.settled();
      assert.ok(tally.done > 100, `the lobby was busy: ${JSON.stringify(tally)}`);
      const alive = clients.filter(({ node }) => node !== doomed);
      const picture = (client: TestClient) =>
        JSON.stringify([
          client.sees(),
          [...client.model.battles.keys()].sort().map((id) => [id, client.membersOf(id)]),
        ]);
      assert.equal(new Set(alive.map(picture)).size, 1, `seed ${seed}: ${alive.map(picture).join('\n')}`);
      assert.deepEqual(alive[0]!.sees(), [...alive.map(({ name }) => name), 'Coordinator'].sort());
      assert.ok(
        !lobby.cluster.log().some(({ level }) => level === 'error'),
        JSON.stringify(lobby.cluster.log().filter(({ level }) => level === 'error')),
      );
    }
  });
});

it('lobby ids are never used again, and grow on each node', async () => {
  await using lobby = await SimulatedLobby.start();
  const ids: number[] = [];
  for (const node of ['n1', 'n2', 'n3', 'n1']) {
    const host = await lobby.client(`host${ids.length}`, node);
    ids.push(await lobby.as(host, (session) => session.battle.open({ ...OPEN_REQUEST, password: PASSWORD })));
  }
  assert.equal(new Set(ids).size, 4);
});
