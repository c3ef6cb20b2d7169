/**
 * A cluster in a simulation: the same nodes and the same host as over threads, in virtual time, from a seed. The same seed
 * gives the same trace on the same Node version.
 */
import { type Address, AUTHORITY, addressOf, hashText, NodeDown, seededRandom } from '../base/index.ts';
import type { LinkFault, Store, World } from '../ports/index.ts';
import { type App, createRuntime, type MusterNode, type NodeRuntime } from '../services/index.ts';
import {
  guardAmbient,
  type LogLine,
  Network,
  runningParty,
  Scheduler,
  simulatedWorld,
  type TraceLine,
} from '../transports/simulation/index.ts';
import type { Cluster, ClusterOptions } from './cluster.ts';
import { Host } from './host.ts';
import type { Exit, Launcher, LaunchSpec, NodeControl, NodeLife } from './launcher.ts';

export interface SimulationOptions extends ClusterOptions {
  /** All randomness comes from it: latencies, what a crash loses, nodes' own random numbers. */
  readonly seed: number;
  readonly app: App;
  /** What outlives the cluster; it must answer without waiting for anything outside the simulation. */
  readonly store?: Store;
  /** Keep every line of the trace, not only its digest. Default false. */
  readonly keepTrace?: boolean;
}

export interface SimulatedCluster extends Cluster {
  readonly seed: number;
  /** Virtual ms since the start. */
  now(): number;
  /** Lets virtual time pass. */
  advance(ms: number): Promise<void>;
  /** Lets the simulation go on until `work` settles; for promises that no method of the cluster returned. */
  drive<T>(work: Promise<T>): Promise<T>;
  /** A digest of everything that went over the network, in order. */
  traceDigest(): string;
  trace(): readonly TraceLine[];
  log(): readonly LogLine[];
  /** Events run so far. */
  events(): number;
}

/** Starts a simulated cluster. Rejects as `startCluster` does. */
export async function startSimulation(options: SimulationOptions): Promise<SimulatedCluster> {
  const launcher = new SimulationLauncher(options);
  const host = new Host(launcher, options);
  const cluster: SimulatedCluster = Object.assign(host, {
    seed: options.seed,
    now: () => launcher.scheduler.now,
    advance: (ms: number) =>
      launcher.drive(
        new Promise<void>((resolve) => {
          launcher.world.clock.after(ms, resolve);
        }),
      ),
    drive: <T>(work: Promise<T>) => launcher.drive(work),
    traceDigest: () => launcher.traceHash.toString(16),
    trace: () => launcher.traceLines,
    log: () => launcher.logLines,
    events: () => launcher.scheduler.events,
  });
  await host.open();
  return cluster;
}

const MOST_LOG_LINES = 10_000;

class SimulationLauncher implements Launcher {
  readonly scheduler = new Scheduler();
  readonly world: World;
  readonly catalogueHash: string;
  readonly traceLines: TraceLine[] = [];
  readonly logLines: LogLine[] = [];
  traceHash = 0;
  readonly #options: SimulationOptions;
  readonly #network: Network;
  readonly #lives = new Map<Address, SimulatedLife>();
  readonly #unguard: () => void;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.catalogueHash = options.app.catalogue.hash;
    this.#network = new Network(this.scheduler, seededRandom(options.seed));
    this.#network.onTrace = (line) => this.#trace(line);
    this.scheduler.onThrow = (party, error) => this.#crashed(party, error);
    this.#unguard = guardAmbient();
    this.world = this.#worldOf(addressOf(AUTHORITY, 1));
  }

  #worldOf(self: Address): World {
    return simulatedWorld({
      self,
      seed: this.#options.seed,
      scheduler: this.scheduler,
      network: this.#network,
      store: this.#options.store,
      onLog: (line) => {
        if (this.logLines.length < MOST_LOG_LINES) this.logLines.push(line);
      },
    });
  }

  #trace(line: TraceLine): void {
    const { at, what, from, to, lane, bytes, hash } = line;
    this.traceHash = hashText(`${this.traceHash}|${at}|${what}|${from}|${to}|${lane}|${bytes}|${hash}`);
    if (this.#options.keepTrace) this.traceLines.push(line);
  }

  #crashed(party: Address | undefined, error: unknown): void {
    const life = party && this.#lives.get(party);
    if (!life) throw error;
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    void life.end({ kind: 'crashed', message });
  }

  launch(spec: LaunchSpec): NodeLife {
    const address = addressOf(spec.id, spec.incarnation);
    const runtime = runningParty.run(address, () =>
      createRuntime({ world: this.#worldOf(address), app: this.#options.app, settings: spec.settings }),
    );
    const life = new SimulatedLife(address, runtime, this.scheduler, this.#network);
    this.#lives.set(address, life);
    return life;
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

class SimulatedLife implements NodeLife {
  readonly address: Address;
  readonly control: NodeControl;
  readonly exited: Promise<Exit>;
  readonly #scheduler: Scheduler;
  readonly #network: Network;
  readonly #runtime: NodeRuntime;
  readonly #down: Promise<never>;
  #resolveExit: (exit: Exit) => void = () => undefined;
  #rejectDown: (error: unknown) => void = () => undefined;

  constructor(address: Address, runtime: NodeRuntime, scheduler: Scheduler, network: Network) {
    this.address = address;
    this.#runtime = runtime;
    this.#scheduler = scheduler;
    this.#network = network;
    this.exited = new Promise((resolve) => {
      this.#resolveExit = resolve;
    });
    this.#down = new Promise((_, reject) => {
      this.#rejectDown = reject;
    });
    this.#down.catch(() => undefined);
    this.control = {
      start: () => this.#do(() => runtime.start()),
      stop: () => this.#do(() => runtime.stop()),
      shutdown: () => this.#do(() => runtime.shutdown()),
      run: () => Promise.reject(new Error('a simulated node is called directly')),
      inspect: (wanted) => this.#do(async () => runtime.inspect(wanted)),
      pause: (ms) => this.#pause(ms),
      setFaults: async () => undefined,
    };
  }

  /** Runs on the node, in a turn of its own; rejects with `NodeDown` when its life ends first. */
  #do<T>(act: () => Promise<T>): Promise<T> {
    const work = new Promise<T>((resolve, reject) => {
      this.#scheduler.at(this.#scheduler.now, this.address, () => {
        act().then(resolve, reject);
      });
    });
    return Promise.race([work, this.#down]);
  }

  call(fn: (node: MusterNode, ...args: never[]) => unknown, args: readonly unknown[]): Promise<unknown> {
    return this.#do(async () => fn(this.#runtime.node, ...(args as never[])));
  }

  #pause(ms: number): Promise<void> {
    this.#scheduler.pause(this.address, this.#scheduler.now + ms);
    return this.#do(async () => undefined);
  }

  kill(): Promise<Exit> {
    return this.end({ kind: 'killed', message: 'killed' });
  }

  end(exit: Exit): Promise<Exit> {
    if (!this.#scheduler.isGone(this.address)) {
      this.#network.crash(this.address);
      this.#scheduler.end(this.address);
      this.#rejectDown(new NodeDown('the node', this.address, 'unknown'));
      this.#resolveExit(exit);
    }
    return this.exited;
  }
}
