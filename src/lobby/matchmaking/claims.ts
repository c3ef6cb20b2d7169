/** What one attempt at a match has to itself: its players and its lobby. Taken and given back one by one. */
import type { MusterNode } from '../../services/index.ts';
import { type AttemptKey, matchClaims } from './declarations.ts';

export function userClaim(userId: number): string {
  return `user:${userId}`;
}

const LOBBY = 'lobby:';

export function lobbyClaim(lobbyId: number): string {
  return `${LOBBY}${lobbyId}`;
}

/** Whether it is this attempt's now; taking it again is fine. */
export async function claim(node: MusterNode, name: string, [queueId, attempt]: AttemptKey): Promise<boolean> {
  const { value } = await node.cache(matchClaims).insertNew(name, { queueId, attempt });
  return value.queueId === queueId && value.attempt === attempt;
}

/** Gives back whatever this attempt has. */
export async function releaseAll(node: MusterNode, key: AttemptKey): Promise<void> {
  for (const name of claimsOf(node, key)) await release(node, name, key);
}

export async function release(node: MusterNode, name: string, [queueId, attempt]: AttemptKey): Promise<void> {
  await node
    .cache(matchClaims)
    .update(name, (held) => (held?.queueId === queueId && held.attempt === attempt ? undefined : held));
}

/** The lobbies an attempt has claimed; more than one only if it died in between. */
export function claimedLobbies(node: MusterNode, key: AttemptKey): number[] {
  return claimsOf(node, key).flatMap((name) => (name.startsWith(LOBBY) ? [Number(name.slice(LOBBY.length))] : []));
}

function claimsOf(node: MusterNode, [queueId, attempt]: AttemptKey): string[] {
  return [...node.cache(matchClaims).entries()].flatMap(([name, held]) =>
    held.queueId === queueId && held.attempt === attempt ? [name] : [],
  );
}
