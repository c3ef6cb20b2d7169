/**
 * Taking a user's name in the cluster for a new session. An older session is told to end and must have freed the name
 * before this one gets it, so there are never two. A dead node's session frees its name with the view.
 */
import { deferred, NameTaken } from '../../base/index.ts';
import type { MusterNode, Registration, RegistryEntry } from '../../services/index.ts';
import { takeSeat } from '../presence/seats.ts';
import { type SessionInfo, sessions } from '../presence/sessions.ts';
import { userMessages } from '../presence/user-topic.ts';
import { LobbyRefused } from '../refusal.ts';
import { setting } from '../settings/settings.ts';

const ASK_AGAIN_MS = 500;
const LOOK_AGAIN_MS = 20;

export interface Claim {
  /** As registered. */
  readonly info: SessionInfo;
  readonly registration: Registration<number, SessionInfo>;
}

/**
 * Registers the session, as the one whose seat is held for its user if there is such a seat. Rejects with `LobbyRefused` `AlreadyLoggedIn` when the name was not free in time. Of several
 * logins at once one gets the name first, and is ended by the next as any older session.
 */
export async function claimName(node: MusterNode, info: SessionInfo): Promise<Claim> {
  const deadline = node.now() + setting(node, 'replaceMs');
  for (;;) {
    await freeName(node, info.userId, deadline);
    const resumed = await takeSeat(node, info);
    try {
      return { info: resumed, registration: await node.registry(sessions).register(info.userId, resumed) };
    } catch (error) {
      if (!(error instanceof NameTaken)) throw error;
    }
    if (node.now() >= deadline) throw stillThere();
    await pause(node, LOOK_AGAIN_MS);
  }
}

async function freeName(node: MusterNode, userId: number, deadline: number): Promise<void> {
  for (;;) {
    const held = node.registry(sessions).lookup(userId);
    if (!held) return;
    if (node.now() >= deadline) throw stillThere();
    node.broadcast(userMessages(userId), { kind: 'end-session', connection: held.value.connection });
    await gone(node, held, Math.min(ASK_AGAIN_MS, deadline - node.now()));
  }
}

/** Resolves when the session is not registered any more, or after `ms`. */
function gone(node: MusterNode, held: RegistryEntry<number, SessionInfo>, ms: number): Promise<void> {
  const done = deferred<void>();
  const stopWatching = node.registry(sessions).watch(({ key, after }) => {
    if (key === held.key && after?.value.connection !== held.value.connection) done.resolve();
  });
  const cancel = node.after(ms, () => done.resolve());
  return done.promise.finally(() => {
    stopWatching();
    cancel();
  });
}

export function pause(node: MusterNode, ms: number): Promise<void> {
  const done = deferred<void>();
  node.after(ms, () => done.resolve());
  return done.promise;
}

function stillThere(): LobbyRefused {
  return new LobbyRefused('AlreadyLoggedIn', 'You are logged in already, and that session could not be ended in time');
}
