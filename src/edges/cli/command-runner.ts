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

/** What came of a line. It is reported too. */
export interface Outcome {
  readonly command: string;
  readonly ms: number;
  readonly effect: Effect;
  /** What it was refused with; undefined when it was done. */
  readonly error?: unknown;
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
    return this.#begin(line).then(({ next }) => next);
  }

  /** Never rejects. Resolves when the line is carried out, however long that takes, or was refused. */
  outcome(line: string): Promise<Outcome> {
    return this.#begin(line).then(({ outcome }) => outcome);
  }

  #begin(line: string): Promise<{ outcome: Promise<Outcome>; next: Promise<void> }> {
    if (this.#waiting >= MOST_WAITING) {
      const error = new Refused(`more than ${MOST_WAITING} commands are waiting`);
      return Promise.resolve({ outcome: Promise.resolve(this.#refuse(line, 0, error)), next: Promise.resolve() });
    }
    this.#waiting += 1;
    const begun = this.#last.then(() => {
      this.#waiting -= 1;
      const outcome = this.#run(line);
      return { outcome, next: this.#patiently(outcome) };
    });
    this.#last = begun.then(({ next }) => next);
    return begun;
  }

  async #patiently(outcome: Promise<unknown>): Promise<void> {
    const patience = this.#options.wait(this.#patienceMs);
    await Promise.race([outcome, patience.over]);
    patience.cancel();
  }

  async #run(line: string): Promise<Outcome> {
    const { session, elapsedMs, done } = this.#options;
    const startedMs = elapsedMs();
    const taken = (): number => elapsedMs() - startedMs;
    try {
      // Parsed only now: the line before may have added the node that this one names.
      const call = parseLine(
        line,
        session.cluster.nodes().map(({ id }) => id),
      );
      const effect = (await call?.run(session)) ?? {};
      if (call && !call.shows) done(shownLine(line), taken(), effect);
      return { command: shownLine(line), ms: taken(), effect };
    } catch (error) {
      return this.#refuse(line, taken(), error);
    }
  }

  #refuse(line: string, ms: number, error: unknown): Outcome {
    const command = shownLine(line);
    this.#options.refused(command, failureOf(error).message);
    return { command, ms, effect: {}, error };
  }
}
