/**
 * Servers in the sense of Erlang's GenServer: one mailbox, one message at a time. A server is a class whose public
 * methods are its messages; `server(...)` declares where its instances run and what survives them.
 */
import type * as z from 'zod';
import { InvalidValue, type Key, type NodeId } from '../../base/index.ts';
import type { Cancel, Clock, Compute, Level, Store } from '../../ports/index.ts';
import type { CacheDeclaration, CacheHandle, Writes } from '../cache/declaration.ts';
import { checkSchema, type Declaration } from '../declaration.ts';
import type { Standing, View } from '../membership/view.ts';
import type { Handler, SubscribeOptions, TopicRef } from '../pubsub/topic.ts';
import type { RegistryDeclaration, RegistryHandle } from '../registry/declaration.ts';
import type { SequenceDeclaration, SequenceHandle } from '../sequences/declaration.ts';

/**
 * Where instances run.
 * - `local`: where they are started, reachable from that node only;
 * - `one per node`: one on every node, started with it;
 * - `singleton`: one in the cluster, moves when its node dies or leaves;
 * - `one per key`: as a singleton, one for each key that was started.
 */
export type Placement = 'local' | 'one per node' | 'singleton' | 'one per key';
const PLACEMENTS: readonly Placement[] = ['local', 'one per node', 'singleton', 'one per key'];

export interface ServerOptions<K extends Key, S> {
  placement: Placement;
  /** The schema of its keys; needed for `local` and `one per key`, not allowed for the others. */
  key?: z.ZodType<K>;
  /** The schema of its state; needed when it `keeps` state or should hand it over. */
  state?: z.ZodType<S>;
  /** `state`: after a crash it starts again with the state after the last turn whose reply or sends anybody saw. */
  keeps?: 'nothing' | 'state';
  /** For `one per key`: whether a call to a key that was never started starts it. Default false: `NoSuchServer`. */
  startsOnCall?: boolean;
  about: string;
}

export interface ServerDeclaration<K extends Key = Key, S = unknown, C extends Server<K, S> = Server<K, S>>
  extends Declaration {
  readonly kind: 'server';
  readonly placement: Placement;
  readonly key: z.ZodType<K> | undefined;
  readonly state: z.ZodType<S> | undefined;
  readonly keeps: 'nothing' | 'state';
  readonly startsOnCall: boolean;
  readonly make: new (self: ServerSelf<K>) => C;
}

// biome-ignore lint/suspicious/noExplicitAny: a class of any key and state is what is meant; each declaration is exact.
export type AnyServer = ServerDeclaration<any, any, any>;

export function server<K extends Key, S, C extends Server<K, S>>(
  name: string,
  options: ServerOptions<K, S>,
  make: new (self: ServerSelf<K>) => C,
): ServerDeclaration<K, S, C> {
  const what = `server ${name}`;
  if (!/^[^/@]+$/.test(name)) throw new InvalidValue(what, "a server's name is not empty and has no / or @ in it");
  if (!PLACEMENTS.includes(options.placement)) {
    throw new InvalidValue(
      what,
      `placement is one of ${PLACEMENTS.join(', ')}, got ${JSON.stringify(options.placement)}`,
    );
  }
  if (typeof make !== 'function') throw new InvalidValue(what, 'its third argument is the class of its instances');
  const keyed = options.placement === 'local' || options.placement === 'one per key';
  if (keyed !== (options.key !== undefined)) {
    throw new InvalidValue(what, `placement '${options.placement}' ${keyed ? 'needs a key' : 'takes no key'}`);
  }
  const keeps = options.keeps ?? 'nothing';
  if (keeps === 'state' && !options.state) throw new InvalidValue(what, "keeps 'state' needs a state schema");
  if (options.state) checkSchema(`${what} state`, options.state);
  return {
    kind: 'server',
    name,
    about: options.about,
    placement: options.placement,
    key: options.key,
    state: options.state,
    keeps,
    startsOnCall: options.startsOnCall ?? false,
    make,
    schemas: options.state ? [options.state] : [],
    fingerprint: `${options.placement} ${keeps}`,
  };
}

/** Whether it runs at most once in the cluster: under a name, and only while its node has a lease. */
export function isNamed({ placement }: AnyServer): boolean {
  return placement === 'singleton' || placement === 'one per key';
}

/** Why an instance ends: `stop` was asked for, it `moves` to another node, its node `leaves`, or it crashed. */
export type EndReason = 'stop' | 'moves' | 'leaves' | 'crash';

/** What an instance is made with. Passed through `super(self)`; reached as `this.node`, `this.key`, `this.after`. */
export interface ServerSelf<K extends Key> {
  readonly key: K;
  readonly node: MusterNode;
  readonly after: (ms: number, message: unknown) => Cancel;
  readonly every: (ms: number, message: unknown) => Cancel;
  readonly stop: () => void;
  readonly token: number;
}

/**
 * The base of every server class. Public methods are messages for `call` and `cast`; use `#private` for the rest.
 * What crosses nodes must be plain data. A method that throws rejects its call and ends the instance, which is started
 * again within a restart budget; to say no without ending, throw `Refused`.
 */
export abstract class Server<K extends Key = Key, S = undefined> {
  /** Its key; for `one per node` the node's id, so that its class is a `Server<NodeId, …>` where others ask it by node. */
  readonly key: K;
  /** The node it runs on. For a server that keeps state, what it sends leaves when its state is safe. */
  readonly node: MusterNode;
  /** What is kept and handed over. Changes are found by comparing encodings after each message. */
  state!: S;
  /** Sends `info(message)` to this instance once, after `ms`; ends with the instance. */
  readonly after: (ms: number, message: unknown) => Cancel;
  /** Sends `info(message)` every `ms`. */
  readonly every: (ms: number, message: unknown) => Cancel;
  /** Ends this instance after the present message; for `one per key` it will not be started again. */
  readonly stop: () => void;
  /**
   * Its fencing token, for effects outside the cluster: greater for each new holder of the name, so that whoever has seen a
   * greater one can refuse a smaller one (Kleppmann, 2016). 0 for servers that have no name.
   */
  readonly token: number;

  constructor(self: ServerSelf<K>) {
    this.key = self.key;
    this.node = self.node;
    this.after = self.after;
    this.every = self.every;
    this.stop = self.stop;
    this.token = self.token;
  }

  /** Makes the first state: from nothing, or from what was kept or handed over. */
  abstract init(kept: S | undefined): S | Promise<S>;
  /** Timers arrive here. */
  info(_message: unknown): void | Promise<void> {}
  /**
   * The last turn before an orderly end. Not called after a crash, nor when the lease of the node is over: by then the next
   * instance may run elsewhere.
   */
  terminate(_reason: EndReason): void | Promise<void> {}
}

type Reserved = keyof Server<Key, unknown>;
export const RESERVED: ReadonlySet<string> = new Set<Reserved | 'constructor'>([
  'constructor',
  'key',
  'node',
  'state',
  'after',
  'every',
  'stop',
  'token',
  'init',
  'info',
  'terminate',
]);

// biome-ignore lint/suspicious/noExplicitAny: the parameter types are inferred back out of it.
type Method = (...args: any[]) => unknown;
/** The messages a server class understands. */
export type Messages<C> = { [M in Exclude<keyof C, Reserved> as C[M] extends Method ? M : never]: C[M] };

export interface CallOptions {
  /** Default 5,000. */
  deadlineMs?: number;
}

export interface ServerHandle<C> {
  /**
   * Sends a message and waits for its answer. Rejects with what the method threw (as a `MusterError` with its code and
   * message, and outside the simulation its stack), `NoSuchServer`, `ServerFailed`, `Overloaded`, `NodeDown`, `NotPrimary` or `Timeout`.
   */
  call<M extends keyof Messages<C> & string>(
    message: M,
    ...args: Messages<C>[M] extends (...args: infer A) => unknown ? A : never
  ): Promise<Messages<C>[M] extends (...args: never[]) => infer R ? Awaited<R> : never>;
  /** The same handle with other options for its calls. */
  with(options: CallOptions): ServerHandle<C>;
  /** Sends a message; at most once, no answer, no error. */
  cast<M extends keyof Messages<C> & string>(
    message: M,
    ...args: Messages<C>[M] extends (...args: infer A) => unknown ? A : never
  ): void;
  /**
   * Starts the key (`one per key`, `local`); resolves when it is listed to run everywhere. Starting twice is fine. A server
   * that failed begins again, also a `singleton`, and one placed `one per node` if it is this node's own.
   */
  start(): Promise<void>;
  /** Ends the key for good: its instance, its kept state, its place in the list. */
  stop(): Promise<void>;
  /** The node where it runs, as this node sees it. */
  where(): NodeId | undefined;
}

/** What an app gives a node on its way: plain data. */
export type Settings = Readonly<Record<string, unknown>>;

export interface NodeLog {
  write(level: Level, message: string, fields?: Record<string, unknown>): void;
}

export interface Subscription {
  /** No message reaches the handler after this returns. */
  unsubscribe(): void;
}

/** What an app and its servers hold: one node, with all its services. */
export interface MusterNode {
  readonly id: NodeId;
  readonly incarnation: number;
  readonly settings: Settings;
  readonly log: NodeLog;
  readonly compute: Compute;
  /** The cluster's store. Throws when the cluster was started without one. */
  readonly store: Store;
  now(): number;
  wall(): number;
  random(): number;
  after(ms: number, act: () => void): Cancel;
  every(ms: number, act: () => void): Cancel;
  turn: Clock['turn'];

  /** The view this node has installed. */
  view(): View;
  /** Called after each view whose flush is complete, with the one before. */
  onView(changed: (view: View, before: View) => void): () => void;
  /** Whether this node may act for the cluster; see `Standing`. */
  standing(): Standing;
  /** Called when the standing has changed. A lease that ends while the event loop is blocked is told afterwards. */
  onStanding(changed: (standing: Standing) => void): () => void;
  /**
   * Called once, in reverse order of registration, when the node is stopped in an orderly way. What it puts into merged caches reaches
   * every member before the node has gone, and so does what it publishes, where credit allows.
   */
  onStop(hook: () => void | Promise<void>): void;
  /** Figures an app adds to `inspect`, such as its open connections. */
  gauge(name: string, read: () => number): void;

  /**
   * Resolves when no publisher in the cluster can miss this subscriber; rejects with `Timeout`, and takes the subscription
   * back, when some member does not hear of it in time, and with `NotPrimary` when this node cannot reach the others. What a handler throws or rejects with is logged and ends nothing.
   */
  subscribe<M>(topic: TopicRef<M>, handler: Handler<M>, options?: SubscribeOptions): Promise<Subscription>;
  /** To all subscribers in the cluster. False when a peer was out of credit and did not get it; see `drained`. Throws `InvalidValue`. */
  broadcast<M>(topic: TopicRef<M>, message: M): boolean;
  /** To all subscribers but this one. */
  broadcastFrom<M>(from: Subscription, topic: TopicRef<M>, message: M): boolean;
  /** To subscribers on this node. */
  localBroadcast<M>(topic: TopicRef<M>, message: M): void;
  /** To subscribers on one node. */
  directBroadcast<M>(to: NodeId, topic: TopicRef<M>, message: M): boolean;
  /** Resolves when every link has credit. */
  drained(): Promise<void>;

  cache<K extends Key, V, W extends Writes>(declaration: CacheDeclaration<K, V, W>): CacheHandle<K, V, W>;
  registry<K extends Key, V>(declaration: RegistryDeclaration<K, V>): RegistryHandle<K, V>;
  sequence(declaration: SequenceDeclaration): SequenceHandle;
  /** A server without a key (`singleton`, this node's own for `one per node`). */
  server<S, C extends Server<never, S>>(declaration: ServerDeclaration<never, S, C>): ServerHandle<C>;
  /** A server by its key; for `one per node`, by the node's id. */
  server<K extends Key, S, C extends Server<K, S>>(declaration: ServerDeclaration<K, S, C>, key: K): ServerHandle<C>;
}
