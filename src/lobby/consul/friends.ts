/** Who is whose friend, for the gatekeeper. */
import type { LobbyStore } from '../store/lobby-store.ts';

/** The friends of a user. Rejects with `StoreFailed`. */
export async function friendsOf(store: LobbyStore, userId: number): Promise<number[]> {
  const query = store.db.selectFrom('friends').select('friend_id').where('account_id', '=', userId);
  return (await store.run(query)).map((row) => row.friend_id);
}
