/**
 * The caller's side of owned tables: sends operations to the key's owner, again when the owner changes or an answer stays
 * away, until the deadline. The owner knows requests by their number, so each is applied once.
 */
import { fromErrorData, type MapKey, Numbered, Overloaded } from '../../base/index.ts';
import { DEFAULT_DEADLINE_MS, type Request, type RequestBook } from '../../node/index.ts';
import { SAY_AGAIN_MS } from '../membership/index.ts';
import type { Answer, Operation } from './operations.ts';

export interface CallerPort {
  readonly requests: RequestBook;
  now(): number;
  /** Sends to the owner of the key in the present view; false when there is none yet. */
  ask(number: number, table: number, key: MapKey, operation: Operation): boolean;
  /** Why nothing strong can be asked now; undefined when it can. */
  refusal(what: string): Error | undefined;
  /** Whether the present view is flushed; what an owner granted under an older one may be void. */
  isFlushed(): boolean;
  /** Tells the owner that a turn or a load is not wanted any more. */
  giveBack(number: number, table: number, key: MapKey): void;
}

export interface AskOptions {
  readonly deadlineMs?: number | undefined;
  /** Goes on waiting while the node is outside the primary component: for the runtime's own work, which nobody waits for. */
  readonly patient?: boolean | undefined;
  /** What to ask next when the key was granted after a swap that did not fit. */
  readonly granted?: (value: unknown, version: number) => Operation;
  /** Called when this caller is to load; it later calls `continueWith`. */
  readonly load?: (number: number) => void;
}

interface Open {
  readonly request: Request;
  readonly table: number;
  readonly key: MapKey;
  operation: Operation;
  readonly options: AskOptions;
  sentAt: number;
}

const MOST_OPEN = 100_000;
/** How long a question may be open while others are answered. */
const PATIENCE_MS = 1_000;

export class Caller {
  readonly #port: CallerPort;
  readonly #open = new Numbered<Open>();
  /** Whether an answer came since this last asked again. */
  #wasAnswered = false;

  constructor(port: CallerPort) {
    this.#port = port;
  }

  get size(): number {
    return this.#open.size;
  }

  ask(what: string, table: number, key: MapKey, operation: Operation, options: AskOptions = {}): Promise<unknown> {
    if (this.#open.size >= MOST_OPEN) return Promise.reject(new Overloaded(what, MOST_OPEN));
    const refusal = options.patient ? undefined : this.#port.refusal(what);
    if (refusal) return Promise.reject(refusal);
    const request = this.#port.requests.open<unknown>(what, options.deadlineMs ?? DEFAULT_DEADLINE_MS, {
      strong: !options.patient,
      onGivenUp: () => this.#givenUp(request.number),
    });
    this.#open.set(request.number, { request, table, key, operation, options, sentAt: 0 });
    this.#send(request.number);
    return request.answer.promise;
  }

  /** The next operation of a request that is under way, e.g. the outcome of a load. */
  continueWith(number: number, operation: Operation): void {
    const open = this.#open.get(number);
    if (!open) return;
    open.operation = operation;
    this.#send(number);
  }

  #send(number: number): void {
    const open = this.#open.get(number);
    if (!open) return;
    if (!this.#port.requests.isOpen(number)) {
      this.#open.delete(number);
      return;
    }
    open.sentAt = this.#port.now();
    const { table, key, operation } = open;
    const before = open.request.outcome;
    open.request.outcome = 'unknown';
    if (!this.#port.ask(number, table, key, operation)) open.request.outcome = before;
  }

  answered(number: number, answer: Answer): void {
    const open = this.#open.get(number);
    if (!open) {
      // The request is over: a late copy of its question was granted something, or it did not wait long enough.
      if (answer.kind === 'load' || answer.kind === 'granted') this.#port.giveBack(number, answer.table, answer.key);
      return;
    }
    if (answer.kind !== 'elsewhere') this.#wasAnswered = true;
    switch (answer.kind) {
      case 'done':
        this.#open.delete(number);
        this.#port.requests.resolve(number, answer.result);
        return;
      case 'error':
        this.#open.delete(number);
        this.#port.requests.reject(number, fromErrorData(answer.error));
        return;
      case 'granted':
        if (open.options.granted) {
          open.operation = open.options.granted(answer.value, answer.version);
          this.#send(number);
        }
        return;
      case 'load':
        // While the view changes, another owner may let somebody else load; this is asked for again after the flush.
        if (open.operation.kind === 'load' && !open.operation.loading && this.#port.isFlushed()) {
          open.operation = { kind: 'load', loading: true };
          open.options.load?.(number);
        }
        return;
      case 'elsewhere':
        open.sentAt = 0;
    }
  }

  #givenUp(number: number): void {
    const open = this.#open.delete(number);
    const kind = open?.operation.kind;
    if (open && (kind === 'load' || kind === 'swap')) this.#port.giveBack(number, open.table, open.key);
  }

  /** Asks everything again: it may be owned elsewhere now, or have been refused a moment ago. */
  sendAll(): void {
    this.#sendAgain(Number.POSITIVE_INFINITY);
  }

  /**
   * Asks again what may have got lost. While answers come that is seldom so: what has none waits its turn, and to ask again
   * would make the queue longer. Called every `SAY_AGAIN_MS`.
   */
  sayAgain(): void {
    const answersCome = this.#wasAnswered;
    this.#wasAnswered = false;
    this.#sendAgain(this.#port.now() - (answersCome ? PATIENCE_MS : SAY_AGAIN_MS));
  }

  #sendAgain(before: number): void {
    for (const [number] of this.#open.entries(({ sentAt }) => sentAt < before)) this.#send(number);
  }

  /** Loads that run on this node now, or have ended and wait for the owner to know it. */
  loads(): [number, number, MapKey][] {
    return this.#open
      .entries(({ operation }) => isLoading(operation))
      .map(([number, { table, key }]) => [number, table, key]);
  }
}

function isLoading(operation: Operation): boolean {
  if (operation.kind === 'load') return operation.loading;
  return operation.kind === 'loaded' || operation.kind === 'load-failed';
}

/** Who holds a load, as it travels in a flush. */
export type LoadData = readonly [number, number, MapKey];
