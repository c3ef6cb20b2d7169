/** Finding an empty lobby for a match and claiming it. */

import type { MusterNode } from '../../services/index.ts';
import { type LobbyRecord, lobbies } from '../battles/record.ts';
import { sessions } from '../presence/sessions.ts';
import { setting } from '../settings/settings.ts';
import { decodeClientStatus } from '../status/client-status.ts';
import { claim, claimedLobbies, lobbyClaim, release } from './claims.ts';
import { type AttemptKey, matchClaims } from './declarations.ts';
import { isEmptyLobby } from './placing.ts';

/** The lobby that this attempt has for itself now; undefined when none is empty. Taken already, it is the same again. */
export async function takeLobby(node: MusterNode, key: AttemptKey): Promise<number | undefined> {
  for (const lobbyId of claimedLobbies(node, key)) if (await fitsOrRelease(node, lobbyId, key)) return lobbyId;
  const claims = node.cache(matchClaims);
  const candidates = [...node.cache(lobbies).entries()].filter(([, record]) => isFit(node, record));
  for (const [lobbyId] of candidates) {
    if (claims.has(lobbyClaim(lobbyId)) || !(await claim(node, lobbyClaim(lobbyId), key))) continue;
    if (await fitsOrRelease(node, lobbyId, key)) return lobbyId;
  }
  return undefined;
}

async function fitsOrRelease(node: MusterNode, lobbyId: number, key: AttemptKey): Promise<boolean> {
  if (isFit(node, await node.cache(lobbies).read(lobbyId))) return true;
  await release(node, lobbyClaim(lobbyId), key);
  return false;
}

/** Empty, with its host there and not in a game. */
function isFit(node: MusterNode, record: LobbyRecord | undefined): boolean {
  if (!record || !isEmptyLobby(record, setting(node, 'matchLobbies'))) return false;
  const host = node.registry(sessions).lookup(record.founder)?.value;
  return host !== undefined && host.session === record.members[0]?.session && !decodeClientStatus(host.status).inGame;
}
