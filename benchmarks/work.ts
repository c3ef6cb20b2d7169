/** The work that Muster and the baselines share: the messages they send, and the clock they are timed with. */
import { seededRandom } from '../src/base/index.ts';
import { threadsClock } from '../src/transports/threads/index.ts';

/** A lobby's news: what a publish or a cache entry carries. */
export interface LobbyUpdate {
  event: string;
  lobbyId: number;
  userId: number;
  name: string;
}

/** Its keys in order, for the codec. */
export const LOBBY_UPDATE_KEYS = ['event', 'lobbyId', 'userId', 'name'];

/** Its encoding takes about this many bytes when nothing else is asked for. */
export const SMALL_BYTES = 48;

/** Of about `bytes` bytes when it is encoded, by the length of its name. */
export function lobbyUpdate(lobbyId: number, userId: number, bytes = SMALL_BYTES): LobbyUpdate {
  return { event: 'updated', lobbyId, userId, name: nameFor(bytes) };
}

/** What a call carries besides its argument; nothing when it is small. */
export function textOf(bytes: number): string | undefined {
  return bytes <= SMALL_BYTES ? undefined : '.'.repeat(bytes);
}

/** Messages that are sent together: 1,024, or fewer when they are large. */
export function messagesAtOnce(bytes: number): number {
  return Math.max(16, Math.min(1_024, Math.floor(1_048_576 / bytes)));
}

const names = new Map<number, string>();

function nameFor(bytes: number): string {
  let name = names.get(bytes);
  if (name === undefined) {
    name = bytes <= SMALL_BYTES ? 'somebody' : 'somebody'.padEnd(bytes - SMALL_BYTES, '.');
    names.set(bytes, name);
  }
  return name;
}

/** Milliseconds on the scale that all threads of a process share. */
export const nowMs = threadsClock.now;

/** Runs `count` calls from so many loops; each must come back as its argument plus one. */
export async function callConcurrently(
  count: number,
  callers: number,
  call: (argument: number) => Promise<number>,
): Promise<void> {
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < count) {
      const argument = next++;
      checkAnswer(argument, await call(argument));
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
}

/** Runs `count` calls one at a time. Resolves to the median of their times, in µs. */
export async function callOneByOne(count: number, call: (argument: number) => Promise<number>): Promise<number> {
  const times = new Float64Array(count);
  for (let at = 0; at < count; at++) {
    const startedAt = performance.now();
    const result = await call(at);
    times[at] = performance.now() - startedAt;
    checkAnswer(at, result);
  }
  return times.sort()[count >> 1]! * 1_000;
}

function checkAnswer(argument: number, result: number): void {
  if (result !== argument + 1) throw new Error(`call ${argument} came back as ${result}`);
}

/** `count` keys from 0 to `of`, random and the same each time. */
export function sameRandomKeys(count: number, of: number): Uint32Array {
  const random = seededRandom(1);
  return Uint32Array.from({ length: count }, () => Math.floor(random() * of));
}

/** A counter that others can wait for. */
export class Tally {
  count = 0;
  #target = 0;
  #reachedAt: number | undefined;
  #tell: ((at: number) => void) | undefined;

  add(): void {
    this.count += 1;
    if (this.count !== this.#target) return;
    this.#reachedAt = nowMs();
    this.#tell?.(this.#reachedAt);
    this.#tell = undefined;
  }

  /** Notes when the count since the start is `target`. To be said before the counting, so that asking does not disturb it. */
  expect(target: number): void {
    if (target === this.#target) return;
    this.#target = target;
    this.#reachedAt = this.count >= target ? nowMs() : undefined;
  }

  /** Resolves to the time at which the count since the start is `target`. */
  reaches(target: number): Promise<number> {
    this.expect(target);
    if (this.#reachedAt !== undefined) return Promise.resolve(this.#reachedAt);
    return new Promise((resolve) => {
      this.#tell = resolve;
    });
  }
}

/** Per second, from a count and the times at which it began and at which each receiver had it all. */
export function perSecond(count: number, startedAt: number, endedAt: readonly number[]): number {
  return (count * 1_000) / (Math.max(...endedAt) - startedAt);
}

/** Per second, when each of several did `count` from the first time to the second. */
export function perSecondOfAll(
  count: number,
  spans: readonly (readonly [startedAt: number, endedAt: number])[],
): number {
  const startedAt = Math.min(...spans.map(([time]) => time));
  return perSecond(
    count * spans.length,
    startedAt,
    spans.map(([, time]) => time),
  );
}
