/** The work that Muster and the baselines share: the messages they send, and the clock they are timed with. */

/** A lobby's news: what a publish or a cache entry carries. */
export interface LobbyUpdate {
  event: string;
  lobbyId: number;
  userId: number;
  name: string;
}

/** Its keys in order, for the codec. */
export const LOBBY_UPDATE_KEYS = ['event', 'lobbyId', 'userId', 'name'];

export function lobbyUpdate(lobbyId: number, userId: number): LobbyUpdate {
  return { event: 'updated', lobbyId, userId, name: 'somebody' };
}

/** Milliseconds on the scale that all threads of a process share. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1_000_000;
}

/** Calls under way at a time in the call scenarios. */
export const CALLERS = 64;

/** Runs `count` calls from `CALLERS` loops; each must come back as its argument plus one. */
export async function callConcurrently(count: number, call: (argument: number) => Promise<number>): Promise<void> {
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < count) {
      const argument = next++;
      const result = await call(argument);
      if (result !== argument + 1) throw new Error(`call ${argument} came back as ${result}`);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}

/** A counter that others can wait for. */
export class Tally {
  count = 0;
  #target = 0;
  #reached: ((at: number) => void) | undefined;

  add(): void {
    this.count += 1;
    if (this.count === this.#target) {
      this.#reached?.(nowMs());
      this.#reached = undefined;
    }
  }

  /** Resolves to the time at which the count since the start is `target`. */
  reaches(target: number): Promise<number> {
    if (this.count >= target) return Promise.resolve(nowMs());
    this.#target = target;
    return new Promise((resolve) => {
      this.#reached = resolve;
    });
  }
}

/** Per second, from a count and the times at which it began and at which each receiver had it all. */
export function perSecond(count: number, startedAt: number, endedAt: readonly number[]): number {
  return (count * 1_000) / (Math.max(...endedAt) - startedAt);
}
