/**
 * One running instance of a server: its mailbox, one message at a time, and what leaves it. For a server that keeps state,
 * replies and sends leave only when the state they show is on every member; they leave in the order of the turns.
 */
import {
  type Address,
  assertPlain,
  BoundedQueue,
  type ErrorData,
  InvalidValue,
  type Key,
  Refused,
  toErrorData,
} from '../../base/index.ts';
import type { Cancel, Log } from '../../ports/index.ts';
import { type AnyServer, type EndReason, type MusterNode, RESERVED, type Server } from './declaration.ts';
import type { ServerId } from './names.ts';

/** The answer to a call, as it crosses the wire. */
export type Reply = readonly [ok: true, value: unknown] | readonly [ok: false, error: ErrorData];

/** Which call it is, and what its caller has settled. */
export interface CallMark {
  readonly caller: Address;
  readonly number: number;
  readonly doneBelow: number;
}

export interface Item {
  readonly method: string | undefined;
  readonly args: readonly unknown[];
  /** Who asked, for a call. */
  readonly call: CallMark | undefined;
  reply(reply: Reply): void;
  /** It is not run here, and goes to where the server runs now, if that is of use. */
  elsewhere(): void;
}

export interface InstancePort {
  readonly log: Log;
  /** Whether callers are told the stacks of what handlers throw. */
  readonly tellsStacks: boolean;
  now(): number;
  after(ms: number, act: () => void): Cancel;
  every(ms: number, act: () => void): Cancel;
  encode(value: unknown): Uint8Array;
  /** Whether a message or timer may be handled now; asked before each. */
  mayAct(): boolean;
  /** The fencing token of this instance. */
  readonly token: number;
  /** Whether this call is settled already, by this or an earlier instance; then it is answered again from its record. */
  isSettled(item: Item): boolean;
  /** Writes the state to every member, with the reply that the turn gave. */
  keep(state: unknown, item: Item, reply: Reply | undefined): Promise<void>;
  /** The instance crashed with what a turn threw. */
  crashed(error: unknown): void;
  /** The instance asked for its own end. */
  wantsToStop(): void;
  /** The node as the server sees it: its sends go through `effect`, and nothing goes through when the instance `hasEnded`. */
  facade(effect: (act: () => void) => void, hasEnded: () => boolean): MusterNode;
}

/** Messages that wait for an instance at most. */
export const MAILBOX = 10_000;

export class Instance {
  readonly id: ServerId;
  readonly declaration: AnyServer;
  readonly key: Key | undefined;
  readonly startedAt: number;
  state: 'starting' | 'running' | 'stopping' | 'failed' = 'starting';
  readonly #port: InstancePort;
  readonly #mailbox = new BoundedQueue<Item>(MAILBOX);
  readonly #timers = new Set<Cancel>();
  /** Calls that wait and could come again meanwhile. */
  readonly #inMailbox = new Set<string>();
  /** What leaves this instance, in order; the head leaves when it is safe. */
  #leaving: { safe: boolean; acts: (() => void)[] }[] = [];
  /** What the present turn has sent, of a server that keeps state; of others it leaves at once. */
  #effects: (() => void)[] | undefined;
  #server: Server<Key, unknown> | undefined;
  #kept: Uint8Array = new Uint8Array();
  #busy = false;
  #ended = false;
  #crashed = false;
  #idle: (() => void)[] = [];

  constructor(id: ServerId, declaration: AnyServer, key: Key | undefined, port: InstancePort) {
    this.id = id;
    this.declaration = declaration;
    this.key = key;
    this.#port = port;
    this.startedAt = port.now();
  }

  get mailbox(): number {
    return this.#mailbox.size + (this.#busy ? 1 : 0);
  }

  /** Makes the server and its first state. Rejects with what `init` threw. */
  async start(kept: unknown): Promise<void> {
    const node = this.#port.facade(
      (act) => this.#effect(act),
      () => this.#ended,
    );
    const server = new this.declaration.make({
      key: this.key,
      node,
      after: (ms, message) => this.#timer((act) => this.#port.after(ms, act), message),
      every: (ms, message) => this.#timer((act) => this.#port.every(ms, act), message),
      stop: () => this.#port.wantsToStop(),
      token: this.#port.token,
    }) as Server<Key, unknown>;
    if (kept !== undefined) this.#kept = this.#port.encode(kept);
    this.#busy = true;
    const state = await server.init(kept);
    server.state = state;
    this.#busy = false;
    this.#server = server;
    if (this.state === 'starting') this.state = 'running';
    this.#work();
  }

  #timer(plan: (act: () => void) => Cancel, message: unknown): Cancel {
    const cancel = plan(() =>
      this.push({ method: undefined, args: [message], call: undefined, reply: nothing, elsewhere: nothing }),
    );
    this.#timers.add(cancel);
    return () => {
      this.#timers.delete(cancel);
      cancel();
    };
  }

  /** Puts a message into the mailbox; `full` when there is no room, `refused` when it takes no more. */
  push(item: Item): 'taken' | 'full' | 'refused' {
    if (this.#ended || this.state === 'stopping') return 'refused';
    const call = this.#repeatable(item);
    if (call !== undefined && this.#inMailbox.has(call)) return 'taken';
    if (!this.#mailbox.push(item)) return 'full';
    if (call !== undefined) this.#inMailbox.add(call);
    this.#work();
    return 'taken';
  }

  /** Goes on with what waits, when it may act again. */
  resume(): void {
    this.#work();
  }

  #work(): void {
    while (!this.#busy && !this.#ended && this.#server && this.state === 'running' && this.#port.mayAct()) {
      const item = this.#mailbox.shift();
      if (!item) return;
      if (this.#port.isSettled(item)) this.#forget(item);
      else this.#turn(item, this.#server);
    }
    if (!this.#busy && this.state === 'stopping') this.#tellIdle();
  }

  #turn(item: Item, server: Server<Key, unknown>): void {
    if (this.declaration.keeps === 'state') this.#effects = [];
    let result: unknown;
    try {
      result = this.#dispatch(item, server);
    } catch (error) {
      this.#failed(item, error);
      return;
    }
    if (!(result instanceof Promise)) {
      this.#finish(item, result, server);
      return;
    }
    this.#busy = true;
    result.then(
      (value) => {
        this.#busy = false;
        if (!this.#ended) this.#finish(item, value, server);
        this.#work();
      },
      (error) => {
        this.#busy = false;
        if (!this.#ended) this.#failed(item, error);
        this.#work();
      },
    );
  }

  #dispatch(item: Item, server: Server<Key, unknown>): unknown {
    if (item.method === undefined) return server.info(item.args[0]);
    const method = RESERVED.has(item.method) ? undefined : (server as unknown as Record<string, unknown>)[item.method];
    if (typeof method !== 'function') {
      throw new Refused(`server ${this.declaration.name} understands no message called ${item.method}`);
    }
    return method.apply(server, item.args);
  }

  #finish(item: Item, value: unknown, server: Server<Key, unknown>): void {
    try {
      assertPlain(`answer of ${this.id} to ${item.method}`, value);
      this.#leave(item, [true, value ?? null], server);
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error;
      this.#leave(item, [false, toErrorData(error)], server);
    }
  }

  #failed(item: Item, error: unknown): void {
    if (error instanceof Refused && this.#server) {
      this.#leave(item, [false, toErrorData(error)], this.#server);
      return;
    }
    this.#effects = undefined;
    item.reply([false, toErrorData(error, this.#port.tellsStacks)]);
    this.#crash(error);
  }

  #crash(error: unknown): void {
    this.#crashed = true;
    this.#end();
    this.#port.crashed(error);
  }

  /** The end of a turn: its sends and its reply leave, when the state they show is safe. */
  #leave(item: Item, reply: Reply, server: Server<Key, unknown>): void {
    if (this.declaration.keeps !== 'state') {
      this.#reply(item, reply);
      this.#release();
      return;
    }
    const acts = [...(this.#effects ?? []), () => this.#reply(item, reply)];
    this.#effects = undefined;
    const changed = this.#hasChanged(server);
    const leaving = { safe: !changed, acts };
    this.#leaving.push(leaving);
    if (changed) this.#keep(item, reply, server, leaving);
    this.#release();
  }

  #keep(item: Item, reply: Reply, server: Server<Key, unknown>, leaving: { safe: boolean }): void {
    this.#port.keep(server.state, item, item.call ? reply : undefined).then(
      () => {
        leaving.safe = true;
        this.#release();
      },
      (error) => {
        if (this.#ended) return;
        // Asked again it would only fail again: what is wrong is the state, not the way there.
        if (error instanceof InvalidValue) this.#reply(item, [false, toErrorData(error)]);
        this.#port.log.write('error', 'the state of a server could not be kept', { server: this.id });
        this.#crash(error);
      },
    );
  }

  #reply(item: Item, reply: Reply): void {
    this.#forget(item);
    item.reply(reply);
  }

  /** What tells a call from others, if it can come more than once: callers ask again only those who keep state. */
  #repeatable({ call }: Item): string | undefined {
    return call && this.declaration.keeps === 'state' ? `${call.caller}/${call.number}` : undefined;
  }

  #forget(item: Item): void {
    const call = this.#repeatable(item);
    if (call !== undefined) this.#inMailbox.delete(call);
  }

  #hasChanged(server: Server<Key, unknown>): boolean {
    const encoded = this.#port.encode(server.state);
    if (isSame(encoded, this.#kept)) return false;
    this.#kept = encoded.slice();
    return true;
  }

  #release(): void {
    while (this.#leaving[0]?.safe) for (const act of this.#leaving.shift()!.acts) act();
    if (this.state === 'stopping') this.#tellIdle();
  }

  #effect(act: () => void): void {
    if (this.#effects) this.#effects.push(act);
    else act();
  }

  #tellIdle(): void {
    if (this.#busy || this.#leaving.length > 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const tell of idle) tell();
  }

  /**
   * Stops taking messages, lets the present one end (at most `deadlineMs`), and runs `terminate` if the node may still act.
   * Resolves to the state and to what was still in the mailbox.
   */
  async stop(reason: EndReason, deadlineMs: number): Promise<{ state: unknown; rest: Item[] }> {
    this.state = 'stopping';
    const rest = this.#mailbox.takeAll();
    await new Promise<void>((resolve) => {
      this.#idle.push(resolve);
      this.#port.after(deadlineMs, resolve);
      this.#tellIdle();
    });
    try {
      if (!this.#ended && this.#port.mayAct()) await this.#server?.terminate(reason);
    } catch (error) {
      this.#port.log.write('error', 'terminate failed', { server: this.id, error: String(error) });
    }
    const state = this.#crashed ? undefined : this.#server?.state;
    this.#end();
    return { state, rest };
  }

  /** Whether it is over: nothing is taken or handled any more. */
  get hasEnded(): boolean {
    return this.#ended;
  }

  /** Ends an instance that crashed; what is still in its mailbox. */
  takeRest(): Item[] {
    this.#end();
    return this.#mailbox.takeAll();
  }

  #end(): void {
    this.#ended = true;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }
}

/** Nobody waits for a timer, and the next instance has its own. */
function nothing(): void {}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
