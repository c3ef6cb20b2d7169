/** Which requests have been applied, with their answers: what makes a retry at a new owner harmless. Pure state. */
import { type Address, Numbered } from '../../base/index.ts';
import type { RequestMark } from './strong-log.ts';

/** One caller's requests: all below `doneBelow` are over for good, of the others those in `answers` are applied. */
interface Applied {
  doneBelow: number;
  readonly answers: Numbered<{ readonly outcome: unknown }>;
}

/** As it crosses the wire. */
export type AppliedData = readonly (readonly [
  caller: Address,
  doneBelow: number,
  answers: readonly (readonly [number, unknown])[],
])[];

export class AppliedRequests {
  readonly #byCaller = new Map<Address, Applied>();

  record({ caller, number, doneBelow, outcome }: RequestMark): void {
    const applied = this.#of(caller);
    this.#finish(applied, doneBelow);
    if (number >= applied.doneBelow) applied.answers.set(number, { outcome });
  }

  #of(caller: Address): Applied {
    let applied = this.#byCaller.get(caller);
    if (!applied) {
      applied = { doneBelow: 0, answers: new Numbered() };
      this.#byCaller.set(caller, applied);
    }
    return applied;
  }

  #finish(applied: Applied, doneBelow: number): void {
    const before = applied.doneBelow;
    if (doneBelow <= before) return;
    applied.doneBelow = doneBelow;
    applied.answers.deleteRange(before, doneBelow);
  }

  has(caller: Address, number: number): boolean {
    return this.#byCaller.get(caller)?.answers.has(number) ?? false;
  }

  /** Whether the caller has its answer: what still comes under this number is a late copy, and must not be applied. */
  isDone(caller: Address, number: number): boolean {
    return number < (this.#byCaller.get(caller)?.doneBelow ?? 0);
  }

  outcome(caller: Address, number: number): unknown {
    return this.#byCaller.get(caller)?.answers.get(number)?.outcome;
  }

  forget(caller: Address): void {
    this.#byCaller.delete(caller);
  }

  clear(): void {
    this.#byCaller.clear();
  }

  callers(): Address[] {
    return [...this.#byCaller.keys()];
  }

  /** All of it in pieces, each small but for the answer in it; stays valid while requests are recorded. */
  *pieces(): IterableIterator<AppliedData[number]> {
    for (const [caller, applied] of this.#byCaller) {
      yield [caller, applied.doneBelow, []];
      for (const [number, { outcome }] of applied.answers.entries())
        yield [caller, applied.doneBelow, [[number, outcome]]];
    }
  }

  /** Adds what a donor knew, all or a part; what is here already stays. */
  absorb(data: AppliedData): void {
    for (const [caller, doneBelow, answers] of data) {
      const applied = this.#of(caller);
      this.#finish(applied, doneBelow);
      for (const [number, outcome] of answers) {
        if (number >= applied.doneBelow && !applied.answers.has(number)) applied.answers.set(number, { outcome });
      }
    }
  }
}
