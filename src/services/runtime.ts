/**
 * One life of one node: the services mounted on a core in a fixed order, the node as an app sees it, and the order in which
 * it starts and stops.
 */
import { type Address, AUTHORITY, createCodec, idOf, type Key, MusterError, type NodeId } from '../base/index.ts';
import { NodeCore, type Words } from '../node/index.ts';
import { type Compute, type Level, StoreFailed, type World } from '../ports/index.ts';
import { type App, taskNamed } from './app.ts';
import { Caches } from './cache/index.ts';
import type { InspectOptions, NodeInspection, ServerInspection } from './inspection.ts';
import { Membership, type Timing, type View } from './membership/index.ts';
import { PubSub, type SubscriptionHandle } from './pubsub/index.ts';
import { Registries } from './registry/index.ts';
import { Sequences } from './sequences/index.ts';
import { type AnyServer, type MusterNode, Servers, type Settings } from './servers/index.ts';
import { type Inheritance, TABLE_SHAPES, Tables } from './tables/index.ts';

export interface RuntimeOptions {
  readonly world: World;
  readonly app: App;
  readonly settings: Settings;
  readonly timing: Timing;
  /** What an earlier life of this node, evicted since, has left. */
  readonly inheritance?: Inheritance | undefined;
}

/** One life of one node, in any world. */
export interface NodeRuntime {
  readonly node: MusterNode;
  /** Joins, catches up, runs the app's start. Resolves when ready; rejects with what the app threw, `CatalogueMismatch` or `Closed`. */
  start(): Promise<void>;
  /** Runs stop hooks, hands over what can move, leaves. Needs a view in which this node is leaving. */
  stop(): Promise<void>;
  /** Runs stop hooks and ends what runs only here, without handing over. */
  shutdown(): Promise<void>;
  /**
   * The end of a life that the cluster goes on without: runs stop hooks (for a short while), ends what runs here without handing
   * over, and resolves to what its next life inherits.
   */
  retire(): Promise<Inheritance>;
  inspect(options?: InspectOptions): NodeInspection;
  /** What a frame says, in words; any node of the app can tell it of any frame. */
  describe(from: Address, to: Address, frame: Uint8Array): Words[];
  /** Ends this life at once. */
  close(): void;
}

export function createRuntime(options: RuntimeOptions): NodeRuntime {
  return new Runtime(options);
}

const RETIRE_MS = 1_000;

class Runtime implements NodeRuntime {
  readonly node: MusterNode;
  readonly #app: App;
  readonly #core: NodeCore;
  readonly #membership: Membership;
  readonly #pubsub: PubSub;
  readonly #tables: Tables;
  readonly #caches: Caches;
  readonly #registries: Registries;
  readonly #sequences: Sequences;
  readonly #servers: Servers;
  readonly #gauges = new Map<string, () => number>();
  readonly #viewWatchers = new Set<(view: View, before: View) => void>();
  #ready = false;

  constructor({ world, app, settings, timing, inheritance }: RuntimeOptions) {
    const { catalogue } = app;
    const codec = createCodec([...TABLE_SHAPES, ...catalogue.shapes]);
    const core = new NodeCore(world, codec);
    this.#app = app;
    this.#core = core;
    this.#membership = new Membership(core, catalogue.hash, timing);
    this.#pubsub = new PubSub(core, this.#membership, catalogue.of('topic'));
    this.#tables = new Tables(core, this.#membership);
    this.#tables.merged.willInherit(inheritance);
    this.#caches = new Caches(core, this.#tables, catalogue.of('cache'));
    this.#registries = new Registries(core, this.#membership, this.#tables, catalogue.of('registry'));
    this.#sequences = new Sequences(core, this.#membership, catalogue.of('sequence'));
    this.#servers = new Servers(
      core,
      this.#membership,
      this.#tables,
      this.#registries,
      catalogue.of('server'),
      codec,
      () => this.node,
    );
    this.#membership.participate(this.#tables.servesAfter());
    this.#membership.participate({ flushed: (view, before) => this.#tellView(view, before) });
    this.node = this.#makeNode(settings);
  }

  #tellView(view: View, before: View): void {
    for (const watcher of this.#viewWatchers) this.#guard('a view watcher', () => watcher(view, before));
  }

  #guard(what: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#core.world.log.write('error', `${what} failed`, { error: String(error) });
    }
  }

  async start(): Promise<void> {
    await this.#membership.join();
    this.#servers.startOwn();
    await this.#startApp();
    this.#ready = true;
  }

  async #startApp(): Promise<void> {
    try {
      await this.#app.start(this.node);
    } catch (error) {
      const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined };
      const at = /\(?((?:file:|\/)[^\s()]+:\d+:\d+)\)?/.exec(stack ?? '')?.[1];
      const where = at === undefined ? '' : ` (${at.replace('file://', '')})`;
      throw new MusterError(
        'AppFailed',
        `the app's start failed on ${this.#core.id}: ${message}${where}`,
        {},
        { cause: error },
      );
    }
  }

  async stop(): Promise<void> {
    await this.#core.runStopHooks();
    await this.#servers.handOver();
    await Promise.race([this.#tables.merged.said(), this.#membership.gone]);
    await this.#membership.leave(() => this.#servers.hasHandedOver);
    this.close();
  }

  async shutdown(): Promise<void> {
    await this.#core.runStopHooks();
  }

  async retire(): Promise<Inheritance> {
    this.#membership.retire();
    const late = new Promise<void>((resolve) => this.#core.after(RETIRE_MS, resolve));
    await Promise.race([this.#core.runStopHooks(), late]);
    const inheritance = this.#tables.merged.leave();
    this.close();
    return inheritance;
  }

  close(): void {
    this.#membership.close();
    this.#core.close();
  }

  describe(from: Address, to: Address, frame: Uint8Array): Words[] {
    return this.#membership.describe(frame, idOf(from) === AUTHORITY || idOf(to) === AUTHORITY);
  }

  inspect(options: InspectOptions = {}): NodeInspection {
    const now = this.#core.world.clock.now();
    const instances = [...this.#servers.instances].map(
      (instance): ServerInspection => ({
        server: instance.id,
        key: instance.key === undefined ? '' : JSON.stringify(instance.key),
        state: instance.state,
        mailbox: instance.mailbox,
        ageMs: now - instance.startedAt,
      }),
    );
    const failed = [...this.#servers.failed.keys()].map(
      (server): ServerInspection => ({ server, key: '', state: 'failed', mailbox: 0, ageMs: 0 }),
    );
    return {
      id: this.#core.id,
      address: this.#core.address,
      epoch: this.#membership.view.epoch,
      flushed: this.#membership.flushedView.epoch,
      standing: this.#membership.lease.standing,
      ready: this.#ready,
      servers: [...instances, ...failed],
      links: [...this.#core.outbox.traffic.all()].map(([peer, traffic]) => ({ peer, ...traffic })),
      tables: this.#tables.sizes,
      pending: {
        subscriptions: this.#pubsub.pending,
        requests: this.#core.requests.size,
        ...this.#tables.pending,
        ...this.#servers.pending,
      },
      digests: options.digests ? this.#tables.digests(this.#core.world.clock.wall()) : {},
      counters: {
        ...this.#core.counters,
        ...this.#core.outbox.counters,
        ...this.#pubsub.counters,
        ...this.#tables.counters,
      },
      gauges: Object.fromEntries([...this.#gauges].map(([name, read]) => [name, read()])),
    };
  }

  #makeNode(settings: Settings): MusterNode {
    const core = this.#core;
    const { world } = core;
    const pubsub = this.#pubsub;
    const node: MusterNode = {
      id: core.id,
      incarnation: core.incarnation,
      settings,
      log: { write: (level: Level, message, fields) => world.log.write(level, message, fields) },
      compute: onlyTasksOf(this.#app, world.compute),
      get store() {
        if (!world.store) throw new StoreFailed('node.store', 'the cluster was started without a store');
        return world.store();
      },
      now: () => world.clock.now(),
      wall: () => world.clock.wall(),
      random: () => world.random(),
      after: (ms, act) => core.after(ms, act),
      every: (ms, act) => core.every(ms, act),
      turn: (act) => world.clock.turn(act),
      view: () => this.#membership.view,
      onView: (changed) => {
        this.#viewWatchers.add(changed);
        return () => this.#viewWatchers.delete(changed);
      },
      standing: () => this.#membership.lease.standing,
      onStanding: (changed) =>
        this.#membership.lease.watch((standing) => this.#guard('a watcher of the standing', () => changed(standing))),
      onStop: (hook) => core.onStop(hook),
      gauge: (name, read) => {
        this.#gauges.set(name, read);
      },
      subscribe: (topic, handler, options) => pubsub.subscribe(topic, handler, options),
      broadcast: (topic, message) => pubsub.broadcast(topic, message),
      broadcastFrom: (from, topic, message) => pubsub.broadcast(topic, message, from as SubscriptionHandle),
      localBroadcast: (topic, message) => pubsub.localBroadcast(topic, message),
      directBroadcast: (to: NodeId, topic, message) => pubsub.directBroadcast(to, topic, message),
      drained: () => pubsub.drained(),
      cache: (declaration) => this.#caches.handle(declaration),
      registry: (declaration) => this.#registries.handle(declaration),
      sequence: (declaration) => this.#sequences.handle(declaration),
      server: (declaration: unknown, key?: Key) => this.#servers.handle(declaration as AnyServer, key) as never,
    };
    return node;
  }
}

/** Refuses a task that the app does not list, in every world: the threads that run tasks would not know it. */
function onlyTasksOf(app: App, compute: Compute): Compute {
  return {
    run: async (task, input) => {
      taskNamed(app, task.name);
      return compute.run(task, input);
    },
    deriveKey: (secret, salt, cost) => compute.deriveKey(secret, salt, cost),
    randomBytes: (count) => compute.randomBytes(count),
    load: () => compute.load(),
  };
}
