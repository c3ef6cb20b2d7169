/** Ends a thread whatever it does, however often that has to be asked. */

const FIRST_REPEAT_MS = 50;

/** What is needed of a `Worker`. */
export interface Endable {
  terminate(): Promise<number>;
  once(event: 'exit', listener: () => void): unknown;
  setMaxListeners(count: number): unknown;
}

/**
 * Asks a thread to end until it has. Once is not enough: Node loses a request that comes while the thread enters JavaScript from
 * its event loop (seen on 20.20: asked while a message was on its way that never ends the turn it begins, 9 of 30 threads went on
 * for ever). Resolves at its `exit`; a thread inside a native call ends when that returns.
 *
 * The pauses double, so that a thread in a long native call is not asked without bound.
 */
export function endThread(worker: Endable): Promise<void> {
  // Each request adds a listener for the exit.
  worker.setMaxListeners(0);
  return new Promise((resolve) => {
    let repeat: NodeJS.Timeout;
    const ask = (afterMs: number): void => {
      repeat = setTimeout(ask, afterMs, afterMs * 2);
      void worker.terminate();
    };
    worker.once('exit', () => {
      clearTimeout(repeat);
      resolve();
    });
    ask(FIRST_REPEAT_MS);
  });
}
