/** When the command ends: the first wish stops it gracefully, the second at once. */
import { deferred } from '../../base/index.ts';
import type { Reporter } from './reporters/reporter.ts';

export class Ending {
  readonly #asked = deferred<void>();
  readonly #exitNow: (exitCode: number) => void;
  reporter: Reporter | undefined;
  begun = false;

  constructor(exitNow: (exitCode: number) => void) {
    this.#exitNow = exitNow;
  }

  get asked(): Promise<void> {
    return this.#asked.promise;
  }

  begin(): void {
    if (this.begun) return;
    this.begun = true;
    this.reporter?.stopping();
    this.#asked.resolve();
  }

  interrupt(exitCode: number): void {
    if (this.begun) {
      this.reporter?.close();
      this.#exitNow(exitCode);
    }
    this.begin();
  }
}
