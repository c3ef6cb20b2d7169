/** A publisher at full speed with a subscriber that is slow, and the rest of the cluster at work beside them. */
import * as z from 'zod';
import { type MusterNode, type Subscription, type TopicRef, topic } from '../../src/services/index.ts';
import { lobbyUpdate, messagesAtOnce, nowMs, SMALL_BYTES } from '../work.ts';
import { LobbyUpdate } from './message.ts';
import { turn } from './turns.ts';

const about = 'What the overload scenario sends.';
const flood = topic('flood:{to}', z.object({ at: z.number(), text: z.string() }), { about });
const rest = topic('rest', LobbyUpdate, { about });

export const overloadDeclarations = [flood, rest];

/** So large that what a link holds is handled in seconds. */
const FLOOD_BYTES = 4_096;
const TEXT = '.'.repeat(FLOOD_BYTES);
/** Who keeps up is sent so many a second. */
const IN_TIME_PER_SECOND = 200;

const LOBBY = 12;
const SLOW = 'whoever is slow';
const NOBODY = 'nobody';

export interface Flooded {
  /** Published for the slow one. */
  readonly sent: number;
  /** Of these, those whose publish returned false. */
  readonly refused: number;
}

export interface Handled {
  handled: number;
  /** What the subscriber was told that it missed. */
  missed: number;
  /** When the last was handled. */
  lastAt: number;
}

export class OverloadBench {
  readonly #node: MusterNode;
  readonly #slow: Handled = { handled: 0, missed: 0, lastAt: 0 };
  readonly #rest: Handled = { handled: 0, missed: 0, lastAt: 0 };

  constructor(node: MusterNode) {
    this.#node = node;
  }

  /** Takes so long for each message of the flood. */
  async listenSlowly(busyMs: number): Promise<void> {
    await this.#listen(flood(SLOW), this.#slow, () => spin(busyMs));
  }

  async listenToRest(): Promise<void> {
    await this.#listen(rest(), this.#rest, () => undefined);
  }

  #listen<M>(to: TopicRef<M>, tally: Handled, handle: () => void): Promise<Subscription> {
    const handler = (): void => {
      handle();
      tally.handled += 1;
      tally.lastAt = nowMs();
    };
    const onGap = ({ missed }: { missed: number }): void => {
      tally.missed += missed;
    };
    return this.#node.subscribe(to, handler, { onGap });
  }

  handledSlowly(): Handled {
    return this.#slow;
  }

  handledOfRest(): Handled {
    return this.#rest;
  }

  /** Publishes at full speed and waits for nobody: all to the slow one, or only what it can take and the rest to nobody. */
  async flood(forMs: number, inTime: boolean): Promise<Flooded> {
    const perTurn = messagesAtOnce(FLOOD_BYTES);
    const startedAt = nowMs();
    let sent = 0;
    let refused = 0;
    for (let elapsed = 0; elapsed < forMs; elapsed = nowMs() - startedAt) {
      const most = inTime ? (elapsed * IN_TIME_PER_SECOND) / 1_000 : Number.POSITIVE_INFINITY;
      for (let at = 0; at < perTurn; at++) {
        const isMeant = sent < most;
        const published = this.#node.broadcast(flood(isMeant ? SLOW : NOBODY), { at: sent, text: TEXT });
        if (!isMeant) continue;
        sent += 1;
        if (!published) refused += 1;
      }
      await turn(this.#node);
    }
    return { sent, refused };
  }

  /** Burns what time the flood's handler leaves, so that who keeps up is as busy as who does not. */
  async keepBusy(forMs: number, busyMs: number): Promise<void> {
    const until = nowMs() + forMs;
    while (nowMs() < until) {
      spin(busyMs);
      await turn(this.#node);
    }
  }

  /** Publishes to who keeps up, as fast as credit allows. Resolves to how much, and when it began. */
  async publishRest(forMs: number): Promise<Flooded & { readonly startedAt: number }> {
    const perTurn = messagesAtOnce(SMALL_BYTES);
    const startedAt = nowMs();
    let sent = 0;
    let refused = 0;
    while (nowMs() - startedAt < forMs) {
      for (let at = 0; at < perTurn; at++) {
        if (!this.#node.broadcast(rest(), lobbyUpdate(LOBBY, sent++))) refused += 1;
      }
      await turn(this.#node);
      await this.#node.drained();
    }
    return { sent, refused, startedAt };
  }

  /** Of this node's thread, in bytes. */
  memory(): { heap: number; external: number } {
    const { heapUsed, external } = process.memoryUsage();
    return { heap: heapUsed, external };
  }
}

function spin(ms: number): void {
  for (const until = nowMs() + ms; nowMs() < until; );
}
