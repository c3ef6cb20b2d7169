/** One name this life of the node holds, as its user has it: changed, freed, or lost. It does not know how it is held. */
import { type Key, NameLost, showKey } from '../../base/index.ts';
import type { Registration } from './declaration.ts';

export interface RegistrationPort {
  update(value: unknown): Promise<void>;
  free(): Promise<void>;
  /** Runs what a user gave; what it throws is logged. */
  guard(act: () => void): void;
}

export class LiveRegistration implements Registration<Key, unknown> {
  readonly key: Key;
  readonly #port: RegistrationPort;
  readonly #losers: (() => void)[] = [];
  #isFreeing = false;
  #freeing: Promise<void> | undefined;
  #state: 'held' | 'freed' | 'lost' = 'held';

  constructor(key: Key, port: RegistrationPort) {
    this.key = key;
    this.#port = port;
  }

  async update(value: unknown): Promise<void> {
    if (this.#isFreeing || this.#state !== 'held') throw new NameLost(showKey(this.key));
    await this.#port.update(value);
  }

  unregister(): Promise<void> {
    if (this.#state === 'lost') return Promise.resolve();
    this.#freeing ??= this.#free();
    return this.#freeing;
  }

  async #free(): Promise<void> {
    // First of all: where this node owns the name's entry, it is gone before `free` returns.
    this.#isFreeing = true;
    try {
      await this.#port.free();
    } catch (error) {
      if (this.#state !== 'held' || error instanceof NameLost) return;
      // It may be held still: the next call tries again.
      this.#isFreeing = false;
      this.#freeing = undefined;
      throw error;
    }
  }

  onLost(lost: () => void): void {
    if (this.#state === 'held') this.#losers.push(lost);
    else if (this.#state === 'lost') queueMicrotask(() => this.#port.guard(lost));
  }

  /** The name is not held any more: freed, when that was asked for; else lost. */
  ended(): void {
    if (this.#state !== 'held') return;
    this.#state = this.#isFreeing ? 'freed' : 'lost';
    if (this.#state === 'lost') for (const lost of this.#losers.splice(0)) this.#port.guard(lost);
  }
}
