/** Runs simulated lives: one scheduler, one network, and a record of what happened. */
import {
  type Address,
  AUTHORITY,
  addressOf,
  describeError,
  idOf,
  type NodeId,
  seededRandom,
} from '../../base/index.ts';
import type { LinkFault, Store, World } from '../../ports/index.ts';
import { type App, createRuntime, type Words } from '../../services/index.ts';
import {
  Drift,
  guardAmbient,
  type LogLine,
  Network,
  Scheduler,
  simulatedWorld,
  type Tally,
  type TraceLine,
} from '../../transports/simulation/index.ts';
import type { ClusterOptions } from '../cluster.ts';
import type { Launcher, LaunchSpec, NodeLife } from '../launcher.ts';
import { SimulatedLife } from './life.ts';

export interface SimulationOptions extends ClusterOptions {
  /** All randomness comes from it: latencies, what a crash loses, nodes' own random numbers. */
  readonly seed: number;
  readonly app: App;
  /** What outlives the cluster; it must answer without waiting for anything outside the simulation. */
  readonly store?: Store;
  /** Keep every line of the trace, not only its digest. Default false. */
  readonly keepTrace?: boolean;
}

const MOST_LOG_LINES = 10_000;

export class SimulationLauncher implements Launcher {
  readonly scheduler = new Scheduler();
  readonly world: World;
  readonly traceLines: TraceLine[] = [];
  readonly logLines: LogLine[] = [];
  /** How much longer than usual the store takes. */
  storeDelayMs = 0;
  readonly #drifts = new Map<NodeId, Drift>();
  readonly #options: SimulationOptions;
  readonly #network: Network;
  readonly #lives = new Map<Address, SimulatedLife>();
  /** Lives from which the store takes nothing any more. */
  readonly #fenced = new Set<Address>();
  readonly #unguard: () => void;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#network = new Network(this.scheduler, seededRandom(options.seed));
    if (options.keepTrace) this.#network.onTrace = (line) => this.traceLines.push(line);
    this.scheduler.onThrow = (party, error) => this.#crashed(party, error);
    this.#unguard = guardAmbient(() => {
      const { running } = this.scheduler;
      return running !== undefined && running !== this.world.transport.self;
    });
    this.world = this.#worldOf(addressOf(AUTHORITY, 1));
  }

  #worldOf(self: Address): World {
    return simulatedWorld({
      self,
      seed: this.#options.seed,
      scheduler: this.scheduler,
      network: this.#network,
      store: this.#options.store,
      storeDelayMs: () => this.storeDelayMs,
      drift: this.driftOf(idOf(self)),
      isFenced: () => this.#fenced.has(self),
      onLog: (line) => {
        if (this.logLines.length < MOST_LOG_LINES) this.logLines.push(line);
      },
    });
  }

  /** What went over the network so far. */
  get tally(): Readonly<Tally> {
    return this.#network.tally;
  }

  driftOf(id: NodeId): Drift {
    const drift = this.#drifts.get(id) ?? new Drift();
    this.#drifts.set(id, drift);
    return drift;
  }

  #crashed(party: Address | undefined, error: unknown): void {
    const life = party && this.#lives.get(party);
    if (!life) throw error;
    const message = describeError(error);
    void life.end({ kind: 'crashed', message });
  }

  /** What a frame of the trace says, in words; nothing for the lines that are no frames. */
  describe({ from, to, lane, frame }: TraceLine): Words[] {
    const [life] = this.#lives.values();
    if (!life || to === '*' || lane === '-') return [];
    return life.describe(from, to, frame);
  }

  launch(spec: LaunchSpec): NodeLife {
    const address = addressOf(spec.id, spec.incarnation);
    const runtime = this.scheduler.as(address, () =>
      createRuntime({ ...spec, world: this.#worldOf(address), app: this.#options.app }),
    );
    const life = new SimulatedLife(address, runtime, this.scheduler, this.#network);
    this.#lives.set(address, life);
    return life;
  }

  async fence(addresses: readonly Address[]): Promise<void> {
    for (const address of addresses) this.#fenced.add(address);
  }

  setLargestFrame(from: NodeId, to: NodeId, bytes: number): void {
    this.#network.setLargestFrame(from, to, bytes);
  }

  setFaults(faults: readonly LinkFault[]): void {
    this.#network.setFaults(faults);
  }

  drive<T>(work: Promise<T>): Promise<T> {
    return this.scheduler.drive(work);
  }

  async close(): Promise<void> {
    this.#unguard();
    this.#options.store?.close();
  }
}
