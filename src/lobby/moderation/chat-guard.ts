/**
 * Guards chat against floods, for a user and not for a connection: who speaks too fast is muted for a minute, and at the third time
 * within an hour banned for five. A user has one session, so its node counts; what is left of the count goes with him to the
 * next. Bots and moderators are exempt. The setting `chatGuard: false` turns it off.
 */
import * as z from 'zod';
import { cache, type MusterNode } from '../../services/index.ts';
import { LobbyRefused } from '../refusal.ts';
import { setting } from '../settings/settings.ts';
import { PACE_MS, recent, speak } from './chat-pace.ts';
import type { Moderation } from './moderation.ts';
import { sentence } from './restrictions.ts';

const MUTE_MS = 60_000;
const BAN_MS = 300_000;
const STRIKES_MS = 3_600_000;
const MOST_STRIKES = 3;

export const chatMutes = cache('chat_mutes', {
  key: z.int(),
  value: z.object({ strikes: z.int(), until: z.number() }),
  writes: 'anywhere',
  ttlMs: STRIKES_MS,
  filled: 'when somebody speaks too fast',
  about: 'How often somebody was muted for speaking too fast within the hour, and until when he is.',
});

export const chatPaces = cache('chat_paces', {
  key: z.int(),
  value: z.array(z.number()),
  writes: 'anywhere',
  ttlMs: PACE_MS,
  filled: 'when a session ends whose user spoke within the last five seconds',
  about: 'When somebody last spoke, for the node of his next session.',
});

export interface Speaker {
  readonly userId: number;
  /** Bots and moderators. */
  readonly isExempt: boolean;
  /** His session ends: he is banned. */
  throwOut(why: string): void;
}

/** Of one session. */
export class ChatGuard {
  readonly #node: MusterNode;
  readonly #moderation: Moderation;
  readonly #speaker: Speaker;
  readonly #isOn: boolean;
  /** Undefined before the first line. */
  #pace: readonly number[] | undefined;

  constructor(node: MusterNode, moderation: Moderation, speaker: Speaker) {
    this.#node = node;
    this.#moderation = moderation;
    this.#speaker = speaker;
    this.#isOn = setting(node, 'chatGuard') && !speaker.isExempt;
  }

  /** Counts a line. Throws `LobbyRefused` `Restricted` when it must not be said. */
  line(): void {
    if (!this.#isOn) return;
    const now = this.#node.wall();
    const { userId } = this.#speaker;
    const muted = this.#node.cache(chatMutes).get(userId);
    if (muted && muted.until > now) throw mutedUntil(muted.until);
    // Asked for at the first line: by then the session before this one has left what it had.
    this.#pace ??= this.#node.cache(chatPaces).get(userId) ?? [];
    const { pace, tooFast } = speak(this.#pace, now);
    this.#pace = pace;
    if (!tooFast) return;
    const strikes = (muted?.strikes ?? 0) + 1;
    const until = now + MUTE_MS;
    this.#node.cache(chatMutes).put(userId, { strikes: strikes % MOST_STRIKES, until });
    if (strikes >= MOST_STRIKES) this.#ban();
    throw mutedUntil(until);
  }

  /** Thrown out in any case; kept out unless the store fails. */
  #ban(): void {
    const { userId } = this.#speaker;
    const reason = 'flooding the chat';
    const restrictions = ['Login'] as const;
    this.#moderation
      .impose({ userId, restrictions, reason, by: null, forMs: BAN_MS })
      .catch((error) => this.#node.log.write('error', 'a ban could not be stored', { userId, error: String(error) }))
      .finally(() => this.#speaker.throwOut(sentence('You are banned', reason, this.#node.wall() + BAN_MS)));
  }

  /** The session has ended. */
  leave(): void {
    const left = recent(this.#pace ?? [], this.#node.wall());
    if (this.#isOn && left.length > 0) this.#node.cache(chatPaces).put(this.#speaker.userId, [...left]);
  }
}

function mutedUntil(until: number): LobbyRefused {
  return new LobbyRefused('Restricted', sentence('You are muted', 'too many messages', until));
}
