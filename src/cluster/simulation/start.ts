/**
 * A cluster in a simulation: the same nodes and the same host as over threads, in virtual time, from a seed. The same seed
 * gives the same trace on the same Node version.
 */
import { InvalidValue, type NodeId } from '../../base/index.ts';
import { checkApp, type Words } from '../../services/index.ts';
import type { LogLine, TraceLine } from '../../transports/simulation/index.ts';
import type { Cluster } from '../cluster.ts';
import { Host } from '../host.ts';
import { CLUSTER_OPTIONS, checkOptions, type Names } from '../known-options.ts';
import { SimulationLauncher, type SimulationOptions } from './launcher.ts';

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
  /** What a frame of the trace says, in words. */
  describe(line: TraceLine): Words[];
  log(): readonly LogLine[];
  /** Events run so far. */
  events(): number;
  /**
   * Calls `act` between two events: when `count` more have run, with all they led to at once. So a fault can be put at every
   * possible point of something.
   */
  afterEvents(count: number, act: () => void): void;
  /** Frames delivered so far. */
  deliveries(): number;
  /** Sets a node's wall clock off by `wallMs`, and lets its clocks run at `rate` (1 is true); all its lives from now on. */
  setClock(id: NodeId, wallMs: number, rate: number): void;
  /** The store answers this much later than usual from now on. */
  setStoreDelay(ms: number): void;
  /** The link between two nodes loses frames of more than `bytes` from now on; none with Infinity. */
  setLargestFrame(from: NodeId, to: NodeId, bytes: number): void;
}

const OPTIONS: Names<SimulationOptions> = { ...CLUSTER_OPTIONS, seed: true, app: true, store: true, keepTrace: true };

/** Starts a simulated cluster. Rejects as `startCluster` does. */
export async function startSimulation(options: SimulationOptions): Promise<SimulatedCluster> {
  checkOptions('startSimulation', options, OPTIONS);
  checkApp('startSimulation app', options.app);
  if (!Number.isInteger(options.seed)) throw new InvalidValue('startSimulation seed', 'expected a whole number');
  const nodes = options.nodes ?? 4;
  if (!Number.isInteger(nodes) || nodes < 1)
    throw new InvalidValue('startSimulation nodes', 'expected a whole number from 1');
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
    traceDigest: () => launcher.tally.digest.toString(16),
    trace: () => launcher.traceLines,
    describe: (line: TraceLine) => launcher.describe(line),
    log: () => launcher.logLines,
    events: () => launcher.scheduler.events,
    deliveries: () => launcher.tally.deliveries,
    afterEvents: (count: number, act: () => void) => launcher.scheduler.afterEvents(count, act),
    setClock: (id: NodeId, wallMs: number, rate: number) => {
      if (!(rate > 0)) throw new InvalidValue('setClock rate', `expected more than 0, got ${rate}`);
      launcher.driftOf(id).set(launcher.scheduler.now, wallMs, rate);
    },
    setStoreDelay: (ms: number) => {
      if (!(ms >= 0)) throw new InvalidValue('setStoreDelay', `expected 0 ms or more, got ${ms}`);
      launcher.storeDelayMs = ms;
    },
    setLargestFrame: (from: NodeId, to: NodeId, bytes: number) => {
      if (!(bytes >= 0)) throw new InvalidValue('setLargestFrame', `expected 0 bytes or more, got ${bytes}`);
      launcher.setLargestFrame(from, to, bytes);
    },
  });
  await host.open();
  return cluster;
}
