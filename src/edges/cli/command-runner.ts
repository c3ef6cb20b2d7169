/**
 * Runs command lines one after the other, in the order given. A command that takes longer than `patienceMs` (a node
 * that cannot get ready while it is cut off, say) goes on beside the next, so that `heal` and `quit` always get their turn.
 */
import { Refused } from '../../base/index.ts';
import { parseLine, shownLine } from './commands.ts';
import { failureOf } from './failure.ts';
import type { Effect } from './reports.ts';
import type { Session } from './session.ts';

/** Lines that may wait. Stdin never comes near it, since it is read no faster than lines are run. */
const MOST_WAITING = 100;

export interface RunnerOptions {
  readonly session: Session;
  readonly refused: (command: string, message: string) => void;
  readonly done: (command: string, ms: number, effect: Effect) => void;
  readonly elapsedMs: () => number;
  /** Resolves after `ms`, or when it is cancelled. */
  readonly wait: (ms: number) => { over: Promise<void>; cancel: () => void };
  /** Default 5,000. */
  readonly patienceMs?: number;
}

export class CommandRunner {
  readonly #options: RunnerOptions;
  readonly #patienceMs: number;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#patienceMs = options.patienceMs ?? 5_000;
  }

  /** Never rejects: what fails is reported as refused. Resolves when the next line may run. */
  submit(line: string): Promise<void> {
    if (this.#waiting >= MOST_WAITING) {
      this.#refuse(line, new Refused(`more than ${MOST_WAITING} commands are waiting`));
      return Promise.resolve();
    }
    this.#waiting += 1;
    this.#last = this.#last.then(() => {
      this.#waiting -= 1;
      return this.#runPatiently(line);
    });
    return this.#last;
  }

  async #runPatiently(line: string): Promise<void> {
    const patience = this.#options.wait(this.#patienceMs);
    await Promise.race([this.#run(line), patience.over]);
    patience.cancel();
  }

  async #run(line: string): Promise<void> {
    const { session, elapsedMs, done } = this.#options;
    const startedMs = elapsedMs();
    try {
      // Parsed only now: the line before may have added the node that this one names.
      const call = parseLine(
        line,
        session.cluster.nodes().map(({ id }) => id),
      );
      if (!call) return;
      const effect = await call.run(session);
      if (!call.shows) done(shownLine(line), elapsedMs() - startedMs, effect);
    } catch (error) {
      this.#refuse(line, error);
    }
  }

  #refuse(line: string, error: unknown): void {
    this.#options.refused(shownLine(line), failureOf(error).message);
  }
}
