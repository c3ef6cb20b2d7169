/** Which requests have been applied, with their answers: what makes a retry at a new owner harmless. Pure state. */
import type { Address } from '../../base/index.ts';
import type { RequestMark } from './strong-log.ts';

export class AppliedRequests {
  readonly #byCaller = new Map<Address, Map<number, unknown>>();

  record(mark: RequestMark): void {
    let answers = this.#byCaller.get(mark.caller);
    if (!answers) {
      answers = new Map();
      this.#byCaller.set(mark.caller, answers);
    }
    for (const number of answers.keys()) {
      if (number >= mark.doneBelow) break;
      answers.delete(number);
    }
    answers.set(mark.number, mark.outcome);
  }

  has(caller: Address, number: number): boolean {
    return this.#byCaller.get(caller)?.has(number) ?? false;
  }

  outcome(caller: Address, number: number): unknown {
    return this.#byCaller.get(caller)?.get(number);
  }

  forget(caller: Address): void {
    this.#byCaller.delete(caller);
  }

  callers(): Address[] {
    return [...this.#byCaller.keys()];
  }

  toData(): [Address, [number, unknown][]][] {
    return [...this.#byCaller].map(([caller, answers]) => [caller, [...answers]]);
  }

  /** Adds what a donor knew; what is here already stays. */
  absorb(data: readonly (readonly [Address, readonly (readonly [number, unknown])[]])[]): void {
    for (const [caller, answers] of data) {
      const known = this.#byCaller.get(caller) ?? new Map<number, unknown>();
      this.#byCaller.set(caller, known);
      for (const [number, outcome] of answers) if (!known.has(number)) known.set(number, outcome);
    }
  }
}
