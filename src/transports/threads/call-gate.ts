/**
 * Keeps a thread from being ended inside a native call that would not survive it. The thread passes the gate around each
 * call; who is about to end the thread shuts the gate first and waits until nobody is inside.
 */
const INSIDE = 0;
const SHUT = 1;

export class CallGate {
  /** Both words are in shared memory; a gate can be posted as this and made again from it. */
  readonly words: Int32Array;

  constructor(words: Int32Array = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))) {
    this.words = words;
  }

  /** Runs `call` inside. Once the gate is shut this never returns: the thread waits here for its end. */
  pass<T>(call: () => T): T {
    Atomics.store(this.words, INSIDE, 1);
    // Written before it is read, here and in `shut`, so that one of the two sees the other.
    if (Atomics.load(this.words, SHUT) === 1) {
      this.#leave();
      Atomics.wait(this.words, SHUT, 1);
    }
    try {
      return call();
    } finally {
      this.#leave();
    }
  }

  /** Lets nobody in any more and blocks until nobody is inside, at most `deadlineMs`. */
  shut(deadlineMs: number): void {
    Atomics.store(this.words, SHUT, 1);
    Atomics.wait(this.words, INSIDE, 1, deadlineMs);
  }

  #leave(): void {
    Atomics.store(this.words, INSIDE, 0);
    Atomics.notify(this.words, INSIDE);
  }
}
