/** One name this life of the node holds, as its user has it: changed, freed, or lost. It does not know how it is held. */
import { type Key, type MapKey, NameLost, showKey } from '../../base/index.ts';
import type { Registration } from './declaration.ts';

/** What all registrations of a registry share. */
export interface RegistrationPort {
  update(of: LiveRegistration, value: unknown): Promise<void>;
  free(of: LiveRegistration): Promise<void>;
  /** Runs what a user gave; what it throws is logged. */
  guard(act: () => void): void;
}

export class LiveRegistration implements Registration<Key, unknown> {
  readonly key: Key;
  readonly mapKey: MapKey;
  /** Tells it from others of the same name. */
  readonly number: number;
  readonly #port: RegistrationPort;
  #losers: (() => void)[] | undefined;
  #isFreeing = false;
  #freeing: Promise<void> | undefined;
  #state: 'held' | 'freed' | 'lost' = 'held';

  constructor(port: RegistrationPort, key: Key, mapKey: MapKey, number: number) {
    this.key = key;
    this.mapKey = mapKey;
    this.number = number;
    this.#port = port;
  }

  async update(value: unknown): Promise<void> {
    if (this.#isFreeing || this.#state !== 'held') throw new NameLost(showKey(this.key));
    await this.#port.update(this, value);
  }

  unregister(): Promise<void> {
    if (this.#state === 'lost') return Promise.resolve();
    this.#freeing ??= this.#free();
    return this.#freeing;
  }

  #free(): Promise<void> {
    // First of all: where this node owns the name's entry, it is gone before `free` returns.
    this.#isFreeing = true;
    return this.#port.free(this).catch((error) => {
      if (this.#state !== 'held' || error instanceof NameLost) return;
      // It may be held still: the next call tries again.
      this.#isFreeing = false;
      this.#freeing = undefined;
      throw error;
    });
  }

  onLost(lost: () => void): void {
    if (this.#state === 'held') {
      this.#losers ??= [];
      this.#losers.push(lost);
    } else if (this.#state === 'lost') queueMicrotask(() => this.#port.guard(lost));
  }

  /** The name is not held any more: freed, when that was asked for; else lost. */
  ended(): void {
    if (this.#state !== 'held') return;
    this.#state = this.#isFreeing ? 'freed' : 'lost';
    const losers = this.#losers ?? [];
    this.#losers = undefined;
    if (this.#state === 'lost') for (const lost of losers) this.#port.guard(lost);
  }
}
