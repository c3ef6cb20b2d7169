/**
 * Messages from users a client has not been told of yet: presence and messages travel apart, so a message can be there
 * before its sender. They wait until the sender is shown; the oldest are dropped past a bound. Pure.
 */
import type { InboxMessage, User } from '../../lobby/index.ts';

const MOST_HELD = 32;

export class HeldMessages {
  #held: InboxMessage[] = [];

  hold(message: InboxMessage): void {
    this.#held.push(message);
    if (this.#held.length > MOST_HELD) this.#held.shift();
  }

  /** Takes what waited for this user, in order. */
  take(user: User): InboxMessage[] {
    if (this.#held.length === 0) return [];
    const taken = this.#held.filter((message) => senderOf(message).userId === user.userId);
    this.#held = this.#held.filter((message) => senderOf(message).userId !== user.userId);
    return taken;
  }
}

export function senderOf(message: InboxMessage): User {
  return message.kind === 'join-request' ? message.user : message.from;
}
