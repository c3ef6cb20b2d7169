/**
 * Requests under way from one node: numbers, deadlines, and whether each was sent. Who answers and when to send again
 * is the services' business. One book per node, so that a request's number is unique in the node's life.
 */
import { type Deferred, deferred, Numbered, type Outcome, Timeout } from '../base/index.ts';
import type { Cancel, Clock } from '../ports/index.ts';

const SWEEP_MS = 20;
export const DEFAULT_DEADLINE_MS = 5_000;

export interface Request<T = unknown> {
  readonly number: number;
  readonly what: string;
  readonly deadlineMs: number;
  readonly deadlineAt: number;
  /** `not-run` until it may have reached somebody who acts on it. */
  outcome: Outcome;
  readonly answer: Deferred<T>;
  /** Whether it needs the primary component, so that waiting is of no use outside of it. */
  readonly strong: boolean;
  /** Told when the deadline passed, or a strong request was given up, after the rejection. */
  readonly onGivenUp: (() => void) | undefined;
}

export interface RequestOptions {
  readonly strong?: boolean;
  readonly onGivenUp?: () => void;
}

export class RequestBook {
  readonly #clock: Clock;
  readonly #open = new Numbered<Request>();
  #next = 1;
  /** No open request has a smaller number. */
  #lowest = 1;
  #cancelSweep: Cancel | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#open.size;
  }

  open<T>(what: string, deadlineMs: number, { strong = false, onGivenUp }: RequestOptions = {}): Request<T> {
    const request: Request<T> = {
      number: this.#next++,
      what,
      deadlineMs,
      deadlineAt: this.#clock.now() + deadlineMs,
      outcome: 'not-run',
      answer: deferred<T>(),
      strong,
      onGivenUp,
    };
    this.#open.set(request.number, request as Request);
    this.#cancelSweep ??= this.#clock.after(SWEEP_MS, () => this.#sweep());
    return request;
  }

  isOpen(number: number): boolean {
    return this.#open.has(number);
  }

  /** Every number below this one is settled and will never be asked about again. */
  get doneBelow(): number {
    while (this.#lowest < this.#next && !this.#open.has(this.#lowest)) this.#lowest += 1;
    return this.#lowest;
  }

  resolve(number: number, value: unknown): void {
    const request = this.#take(number);
    request?.answer.resolve(value);
  }

  reject(number: number, error: unknown): void {
    const request = this.#take(number);
    request?.answer.reject(error);
  }

  rejectAll(error: unknown): void {
    for (const [number] of this.#open.entries()) this.reject(number, error);
    this.#cancelSweep?.();
    this.#cancelSweep = undefined;
  }

  /** Rejects every strong request: what it waits for cannot come. */
  giveUpStrong(why: (request: Request) => unknown): void {
    for (const [, request] of this.#open.entries(({ strong }) => strong)) this.#giveUp(request, why(request));
  }

  #giveUp(request: Request, error: unknown): void {
    this.reject(request.number, error);
    request.onGivenUp?.();
  }

  #take(number: number): Request | undefined {
    return this.#open.delete(number);
  }

  #sweep(): void {
    this.#cancelSweep = undefined;
    const now = this.#clock.now();
    for (const [, request] of this.#open.entries(({ deadlineAt }) => deadlineAt <= now)) {
      this.#giveUp(request, new Timeout(request.what, request.deadlineMs, request.outcome));
    }
    if (this.#open.size > 0) this.#cancelSweep = this.#clock.after(SWEEP_MS, () => this.#sweep());
  }
}
