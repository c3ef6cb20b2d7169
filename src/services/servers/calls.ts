/**
 * The caller's side of servers. Calls to servers that keep state are sent again until the deadline (their number travels in
 * the kept state); others at most once, and reject with `NodeDown` as soon as their node's death is known.
 */
import { type Address, fromErrorData, idOf, NodeDown, NotPrimary, Numbered, Overloaded } from '../../base/index.ts';
import { DEFAULT_DEADLINE_MS, type NodeCore, type Request } from '../../node/index.ts';
import { type Membership, SAY_AGAIN_MS, type View } from '../membership/index.ts';
import { isNamed } from './declaration.ts';
import type { Reply } from './instance.ts';
import type { Route } from './route.ts';

/** What may come back for a call: its reply, or that it was not run here and may be asked for elsewhere. */
export type CallAnswer = Reply | readonly ['elsewhere'];

export interface CallPort {
  send(to: Address, number: number, route: Route, method: string, args: readonly unknown[]): void;
}

interface Open {
  readonly request: Request;
  readonly route: Route;
  readonly method: string;
  readonly args: readonly unknown[];
  sentTo: Address | undefined;
  sentAt: number;
  /** How often it was sent without an answer that it was not run there. */
  maybeRun: number;
}

const MOST_OPEN = 100_000;
const ELSEWHERE_MS = 5;

export class Calls {
  readonly #core: NodeCore;
  readonly #membership: Membership;
  readonly #port: CallPort;
  readonly #open = new Numbered<Open>();

  constructor(core: NodeCore, membership: Membership, port: CallPort) {
    this.#core = core;
    this.#membership = membership;
    this.#port = port;
    core.every(SAY_AGAIN_MS, () => this.#sayAgain());
  }

  get size(): number {
    return this.#open.size;
  }

  call(route: Route, method: string, args: readonly unknown[], deadlineMs = DEFAULT_DEADLINE_MS): Promise<unknown> {
    const what = `call ${route.id}.${method}`;
    if (this.#open.size >= MOST_OPEN) return Promise.reject(new Overloaded(what, MOST_OPEN));
    const strong = isNamed(route.declaration);
    if (strong && !this.#membership.mayAct) return Promise.reject(new NotPrimary(what, this.#core.id, 'not-run'));
    const request = this.#core.requests.open<unknown>(what, deadlineMs, {
      strong,
      onGivenUp: () => this.#open.delete(request.number),
    });
    const open = { request, route, method, args, sentTo: undefined, sentAt: 0, maybeRun: 0 };
    this.#open.set(request.number, open);
    this.#send(open);
    return request.answer.promise;
  }

  #send(open: Open): void {
    const { request, route, method, args } = open;
    if (!this.#membership.isFlushed) return;
    const target = route.target(this.#membership.view);
    if (target === undefined) return;
    open.sentTo = target;
    if (route.declaration.keeps === 'state') open.sentAt = this.#core.world.clock.now();
    open.maybeRun += 1;
    request.outcome = 'unknown';
    this.#port.send(target, request.number, route, method, args);
  }

  answered(number: number, answer: CallAnswer): void {
    const open = this.#open.get(number);
    if (!open) return;
    if (answer[0] === 'elsewhere') {
      open.sentTo = undefined;
      // An earlier node may have run it and died, or left, before its answer came.
      open.maybeRun -= 1;
      if (open.maybeRun === 0) open.request.outcome = 'not-run';
      this.#core.after(ELSEWHERE_MS, () => {
        if (this.#open.get(number) === open) this.#sendIfWaiting(open);
      });
      return;
    }
    this.#open.delete(number);
    if (answer[0]) this.#core.requests.resolve(number, answer[1]);
    else this.#core.requests.reject(number, fromErrorData(answer[1]));
  }

  #sendIfWaiting(open: Open): void {
    if (open.sentTo === undefined) this.#send(open);
  }

  /** Calls whose node is gone: sent again if that is harmless, else rejected. */
  installed(view: View): void {
    for (const [number, open] of this.#open.entries()) {
      if (open.sentTo === undefined || view.has(open.sentTo)) continue;
      if (open.route.declaration.keeps === 'state') {
        open.sentTo = undefined;
        continue;
      }
      this.#open.delete(number);
      this.#core.requests.reject(number, new NodeDown(open.request.what, idOf(open.sentTo), 'unknown'));
    }
  }

  /** The view is flushed: what waited for it goes out. */
  flushed(): void {
    for (const [, open] of this.#open.entries()) this.#sendIfWaiting(open);
  }

  #sayAgain(): void {
    const before = this.#core.world.clock.now() - SAY_AGAIN_MS;
    for (const [, open] of this.#open.entries()) {
      const isOverdue = open.route.declaration.keeps === 'state' && open.sentAt < before;
      if (open.sentTo === undefined || isOverdue) this.#send(open);
    }
  }
}
