/**
 * One on each node: tells the viewers on its node who came, went or changed his status, in one message for all that happened
 * in two seconds, and nothing when nothing did.
 */
import type { NodeId } from '../../base/index.ts';
import { type EndReason, Server, server } from '../../services/index.ts';
import { watchPresence } from '../presence/seats.ts';
import type { SessionInfo } from '../presence/sessions.ts';
import { type ClientIndexNews, clientIndexNews } from './topics.ts';

export const CLIENT_INDEX_INTERVAL_MS = 2_000;

export class ClientIndexThrottleServer extends Server<NodeId> {
  /** As they are now; undefined: gone. */
  #pending = new Map<number, SessionInfo | undefined>();
  #unwatch: (() => void) | undefined;

  init(): undefined {
    this.#unwatch = watchPresence(this.node, (userId, now, before) => {
      if (looksSame(before, now)) return;
      if (this.#pending.size === 0) this.after(CLIENT_INDEX_INTERVAL_MS, 'tell');
      this.#pending.set(userId, now);
    });
  }

  override info(): void {
    const pending = this.#pending;
    this.#pending = new Map();
    const clients = [...pending.values()].flatMap((info) => (info ? [shown(info)] : []));
    const removed = [...pending].flatMap(([userId, info]) => (info ? [] : [userId]));
    this.node.localBroadcast(clientIndexNews(), { clients, removed });
  }

  override terminate(_reason: EndReason): void {
    this.#unwatch?.();
  }
}

/** Whether viewers see no difference: a connection that is lost or found again shows nothing. */
function looksSame(before: SessionInfo | undefined, now: SessionInfo | undefined): boolean {
  return before?.session === now?.session && before?.status === now?.status;
}

function shown({
  userId,
  name,
  country,
  client,
  status,
  moderator,
  bot,
}: SessionInfo): ClientIndexNews['clients'][number] {
  return { userId, name, country, client, status, moderator, bot };
}

export const clientIndexThrottle = server(
  'client_index_throttle',
  {
    placement: 'one per node',
    about: 'Tells viewers of the user list on its node who came, went or changed, at most once in two seconds.',
  },
  ClientIndexThrottleServer,
);
