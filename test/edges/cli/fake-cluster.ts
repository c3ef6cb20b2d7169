/** A cluster without threads, for the command's own tests: remembers what was asked of it and answers at once. */
import { addressOf, compareIds, NodeDown, type NodeId, Refused } from '../../../src/base/index.ts';
import type {
  Cluster,
  ClusterEvent,
  Inspection,
  NodeState,
  NodeStatus,
  Partition,
  StartOptions,
} from '../../../src/cluster/index.ts';
import type { NodeInspection, Settings, ViewData } from '../../../src/services/index.ts';

export class FakeCluster implements Cluster {
  readonly options: StartOptions;
  /** Calls that would change the cluster, as `kill n2`. */
  readonly asked: string[] = [];
  closed = 0;
  /** Awaited by every call that changes something. */
  gate: Promise<void> = Promise.resolve();
  /** Nodes that do not answer `inspect`. */
  readonly silent = new Set<NodeId>();
  /** Whether a pause lasts so long that the node is ended for it. */
  hangs = false;
  readonly #listeners = new Set<(event: ClusterEvent) => void>();
  readonly #nodes = new Map<NodeId, NodeStatus>();
  #epoch = 1;

  constructor(options: StartOptions) {
    this.options = options;
    for (let number = 1; number <= (options.nodes ?? 4); number++) this.#set(`n${number}`, 'up', 'boot', 1);
    this.emit({ event: 'view', view: this.view() });
  }

  emit(event: ClusterEvent): void {
    this.options.onEvent?.(event);
    for (const listener of this.#listeners) listener(event);
  }

  settingsOf(id: NodeId): Settings {
    const { settings } = this.options;
    return typeof settings === 'function' ? settings(id) : (settings ?? {});
  }

  nodes(): NodeStatus[] {
    return [...this.#nodes.values()].sort((a, b) => compareIds(a.id, b.id));
  }

  view(): ViewData {
    const members = this.nodes()
      .filter(({ state }) => state === 'up')
      .map(({ id, incarnation }) => ({ id, incarnation, state: 'up' as const }));
    return { epoch: this.#epoch, cause: 'boot', members };
  }

  on(listener: (event: ClusterEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  kill = (id: NodeId) => this.#change(`kill ${id}`, id, 'up', 'down', 'killed');
  stop = (id: NodeId) => this.#change(`stop ${id}`, id, 'up', 'stopped', 'stop');

  async start(id: NodeId): Promise<void> {
    const { state, incarnation } = this.#nodes.get(id)!;
    if (state === 'up') throw new Refused(`${id} is running`);
    await this.#change(`start ${id}`, id, state, 'up', 'start', incarnation + 1);
  }

  async restart(id: NodeId): Promise<void> {
    await this.stop(id);
    await this.start(id);
  }

  async add(): Promise<NodeId> {
    this.asked.push('add');
    await this.gate;
    const id = `n${this.#nodes.size + 1}`;
    this.#set(id, 'up', 'add', 1);
    return id;
  }

  async pause(id: NodeId, ms: number): Promise<void> {
    this.asked.push(`pause ${id} ${ms}`);
    await this.gate;
    if (!this.hangs) return;
    this.#set(id, 'down', 'hung: its event loop stood still for 3000 ms', 1);
    throw new NodeDown('pause', id, 'unknown');
  }

  async partition(partition: Partition): Promise<void> {
    this.asked.push(`partition ${JSON.stringify(partition)}`);
  }

  async heal(): Promise<void> {
    this.asked.push('heal');
  }

  async fault(): Promise<AsyncDisposable> {
    throw new Error('the command never asks for a single fault');
  }

  async run(): Promise<never> {
    throw new Error('the command runs nothing on a node');
  }

  async inspect(): Promise<Inspection> {
    const running = this.nodes().filter(({ state }) => state === 'up');
    const answering = running.filter(({ id }) => !this.silent.has(id));
    return {
      view: this.view(),
      nodes: answering.map((node) => this.#inspectionOf(node)).reverse(),
      missing: running.filter(({ id }) => this.silent.has(id)).map(({ id }) => id),
    };
  }

  async settled(): Promise<void> {}

  async waitFor<T>(_what: string, check: () => T | Promise<T>): Promise<NonNullable<T>> {
    return (await check()) as NonNullable<T>;
  }

  async close(): Promise<void> {
    this.closed += 1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #inspectionOf({ id, incarnation }: NodeStatus): NodeInspection {
    const wanted = Number(this.settingsOf(id).lobbyPort);
    return {
      id,
      address: addressOf(id, incarnation),
      epoch: this.#epoch,
      flushed: this.#epoch,
      standing: 'primary',
      ready: true,
      servers: [{ server: 'consul/12', key: '12', state: 'running', mailbox: 0, ageMs: 1 }],
      pending: {},
      digests: {},
      links: [],
      tables: {},
      counters: { messagesIn: 10, messagesOut: 5 },
      gauges: { lobbyPort: wanted || 40_000 + Number(id.slice(1)), connections: 3, eventLoopDelayMs: 0.5 },
    };
  }

  async #change(
    asked: string,
    id: NodeId,
    from: NodeState,
    to: NodeState,
    cause: string,
    incarnation?: number,
  ): Promise<void> {
    this.asked.push(asked);
    await this.gate;
    const node = this.#nodes.get(id)!;
    if (node.state !== from) throw new Refused(`${id} is ${node.state}`);
    this.#epoch += 1;
    this.#set(id, to, cause, incarnation ?? node.incarnation);
  }

  #set(id: NodeId, state: NodeState, cause: string, incarnation: number): void {
    const node: NodeStatus = { id, state, cause, incarnation };
    this.#nodes.set(id, node);
    this.emit({ event: 'node', node });
  }
}
