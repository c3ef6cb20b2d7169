/** One thing after another: requests of a session that must not overtake each other. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` when all that was given before has settled. A failure concerns its own caller only. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work, work);
    this.#last = result.then(ignore, ignore);
    return result;
  }
}

function ignore(): void {}
