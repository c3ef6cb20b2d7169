/** A simulated lobby with queues, hosts that take matches, and players whose clients behave as real ones do. */
import { matchClaims, queues } from '../../../src/lobby/matchmaking/declarations.ts';
import { queueWait } from '../../../src/lobby/matchmaking/wait-server.ts';
import type { MusterNode } from '../../../src/services/index.ts';
import { OPEN_REQUEST, PLAYER } from '../records.ts';
import { SimulatedLobby, type SimulatedLobbyOptions, type TestClient } from '../simulated-lobby.ts';

export const DUEL = 1;
export const TEAM = 2;

export async function startMatchmaking(options: SimulatedLobbyOptions = {}): Promise<SimulatedLobby> {
  const lobby = await SimulatedLobby.start(options);
  for (let tries = 0; (await lobby.cluster.run('n1', countQueues)) < 2; tries++) {
    if (tries === 100) throw new Error('the queues are not there after 10 s');
    await lobby.cluster.advance(100);
  }
  return lobby;
}

function countQueues(node: MusterNode): number {
  return [...node.cache(queues).entries()].length;
}

export async function openHost(lobby: SimulatedLobby, name: string, node: string): Promise<[TestClient, number]> {
  const host = await lobby.client(name, node, { flags: ['b', 'sp'] });
  const id = await lobby.as(host, ({ battle }) => battle.open({ ...OPEN_REQUEST, title: `EU ${name}` }));
  return [host, id];
}

export function join(lobby: SimulatedLobby, client: TestClient, queueId: number): Promise<void> {
  return lobby.as(client, ({ matchmaking }) => matchmaking.join(queueId));
}

export function invitations(client: TestClient): number {
  return client.inboxed.filter(({ kind }) => kind === 'ready-check').length;
}

export function cancellations(client: TestClient): number {
  return client.inboxed.filter(({ kind }) => kind === 'match-cancelled').length;
}

export function invited(lobby: SimulatedLobby, clients: readonly TestClient[], times = 1): Promise<boolean> {
  return lobby.until('they are asked', () => clients.every((client) => invitations(client) === times));
}

export function ready(lobby: SimulatedLobby, client: TestClient): Promise<boolean> {
  return lobby.as(client, ({ matchmaking }) => matchmaking.ready());
}

/** What a client does when it is moved: says that it is a spectator, and soon that it has the map. */
export async function sync(lobby: SimulatedLobby, client: TestClient): Promise<void> {
  await lobby.as(client, ({ battle }) => battle.setStatus(PLAYER & ~(1 << 10), 255));
}

export async function queuesOf(lobby: SimulatedLobby, client: TestClient): Promise<number[]> {
  const mine = await lobby.as(client, ({ matchmaking }) => matchmaking.mine());
  return mine.map(({ queueId }) => queueId);
}

export function sizeOf(lobby: SimulatedLobby, node: string, queueId: number): Promise<number> {
  return lobby.cluster.run(node, sizeOn, queueId) as Promise<number>;
}

async function sizeOn(node: MusterNode, queueId: number): Promise<number> {
  return (await node.server(queueWait, queueId).call('summary')).size;
}

export function claimsOn(lobby: SimulatedLobby, node: string): Promise<string[]> {
  return lobby.cluster.run(node, (on: MusterNode) =>
    [...on.cache(matchClaims).entries()].map(([name]) => name),
  ) as Promise<string[]>;
}
