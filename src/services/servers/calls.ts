/**
 * The caller's side of servers. Calls to servers that keep state are sent again until the deadline (their number travels in
 * the kept state); others at most once, and reject with `NodeDown` as soon as their node's death is known.
 */
import { type Address, fromErrorData, idOf, NodeDown, NotPrimary, Numbered, Overloaded } from '../../base/index.ts';
import { DEFAULT_DEADLINE_MS, type NodeCore, type Request } from '../../node/index.ts';
import { type Membership, SAY_AGAIN_MS, type View } from '../membership/index.ts';
import { type AnyServer, isNamed } from './declaration.ts';
import type { Reply } from './instance.ts';
import type { ServerId } from './names.ts';

/** What may come back for a call: its reply, or that it was not run here and may be asked for elsewhere. */
export type CallAnswer = Reply | readonly ['elsewhere'];

export interface CallPort {
  /** Where the server runs in the present view. */
  target(declaration: AnyServer, id: ServerId): Address | undefined;
  send(
    to: Address,
    number: number,
    declaration: AnyServer,
    id: ServerId,
    method: string,
    args: readonly unknown[],
  ): void;
}

interface Open {
  readonly request: Request;
  readonly declaration: AnyServer;
  readonly id: ServerId;
  readonly method: string;
  readonly args: readonly unknown[];
  sentTo: Address | undefined;
  sentAt: number;
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

  call(
    declaration: AnyServer,
    id: ServerId,
    method: string,
    args: readonly unknown[],
    deadlineMs?: number,
  ): Promise<unknown> {
    const what = `call ${id}.${method}`;
    if (this.#open.size >= MOST_OPEN) return Promise.reject(new Overloaded(what, MOST_OPEN));
    const strong = isNamed(declaration);
    if (strong && !this.#membership.mayAct) return Promise.reject(new NotPrimary(what, this.#core.id, 'not-run'));
    const request = this.#core.requests.open<unknown>(what, deadlineMs ?? DEFAULT_DEADLINE_MS, {
      strong,
      onGivenUp: () => this.#open.delete(request.number),
    });
    this.#open.set(request.number, { request, declaration, id, method, args, sentTo: undefined, sentAt: 0 });
    this.#send(request.number);
    return request.answer.promise;
  }

  #send(number: number): void {
    const open = this.#open.get(number);
    if (!open || !this.#membership.isFlushed) return;
    const target = this.#port.target(open.declaration, open.id);
    if (target === undefined) return;
    open.sentTo = target;
    open.sentAt = this.#core.world.clock.now();
    open.request.outcome = 'unknown';
    this.#port.send(target, number, open.declaration, open.id, open.method, open.args);
  }

  answered(number: number, answer: CallAnswer): void {
    const open = this.#open.get(number);
    if (!open) return;
    if (answer[0] === 'elsewhere') {
      open.sentTo = undefined;
      open.request.outcome = 'not-run';
      this.#core.after(ELSEWHERE_MS, () => this.#sendIfWaiting(number));
      return;
    }
    this.#open.delete(number);
    if (answer[0]) this.#core.requests.resolve(number, answer[1]);
    else this.#core.requests.reject(number, fromErrorData(answer[1]));
  }

  #sendIfWaiting(number: number): void {
    if (this.#open.get(number)?.sentTo === undefined) this.#send(number);
  }

  /** Calls whose node is gone: sent again if that is harmless, else rejected. */
  installed(view: View): void {
    for (const [number, open] of this.#open.entries()) {
      if (open.sentTo === undefined || view.has(open.sentTo)) continue;
      if (open.declaration.keeps === 'state') {
        open.sentTo = undefined;
        continue;
      }
      this.#open.delete(number);
      this.#core.requests.reject(number, new NodeDown(open.request.what, idOf(open.sentTo), 'unknown'));
    }
  }

  /** The view is flushed: what waited for it goes out. */
  flushed(): void {
    for (const [number] of this.#open.entries()) this.#sendIfWaiting(number);
  }

  #sayAgain(): void {
    const before = this.#core.world.clock.now() - SAY_AGAIN_MS;
    for (const [number, open] of this.#open.entries()) {
      if (open.sentTo === undefined || (open.declaration.keeps === 'state' && open.sentAt < before)) this.#send(number);
    }
  }
}
