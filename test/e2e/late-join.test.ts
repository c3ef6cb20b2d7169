/**
 * A node that comes online later is caught up: it joins while two hundred players are online in fifty battles and some of them never
 * stop moving; what its first clients are told when they log in is all there is, by the strict view.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Names, Player } from '../../src/edges/players/index.ts';
import { realClock } from '../support/gateway.ts';
import { type LobbyCluster, startLobbyCluster } from '../support/lobby-cluster.ts';

const BATTLES = 50;
const PER_BATTLE = 4;
/** One battle's members but its host keep leaving and joining. */
const RESTLESS = PER_BATTLE - 1;
const AT_ONCE = 10;
const DEADLINE_MS = 30_000;

const names = (): Names => new Names();

/** Registered and logged in on a node. */
async function online(lobby: LobbyCluster, node: string, name: string, known: Names): Promise<Player> {
  const port = await lobby.gauge(node, 'lobbyPort');
  const options = { name, host: '127.0.0.1', port, names: known, clock: realClock, deadlineMs: DEADLINE_MS };
  const player = await Player.connect(options);
  await player.register();
  await player.logIn();
  return player;
}

async function someAtOnce<T, R>(all: readonly T[], act: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < all.length; at += AT_ONCE) {
    results.push(...(await Promise.all(all.slice(at, at + AT_ONCE).map(act))));
  }
  return results;
}

/** What a player sees of users and battles, in names. */
function seen({ view }: Player): { users: string[]; battles: string[] } {
  const nameOf = (user: number): string => view.names.nameOf(user);
  return {
    users: view.onlineUsers().map(nameOf).sort(),
    battles: [...view.battles]
      .map(([id, { founder, members }]) => `${id} of ${nameOf(founder)}: ${members.map(nameOf).sort().join(' ')}`)
      .sort(),
  };
}

test('late join: a node that joins a lobby in full swing shows its first clients all of it in their login streams', async () => {
  await using lobby = await startLobbyCluster(2);
  const known = names();
  const numbers = Array.from({ length: BATTLES * PER_BATTLE }, (_, at) => at);
  const players = await someAtOnce(numbers, (at) => online(lobby, `n${1 + (at % 2)}`, `player${at}`, known));
  const hosts = players.filter((_, at) => at % PER_BATTLE === 0);
  const ids = await someAtOnce(hosts, (host) => host.openBattle());
  const members = numbers.filter((at) => at % PER_BATTLE !== 0);
  const join = (at: number): Promise<void> => players[at]!.joinBattle(ids[Math.floor(at / PER_BATTLE)]!);
  await someAtOnce(members, join);
  await someAtOnce(players, (player) => player.joinChannel('main'));

  let isOver = false;
  let moves = 0;
  const moving = members.slice(-RESTLESS).map(async (at) => {
    while (!isOver) {
      await players[at]!.leaveBattle();
      players[at]!.say('main', 'off and on');
      await join(at);
      moves += 1;
    }
  });
  const restless = Promise.all(moving);
  // Awaited below; when something fails before that, it is that which counts.
  restless.catch(() => {});
  await lobby.cluster.waitFor('them to move', () => moves > RESTLESS);
  const before = moves;
  const added = await lobby.cluster.add();
  assert.ok(moves > before, 'they went on while the node joined');

  const first = await online(lobby, added, 'first', names());
  // At the end of its login stream, with nothing that may come later; only the restless are here or there.
  const { users, battles } = seen(first);
  const people = [...players.map(({ name }) => name), 'first'];
  assert.deepEqual(
    users.filter((name) => people.includes(name)),
    people.sort(),
  );
  assert.ok(users.includes('Coordinator'), 'the server itself');
  assert.equal(battles.length, BATTLES);
  assert.ok(first.view.places >= BATTLES * PER_BATTLE - RESTLESS, `${first.view.places} places`);

  isOver = true;
  await restless;
  const second = await online(lobby, added, 'second', names());
  const complete = seen(second);
  assert.equal(second.view.places, BATTLES * PER_BATTLE);
  assert.deepEqual(
    complete.battles,
    hosts.map((host, at) => `${ids[at]} of ${host.name}: ${groupOf(players, at).join(' ')}`).sort(),
  );
  for (const player of [players[0]!, players[1]!, first]) {
    await player.until(
      'seeing the same as the second',
      () => JSON.stringify(seen(player)) === JSON.stringify(complete),
    );
  }
  for (const player of [...players, first, second]) {
    assert.equal(player.failure, undefined);
    player.destroy();
  }
});

function groupOf(players: readonly Player[], battle: number): string[] {
  const from = battle * PER_BATTLE;
  return players
    .slice(from, from + PER_BATTLE)
    .map(({ name }) => name)
    .sort();
}
