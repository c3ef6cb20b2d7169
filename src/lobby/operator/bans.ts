/** Keeping an account out, for an operator: an action of moderation that takes the right to log in, and the end of its session. */
import type { MusterNode } from '../../services/index.ts';
import { sessions } from '../presence/sessions.ts';
import { userMessages } from '../presence/user-topic.ts';
import type { LobbyStore } from '../store/lobby-store.ts';

const RESTRICTIONS = JSON.stringify(['Login']);

/** Also while another ban runs: the one that lasts longest holds. `forMs` null: for good. */
export async function ban(
  node: MusterNode,
  store: LobbyStore,
  accountId: number,
  { forMs, reason }: { forMs: number | null; reason: string },
): Promise<{ endedSession: boolean }> {
  const now = node.wall();
  const insert = store.db.insertInto('moderation_actions').values({
    account_id: accountId,
    moderator_id: null,
    report_id: null,
    restrictions: RESTRICTIONS,
    reason,
    created_at: now,
    expires_at: forMs === null ? null : now + forMs,
  });
  await store.run(insert);
  const held = node.registry(sessions).lookup(accountId)?.value;
  if (held) node.broadcast(userMessages(accountId), { kind: 'end-session', connection: held.connection });
  return { endedSession: held !== undefined };
}

/** Lifts all actions that keep the account out now. How many there were. */
export async function unban(node: MusterNode, store: LobbyStore, accountId: number): Promise<number> {
  const now = node.wall();
  const lifted = await store.run(
    store.db
      .updateTable('moderation_actions')
      .set({ lifted_at: now })
      .where('account_id', '=', accountId)
      .where('lifted_at', 'is', null)
      .where((is) => is.or([is('expires_at', 'is', null), is('expires_at', '>', now)]))
      .where('restrictions', 'like', '%"Login"%')
      .returning('id'),
  );
  return lifted.length;
}
