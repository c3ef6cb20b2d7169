/** Guards passwords against guessing: three wrong ones within ten seconds, counted in the whole cluster, close an account for a while. */
import * as z from 'zod';
import { cache, type MusterNode } from '../../services/index.ts';
import { LobbyRefused } from '../refusal.ts';

const TRIES_WINDOW_MS = 10_000;
const MOST_TRIES = 3;

/** Wrong passwords of late, by account, counted in the whole cluster. */
export const wrongTries = cache('wrong_tries', {
  key: z.int(),
  value: z.int(),
  writes: 'owner',
  ttlMs: TRIES_WINDOW_MS,
  filled: 'when a wrong password is given',
  about: 'How often a wrong password was given for an account, until ten seconds after the last.',
});

/** How long who was thrown out for flooding waits for his next login. */
const BLOCK_MS = 20_000;

export const loginBlocks = cache('login_blocks', {
  key: z.int(),
  value: z.literal(true),
  writes: 'anywhere',
  ttlMs: BLOCK_MS,
  filled: 'when a client is disconnected for flooding; not for moderators and bots',
  about: 'Accounts that may not log in for some seconds.',
});

export class Tries {
  readonly #node: MusterNode;
  /** Checks under way here: they may turn out to be wrong. */
  readonly #running = new Map<number, number>();

  constructor(node: MusterNode) {
    this.#node = node;
  }

  /** The account's next login has to wait. */
  block(accountId: number): void {
    this.#node.cache(loginBlocks).put(accountId, true);
  }

  requireNoBlock(accountId: number): void {
    if (!this.#node.cache(loginBlocks).has(accountId)) return;
    throw new LobbyRefused('TooManyTries', 'You were disconnected for flooding, please wait twenty seconds');
  }

  /** Whether the password is right, as `matches` says. Rejects with `TooManyTries`, without asking it. */
  async check(accountId: number, matches: () => Promise<boolean>): Promise<boolean> {
    const wrong = this.#node.cache(wrongTries).get(accountId) ?? 0;
    if (wrong + this.#count(accountId) >= MOST_TRIES) {
      throw new LobbyRefused('TooManyTries', 'Too many tries with a wrong password, please wait ten seconds');
    }
    this.#add(accountId, 1);
    try {
      if (await matches()) return true;
      await this.#node.cache(wrongTries).update(accountId, (tries) => (tries ?? 0) + 1);
      return false;
    } finally {
      this.#add(accountId, -1);
    }
  }

  #count(accountId: number): number {
    return this.#running.get(accountId) ?? 0;
  }

  #add(accountId: number, more: number): void {
    const running = this.#count(accountId) + more;
    if (running === 0) this.#running.delete(accountId);
    else this.#running.set(accountId, running);
  }
}
