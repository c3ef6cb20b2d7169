/**
 * Frames that a fault holds back. A line is first in, first out whatever happens to the delay meanwhile: a frame leaves
 * no sooner than the one before it. It does not decide who is delayed.
 */
import type { Cancel, Clock } from '../../ports/index.ts';

interface Held {
  readonly frame: Uint8Array;
  readonly due: number;
}

export class DelayLine {
  readonly #clock: Clock;
  readonly #release: (frame: Uint8Array) => void;
  #held: Held[] = [];
  #cancel: Cancel | undefined;
  #bytes = 0;

  constructor(clock: Clock, release: (frame: Uint8Array) => void) {
    this.#clock = clock;
    this.#release = release;
  }

  /** Bytes on their way. */
  get bytes(): number {
    return this.#bytes;
  }

  /** While it is not, every later frame has to pass through the line too. */
  get empty(): boolean {
    return this.#held.length === 0;
  }

  /** Takes a frame that may be changed by its owner afterwards, so it is copied. */
  push(frame: Uint8Array, ms: number): void {
    const earliest = this.#held.at(-1)?.due ?? 0;
    this.#held.push({ frame: new Uint8Array(frame), due: Math.max(this.#clock.now() + ms, earliest) });
    this.#bytes += frame.byteLength;
    this.#plan();
  }

  /** Loses what is on its way. */
  clear(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#held = [];
    this.#bytes = 0;
  }

  #plan(): void {
    const first = this.#held[0];
    if (!first || this.#cancel) return;
    this.#cancel = this.#clock.after(Math.max(0, first.due - this.#clock.now()), () => {
      this.#cancel = undefined;
      this.#releaseDue();
    });
  }

  /** One by one, because a receiver may clear the line or add to it. */
  #releaseDue(): void {
    const now = this.#clock.now();
    while (this.#held[0] && this.#held[0].due <= now) {
      const { frame } = this.#held.shift()!;
      this.#bytes -= frame.byteLength;
      this.#release(frame);
    }
    this.#plan();
  }
}
