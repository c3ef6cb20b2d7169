/**
 * The order in which one client's commands are carried out: one after the other as they came. Two things may pass: a command
 * that needs nobody else does not wait behind one that takes long, and in a hurry nothing waits for anything. It knows
 * neither commands nor lines.
 */
import { deferred } from '../../base/index.ts';
import type { Clock } from '../../ports/index.ts';

export interface CommandQueueOptions<C> {
  readonly clock: Pick<Clock, 'now' | 'after'>;
  /** Carries one out. Must not reject. */
  run(command: C): Promise<void>;
  /** Whether it needs nobody else, so that it may pass one that takes long. */
  mayPass(command: C): boolean;
  /** Whether nothing should wait, because what would be waited for may never come. */
  inHurry(): boolean;
}

/** How a command that was taken stands. Neither rejects. */
export interface Taken {
  /** Resolves when it has been carried out. */
  readonly done: Promise<void>;
  /** Resolves when the next one may be taken. */
  readonly next: Promise<void>;
}

interface Waiting<C> {
  readonly command: C;
  readonly done: ReturnType<typeof deferred<void>>;
}

/** A command that has run for longer is passed by those that may. */
export const PATIENCE_MS = 250;
/** Commands that wait before no more are taken. */
const MOST_WAITING = 20;

export class CommandQueue<C> {
  readonly #options: CommandQueueOptions<C>;
  readonly #waiting: Waiting<C>[] = [];
  readonly #all = new Set<Promise<void>>();
  #running: { readonly done: Promise<void>; readonly since: number } | undefined;
  #room = deferred<void>();

  constructor(options: CommandQueueOptions<C>) {
    this.#options = options;
  }

  take(command: C): Taken {
    if (this.#options.inHurry()) return { done: this.#begin(command), next: Promise.resolve() };
    if (this.#options.mayPass(command)) {
      const done = this.#keep(this.#inTurnOrPast(command));
      return { done, next: done };
    }
    const waiting = { command, done: deferred<void>() };
    this.#waiting.push(waiting);
    this.#runNext();
    return { done: this.#keep(waiting.done.promise), next: this.#hasRoom() };
  }

  /** Resolves when all that was taken has been carried out. */
  async idle(): Promise<void> {
    while (this.#all.size > 0) await Promise.all(this.#all);
  }

  /** Begins everything that waits, now. */
  hurry(): void {
    for (const { command, done } of this.#waiting.splice(0)) void this.#begin(command).then(done.resolve);
    this.#makeRoom();
  }

  #keep(done: Promise<void>): Promise<void> {
    this.#all.add(done);
    void done.then(() => this.#all.delete(done));
    return done;
  }

  #begin(command: C): Promise<void> {
    return this.#keep(this.#options.run(command));
  }

  #runNext(): void {
    if (this.#running) return;
    const first = this.#waiting.shift();
    if (!first) return;
    this.#makeRoom();
    const done = this.#options.run(first.command).then(() => {
      this.#running = undefined;
      first.done.resolve();
      this.#runNext();
    });
    this.#running = { done, since: this.#options.clock.now() };
  }

  async #inTurnOrPast(command: C): Promise<void> {
    for (;;) {
      const running = this.#running;
      const leftMs = running ? running.since + PATIENCE_MS - this.#options.clock.now() : 0;
      if (!running || leftMs <= 0) return this.#options.run(command);
      const patience = deferred<void>();
      const cancel = this.#options.clock.after(leftMs, patience.resolve);
      await Promise.race([running.done, patience.promise]);
      cancel();
    }
  }

  #hasRoom(): Promise<void> {
    return this.#waiting.length < MOST_WAITING ? Promise.resolve() : this.#room.promise;
  }

  #makeRoom(): void {
    if (this.#waiting.length >= MOST_WAITING) return;
    this.#room.resolve();
    this.#room = deferred<void>();
  }
}
