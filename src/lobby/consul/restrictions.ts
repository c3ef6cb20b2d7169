/** What moderators have forbidden users, as far as a lobby has to know. */
import * as z from 'zod';
import type { LobbyStore } from '../store/lobby-store.ts';

const MUTES: readonly string[] = ['All chat', 'Battle chat', 'Lobby chat'];
const Names = z.array(z.string());

/** The names of all that is forbidden to each of these users at `wall`. Rejects with `StoreFailed`. */
export async function restrictionsOf(
  store: LobbyStore,
  userIds: readonly number[],
  wall: number,
): Promise<Map<number, Set<string>>> {
  const found = new Map<number, Set<string>>(userIds.map((userId) => [userId, new Set()]));
  if (userIds.length === 0) return found;
  const query = store.db
    .selectFrom('moderation_actions')
    .select(['account_id', 'restrictions'])
    .where('account_id', 'in', [...userIds])
    .where('lifted_at', 'is', null)
    .where((holds) => holds.or([holds('expires_at', 'is', null), holds('expires_at', '>', wall)]));
  for (const { account_id, restrictions } of await store.run(query)) {
    for (const name of Names.parse(JSON.parse(restrictions))) found.get(account_id)?.add(name);
  }
  return found;
}

export function isMuted(restrictions: ReadonlySet<string> | undefined): boolean {
  return MUTES.some((name) => restrictions?.has(name));
}
