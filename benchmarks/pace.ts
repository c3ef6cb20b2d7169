/**
 * An open loop: messages are sent when they are due, whether or not those before have arrived, and their latency counts from
 * when they were due. So a sender or a receiver that stands still is seen in every message that had to wait for it (no
 * coordinated omission).
 *
 * The sender looks at the clock in every turn of the event loop, which it never leaves (setImmediate), and sends what is due by
 * then. A timer of a millisecond would send in bursts, and its wait would be most of what is measured.
 */

/** One message every `everyMs` from `startAt`, `count` of them; on the clock that all threads share. */
export interface Plan {
  readonly startAt: number;
  readonly everyMs: number;
  readonly count: number;
}

/** So many a second for so long. It begins a moment from now. */
export function planFor(now: number, perSecond: number, forMs: number): Plan {
  const everyMs = 1_000 / perSecond;
  return { startAt: now + LEAD_MS, everyMs, count: Math.max(1, Math.round(forMs / everyMs)) };
}

const LEAD_MS = 5;

/** Sent in one turn, when so many are due. */
const MOST_PER_TURN = 1_024;

/**
 * Sends each when it is due. What `send` refuses (false) is offered again in the next turn, before all later ones. `turnOver` is
 * called when a turn of the event loop has sent something.
 */
export async function keepTo(
  { startAt, everyMs, count }: Plan,
  now: () => number,
  send: (at: number) => boolean,
  turnOver: () => void = () => undefined,
): Promise<void> {
  for (let at = 0; at < count; ) {
    const due = Math.min(count, at + MOST_PER_TURN, Math.floor((now() - startAt) / everyMs) + 1);
    if (at < due) {
      while (at < due && send(at)) at += 1;
      turnOver();
    }
    await new Promise<void>(setImmediate);
  }
}

/** What is done at full speed: the median of some floods, which `once` measures, after one to get warm. */
export async function fullSpeed(once: () => Promise<number>): Promise<number> {
  await once();
  const rates = [await once(), await once(), await once()];
  return rates.sort((a, b) => a - b)[1]!;
}

/** Messages of a flood. */
export const FLOOD = 500_000;

/** In µs. */
export interface Latencies {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** When messages were handled, by their number. */
export class Arrivals {
  readonly #times: Float64Array;
  #next = 0;
  #wrong: string | undefined;

  constructor(count: number) {
    this.#times = new Float64Array(count);
  }

  handled(at: number, time: number): void {
    if (at !== this.#next) this.#wrong ??= `message ${at} came when ${this.#next} was next`;
    this.#times[this.#next++] = time;
  }

  get isComplete(): boolean {
    return this.#wrong !== undefined || this.#next >= this.#times.length;
  }

  /** When the last came that came. */
  get lastAt(): number {
    return this.#times[this.#next - 1] ?? Number.NaN;
  }

  /** Throws when one is missing, came twice, or overtook another. */
  latencies({ startAt, everyMs, count }: Plan): Latencies {
    if (this.#wrong !== undefined) throw new Error(this.#wrong);
    if (this.#next !== count) throw new Error(`${this.#next} of ${count} messages were handled`);
    const sorted = this.#times.map((time, at) => (time - startAt - at * everyMs) * 1_000).sort();
    const percentile = (part: number): number => sorted[Math.min(count - 1, Math.floor(part * count))]!;
    return { p50: percentile(0.5), p99: percentile(0.99), max: sorted[count - 1]! };
  }
}
