/** The nodes of the queue's and the match's servers die at many points of a match: nobody is lost, nobody is matched twice. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AttemptKey } from '../../../src/lobby/matchmaking/declarations.ts';
import { queueMatch } from '../../../src/lobby/matchmaking/match-server.ts';
import { matchmaker } from '../../../src/lobby/matchmaking/matchmaker.ts';
import { queueWait } from '../../../src/lobby/matchmaking/wait-server.ts';
import type { MusterNode } from '../../../src/services/index.ts';
import type { SimulatedLobby, TestClient } from '../simulated-lobby.ts';
import {
  cancellations,
  claimsOn,
  DUEL,
  invitations,
  join,
  openHost,
  queuesOf,
  ready,
  startMatchmaking,
  sync,
} from './matchmaking-lobby.ts';

const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'];
const FIRST_MATCH: AttemptKey = [DUEL, 1];
const POINTS = 20;
const ROUNDS = 150;

interface Places {
  readonly wait: string | undefined;
  readonly match: string | undefined;
  readonly maker: string | undefined;
}

function placesOn(node: MusterNode): Places {
  return {
    wait: node.server(queueWait, DUEL).where(),
    match: node.server(queueMatch, FIRST_MATCH).where(),
    maker: node.server(matchmaker).where(),
  };
}

interface Scene {
  readonly lobby: SimulatedLobby;
  readonly host: TestClient;
  readonly id: number;
  readonly players: readonly TestClient[];
  readonly waiting: TestClient;
}

async function scene(nodes: readonly string[]): Promise<Scene> {
  const lobby = await startMatchmaking({ nodes: NODES.length });
  const [host, id] = await openHost(lobby, 'Host', nodes[0]!);
  const players = [await lobby.client('Alice', nodes[1]!), await lobby.client('Bob', nodes[2]!)];
  const waiting = await lobby.client('Carol', nodes[0]!);
  return { lobby, host, id, players, waiting };
}

function isStarted({ host }: Scene): boolean {
  return host.events.some((event) => event.kind === 'battle-said' && event.text === '!cv forcestart');
}

/** Plays until the game is started: everybody says that he is ready when asked, and has the map soon after he was moved. */
async function play(scene: Scene, each: () => Promise<void> = async () => undefined): Promise<void> {
  const { lobby, players, waiting } = scene;
  const answered = new Map<TestClient, number>();
  const synced = new Set<TestClient>();
  for (const client of [...players, waiting]) await join(lobby, client, DUEL);
  for (let round = 0; round < ROUNDS && !isStarted(scene); round++) {
    await each();
    for (const client of players) {
      if (invitations(client) > (answered.get(client) ?? 0) && (await ready(lobby, client))) {
        answered.set(client, invitations(client));
      }
      if (client.session.battle.id() !== undefined && !synced.has(client)) {
        synced.add(client);
        await sync(lobby, client);
      }
    }
    await lobby.cluster.advance(200);
  }
}

/** Where the servers run, and how many events a match takes. */
async function rehearse(nodes: readonly string[]): Promise<{ places: Places; events: number }> {
  const rehearsal = await scene(nodes);
  await using lobby = rehearsal.lobby;
  let places: Places | undefined;
  const before = lobby.cluster.events();
  await play(rehearsal, async () => {
    const now = (await lobby.cluster.run('n1', placesOn)) as Places;
    if (now.match !== undefined) places ??= now;
  });
  assert.ok(isStarted(rehearsal) && places, 'without a death the game is started');
  return { places, events: lobby.cluster.events() - before };
}

async function playWithDeath(nodes: readonly string[], victim: string, afterEvents: number): Promise<void> {
  const played = await scene(nodes);
  await using lobby = played.lobby;
  const { host, id, players, waiting } = played;
  lobby.cluster.afterEvents(afterEvents, () => void lobby.cluster.kill(victim));
  await play(played);
  const at = `${victim} killed after ${afterEvents} events`;
  assert.ok(isStarted(played), `the game is started (${at})`);
  await lobby.cluster.advance(3_000);
  assert.equal(host.membersOf(id)?.join(), 'Alice,Bob,Host', at);
  const starts = host.events.filter((event) => event.kind === 'battle-said' && event.text === '!cv forcestart');
  assert.ok(starts.length <= 2, `said again at most once, by the next instance (${at})`);
  for (const client of players) {
    assert.deepEqual(await queuesOf(lobby, client), [], at);
    assert.equal(invitations(client) - cancellations(client), 1, `asked for one match that was not called off (${at})`);
  }
  assert.deepEqual(await queuesOf(lobby, waiting), [DUEL], at);
  assert.equal(invitations(waiting), 0, at);
  assert.deepEqual(await claimsOn(lobby, nodes[0]!), [], at);
}

describe('when a node of matchmaking dies in the middle of a match', () => {
  for (const role of ['wait', 'match'] as const) {
    it(`that of the ${role} server: the match is played once, and who waits keeps his place`, async () => {
      const { places } = await rehearse(['n1', 'n2', 'n3']);
      const taken = new Set(Object.values(places));
      const free = NODES.filter((node) => !taken.has(node));
      const nodes = [0, 1, 2].map((at) => free[at % free.length]!);
      const { places: now, events } = await rehearse(nodes);
      const victim = now[role]!;
      assert.ok(!nodes.includes(victim));
      for (let point = 0; point < POINTS; point++) {
        await playWithDeath(nodes, victim, 1 + Math.floor((events * point) / POINTS));
      }
    });
  }
});
