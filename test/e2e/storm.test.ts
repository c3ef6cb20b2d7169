/**
 * Many clients do everything at once, on all nodes, while a node is killed and comes back: no client may ever be sent a
 * line that a strict client calls broken, and when all is quiet all believe the same.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { integerBetween, type RandomSource, seededRandom } from '../../src/base/index.ts';
import { INTERNAL_USERS } from '../../src/lobby/index.ts';
import type { LobbyTestClient } from '../support/lobby-client.ts';
import { type LobbyCluster, startLobbyCluster } from '../support/lobby-cluster.ts';

const USERS = 9;
const STEPS = 60;
const NODES = ['n1', 'n2', 'n3'];

interface Player {
  readonly name: string;
  client: LobbyTestClient | undefined;
}

type Act = (client: LobbyTestClient, random: RandomSource) => void;

function pick<T>(random: RandomSource, from: readonly T[]): T | undefined {
  return from[integerBetween(random, 0, from.length - 1)];
}

const anyBattle = (client: LobbyTestClient, random: RandomSource): number =>
  pick(random, [...client.model.battles.keys()]) ?? 1;
const anyUser = (client: LobbyTestClient, random: RandomSource): string =>
  pick(random, [...client.model.users.keys()]) ?? 'nobody';

const ACTS: readonly Act[] = [
  (client, random) => client.send(`MYSTATUS ${integerBetween(random, 0, 3)}`),
  (client, random) => client.send(`JOIN room${integerBetween(random, 1, 3)}`),
  (client, random) => client.send(`LEAVE room${integerBetween(random, 1, 3)}`),
  (client, random) => client.send(`#7 SAY room${integerBetween(random, 1, 3)} hello all`),
  (client, random) => client.send(`SAYPRIVATE ${anyUser(client, random)} psst`),
  (client) => client.send('OPENBATTLE 0 0 * 8452 8 gameHash 0 1 spring\t104.0\tComet\tEU 01\tBAR'),
  (client, random) => client.send(`JOINBATTLE ${anyBattle(client, random)} * pw`),
  (client, random) => client.send(`#5 JOINBATTLE ${anyBattle(client, random)}`),
  (client) => client.send('LEAVEBATTLE'),
  (client) => client.send('MYBATTLESTATUS 4195330 255'),
  (client, random) => client.send(`ADDBOT bot${integerBetween(random, 1, 9)} 4195398 0 AI`),
  (client, random) => client.send(`SAYBATTLE line ${integerBetween(random, 1, 9)}`, 'SAYBATTLE $status'),
  (client, random) => client.send(`KICKFROMBATTLE ${anyUser(client, random)}`),
  (client, random) => client.send(`UPDATEBATTLEINFO ${integerBetween(random, 0, 4)} 0 1 Comet`),
  (client, random) => client.send(`SETSCRIPTTAGS game/a=${integerBetween(random, 0, 9)}`),
];

/** One step of one player: log in somewhere, vanish, log in a second time elsewhere, or do something. */
async function step(lobby: LobbyCluster, player: Player, random: RandomSource): Promise<void> {
  const dice = random();
  const node = pick(random, NODES)!;
  if (!player.client || player.client.isClosed || dice < 0.04) {
    // Where nobody answers, an older session goes on.
    player.client = (await logIn(lobby, player, node)) ?? player.client;
  } else if (dice < 0.08) {
    await player.client[Symbol.asyncDispose]();
  } else if (dice < 0.11) {
    player.client.send('EXIT');
    await player.client.closed;
  } else {
    pick(random, ACTS)!(player.client, random);
    await player.client.sync().catch(() => undefined);
  }
}

/** The node may be down and the login may be refused: then the player has no client for now. */
async function logIn(lobby: LobbyCluster, { name }: Player, node: string): Promise<LobbyTestClient | undefined> {
  try {
    const client = await lobby.guest(node);
    await client.login(name);
    return client;
  } catch {
    return undefined;
  }
}

/** All that a client believes about what is public. */
function beliefs({ model }: LobbyTestClient): unknown {
  return {
    users: [...model.users].map(([name, { status }]) => `${name} ${status}`).sort(),
    battles: [...model.battles]
      .map(([id, { founder, members, spectators }]) => `${id} ${founder} ${[...members].sort()} ${spectators}`)
      .sort(),
  };
}

for (const seed of [1, 2]) {
  test(`storm: nine users on three nodes while a node dies and comes back (seed ${seed})`, async () => {
    await using lobby = await startLobbyCluster(3);
    const random = seededRandom(seed);
    const players: Player[] = [];
    for (let at = 1; at <= USERS; at++) {
      const client = await lobby.online(pick(random, NODES)!, `user${at}`);
      players.push({ name: `user${at}`, client });
    }
    const play = async (player: Player): Promise<void> => {
      for (let at = 0; at < STEPS; at++) await step(lobby, player, random);
    };
    const disturb = async (): Promise<void> => {
      await lobby.cluster.waitFor('the storm to rise', () =>
        players.some(({ client }) => (client?.lines.length ?? 0) > 60),
      );
      await lobby.cluster.kill('n2');
      await lobby.cluster.start('n2');
    };
    await Promise.all([...players.map(play), disturb()]);

    await lobby.cluster.settled();
    const clients = players.flatMap(({ client }) => (client && !client.isClosed ? [client] : []));
    assert.deepEqual(lobby.violations(), []);
    assert.ok(clients.length > 2, 'somebody is left');
    await lobby.cluster.waitFor('all to believe the same', async () => {
      await Promise.all(clients.map((client) => client.sync()));
      const [first, ...others] = clients.map((client) => JSON.stringify(beliefs(client)));
      return others.every((other) => other === first);
    });
    assert.deepEqual(lobby.violations(), []);
    const online = new Set(clients.map(({ model }) => model.name));
    const shown = [...clients[0]!.model.users.keys()].filter(
      (name) => !INTERNAL_USERS.some((user) => user.name === name),
    );
    assert.deepEqual(new Set(shown), online);
  });
}
