/**
 * What a command may do to a running cluster: the cluster itself, answers, the end, and the checks that a command needs
 * so that a refusal changes nothing. Also where the ports of the nodes are remembered.
 */
import { compareIds, NodeDown, type NodeId, Refused } from '../../base/index.ts';
import type { Cluster, Inspection, NodeState } from '../../cluster/index.ts';
import { MOST_NODES, MOST_PORT } from './options.ts';
import { endpoint, type Ports } from './ports.ts';
import { type Effect, inspectReport, type Report, viewReport } from './reports.ts';

export interface SessionOptions {
  readonly cluster: Cluster;
  readonly ports: Ports;
  readonly host: string;
  /** Rejects when the node could not listen on the port now. */
  readonly checkCanListen: (node: NodeId, port: number) => Promise<void>;
  readonly report: (report: Report) => void;
  readonly say: (lines: readonly string[]) => void;
  readonly show: (title: string, lines: readonly string[]) => void;
  readonly quit: () => void;
  /** Ms since the process started. */
  readonly elapsedMs: () => number;
}

/** States in which a life is over, or soon will be. */
const ENDING: readonly NodeState[] = ['cut off', 'down', 'stopped'];

export class Session {
  readonly cluster: Cluster;
  /** Shows an answer of many lines. */
  readonly show: (title: string, lines: readonly string[]) => void;
  readonly quit: () => void;
  readonly #options: SessionOptions;

  constructor(options: SessionOptions) {
    this.cluster = options.cluster;
    this.show = options.show;
    this.quit = options.quit;
    this.#options = options;
  }

  async start(id: NodeId): Promise<void> {
    const state = this.cluster.nodes().find((node) => node.id === id)?.state;
    // Its port is in use by itself when it runs; the cluster refuses the start then.
    if (state === 'stopped' || state === 'down' || state === 'failed') await this.#checkPort(id);
    await this.cluster.start(id);
  }

  async add(): Promise<Effect> {
    const taken = new Set(this.cluster.nodes().map(({ id }) => id));
    if (taken.size >= MOST_NODES) throw new Refused(`a cluster has at most ${MOST_NODES} nodes`);
    let number = 1;
    while (taken.has(`n${number}`)) number += 1;
    await this.#checkPort(`n${number}`);
    const id = await this.cluster.add();
    await this.inspect();
    const port = this.#options.ports.bound(id);
    if (port !== undefined) this.#options.say([`${id} listens on ${endpoint(this.#options.host, port)}`]);
    return { node: id, lobbyPort: port ?? null };
  }

  /** A node that stands still for too long is ended for it; the pause was carried out all the same. */
  async pause(id: NodeId, ms: number): Promise<Effect> {
    let ended: string | undefined;
    const forget = this.cluster.on((event) => {
      if (event.event === 'node' && event.node.id === id && ENDING.includes(event.node.state)) ended = event.node.cause;
    });
    try {
      await this.cluster.pause(id, ms);
      return {};
    } catch (error) {
      // A life that ends is told before whoever waits for it is.
      if (!(error instanceof NodeDown) || ended === undefined) throw error;
      return { node: id, ended };
    } finally {
      forget();
    }
  }

  showView(): void {
    this.#options.report(viewReport(this.cluster.view(), this.#options.elapsedMs()));
  }

  async showInspection(): Promise<void> {
    const inspection = await this.inspect();
    this.#options.report(inspectReport(inspection, this.cluster.nodes(), this.#options.elapsedMs()));
  }

  /** Asks every node, and remembers the ports they bound. */
  async inspect(): Promise<Inspection> {
    const inspection = await this.cluster.inspect();
    const nodes = [...inspection.nodes].sort((a, b) => compareIds(a.id, b.id));
    for (const { id, gauges } of nodes) {
      if (gauges.lobbyPort !== undefined) this.#options.ports.learn(id, gauges.lobbyPort);
    }
    return { ...inspection, nodes };
  }

  async #checkPort(id: NodeId): Promise<void> {
    const port = this.#options.ports.wanted(id);
    if (port > MOST_PORT) throw new Refused(`the port of ${id} would be ${port}; there is none past ${MOST_PORT}`);
    if (port > 0) await this.#options.checkCanListen(id, port);
  }
}
