/** Faults of what surrounds nodes: wall clocks that are off, a store that is slow. Only where the world can do that. */
import type { Hand } from './hand.ts';

const CLOCK_JUMP_MS = 5_000;
const CLOCK_RATE = 0.01;

export class Surroundings {
  readonly #hand: Hand;

  constructor(hand: Hand) {
    this.#hand = hand;
  }

  setClock(): void {
    const { setClock } = this.#hand.world;
    const id = this.#hand.pick(this.#hand.ids());
    if (!setClock || id === undefined) return;
    const wallMs = this.#hand.between(-CLOCK_JUMP_MS, CLOCK_JUMP_MS);
    const rate = 1 + (this.#hand.random() * 2 - 1) * CLOCK_RATE;
    this.#hand.note(this.#hand.address(id), 'clock', { wallMs, rate });
    setClock(id, wallMs, rate);
    const right = async (): Promise<void> => {
      setClock(id, 0, 1);
      this.#hand.history.note(this.#hand.address(id), 'clock right again');
    };
    this.#hand.aside('clock', this.#hand.keep(this.#hand.lasting(1_000, 60_000), right));
  }

  slowDisk(): void {
    const { setStoreDelay } = this.#hand.world;
    if (!setStoreDelay) return;
    const ms = this.#hand.lasting(5, 2_000);
    this.#hand.note('cluster', 'slow disk', { ms });
    setStoreDelay(ms);
    const right = async (): Promise<void> => {
      setStoreDelay(0);
      this.#hand.history.note('cluster', 'disk fast again');
    };
    this.#hand.aside('disk', this.#hand.keep(this.#hand.lasting(100, 8_000), right));
  }
}
