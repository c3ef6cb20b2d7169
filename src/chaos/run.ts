/** One simulated run: a seed becomes a cluster, faults and a scenario; what comes out is the history and what broke. */
import { describeError, type RandomSource, seededRandom } from '../base/index.ts';
import { memoryStore, type SimulatedCluster, type SimulationOptions, startSimulation } from '../cluster/index.ts';
import type { Store } from '../ports/index.ts';
import type { App } from '../services/index.ts';
import { makeChaosApp } from './app.ts';
import { type AppWorkload, appScenario } from './app-scenario.ts';
import type { Violation } from './checkers/index.ts';
import { drawPlan, type FaultChoice, type FaultPlan } from './fault-plan.ts';
import { History } from './history.ts';
import type { Invariant } from './invariants.ts';
import { noteEvent } from './note-event.ts';
import { addressOfNode } from './notes.ts';
import { makePerform } from './perform.ts';
import { type Played, play } from './play.ts';
import { promisesScenario } from './promises-scenario.ts';
import type { Scenario } from './scenario.ts';
import { showNode } from './show.ts';

export interface RunOptions {
  readonly seed: number;
  /** How many nodes to start with. Default 5. */
  readonly nodes?: number | undefined;
  /** Default `swarm`. */
  readonly faults?: FaultChoice | undefined;
  /** How long clients and faults go on, in virtual minutes. Default 1. */
  readonly minutes?: number | undefined;
  /** A user's app; without one Muster's own promises are put to the test. */
  readonly subject?: Subject | undefined;
  readonly invariants?: readonly Invariant<SimulatedCluster>[] | undefined;
  readonly pressure?: Pressure | undefined;
  /** Keep every frame of the network, for a diagram. Default false. */
  readonly keepTrace?: boolean | undefined;
}

/** What presses on one thing, where the draw of a seed would do so too seldom. */
export interface Pressure {
  /** The clients' acts, by name, instead of those drawn. */
  readonly acts?: readonly string[];
  /** Mean ms between two faults. */
  readonly everyMs?: number;
  /** Faults that last do so for at least this many ms. */
  readonly leastMs?: number;
  /** Default: as many as there is time for. */
  readonly mostFaults?: number;
  /** Mean ms between two acts of a client, all the time. */
  readonly pauseMs?: number;
  /** Default: every other run has one. */
  readonly hasStore?: boolean;
}

/** A user's app under test. */
export interface Subject {
  readonly app: App;
  readonly workload?: AppWorkload | undefined;
  readonly settings?: SimulationOptions['settings'] | undefined;
  /** Makes the store of one run. */
  readonly store?: (() => Store) | undefined;
}

export interface RunResult {
  readonly seed: number;
  /** How many nodes it began with. */
  readonly nodes: number;
  readonly plan: FaultPlan;
  readonly history: History;
  readonly violations: readonly Violation[];
  /** Every frame of the network; empty unless it was kept. */
  readonly trace: ReturnType<SimulatedCluster['trace']>;
  /** What a frame of the trace said. */
  readonly describe: SimulatedCluster['describe'];
  readonly traceDigest: string;
  readonly figures: RunFigures;
}

/** What a run amounted to. */
export interface RunFigures {
  readonly virtualMs: number;
  readonly faults: number;
  readonly operations: number;
  /** How often a checker or an invariant judged. */
  readonly checked: number;
  readonly deliveries: number;
  readonly events: number;
}

/** What is played in a run. */
interface Cast {
  readonly app: App;
  readonly settings: SimulationOptions['settings'] | undefined;
  readonly store: Store | undefined;
  scenario(cluster: SimulatedCluster): Scenario;
}

export const DEFAULT_NODES = 5;
/** The cluster grows to this many nodes more than it began with. */
const MORE_NODES = 2;
const MINUTE_MS = 60_000;

/** Rejects when the cluster does not start at all: an app whose start fails, options that do not fit. */
export async function runSeed(options: RunOptions): Promise<RunResult> {
  const { seed, nodes = DEFAULT_NODES, minutes = 1, faults = 'swarm', invariants = [], keepTrace = false } = options;
  const random = seededRandom(seed * 2_654_435_761);
  const clock = { now: () => 0 };
  const history = new History(() => clock.now());
  const drawn = drawPlan(faults, random);
  const { pressure = {} } = options;
  const { acts, pauseMs, hasStore, ...pressed } = pressure;
  const plan: FaultPlan = { ...drawn, ...pressed };
  const mostNodes = nodes + MORE_NODES;
  const { app, settings, store, scenario } = options.subject
    ? castApp(options.subject, nodes)
    : castPromises(history, mostNodes, drawStore(random, hasStore), acts);
  const cluster = await startSimulation({
    ...{ seed, nodes, app, keepTrace, onEvent: (event) => noteEvent(history, event) },
    ...(settings && { settings }),
    ...(store && { store }),
  });
  clock.now = () => cluster.now();
  try {
    const ground = { cluster, world: cluster, collect: async () => undefined };
    const forMs = minutes * MINUTE_MS;
    const played = {
      ground,
      scenario: scenario(cluster),
      history,
      random,
      plan,
      invariants,
      mostNodes,
      forMs,
      pauseMs,
    };
    const { violations, faults, checked } = await cluster.drive(play(played)).catch(ended);
    return {
      ...{ seed, nodes, plan, history, violations, trace: cluster.trace(), traceDigest: cluster.traceDigest() },
      describe: (line) => cluster.describe(line),
      figures: {
        ...{ faults, checked, virtualMs: cluster.now(), operations: history.operations.length },
        ...{ deliveries: cluster.deliveries(), events: cluster.events() },
      },
    };
  } finally {
    await cluster.close();
  }
}

/** What a workload throws that is none of Muster's errors, or a broken promise of the simulation itself. */
function ended(error: unknown): Played {
  const problem = describeError(error);
  return { violations: [{ promise: 'the run comes to its end', problem, matters: [] }], faults: 0, checked: 1 };
}

function castPromises(history: History, mostNodes: number, hasStore: boolean, acts?: readonly string[]): Cast {
  const chaos = makeChaosApp({
    note: (node, what, details) => void history.note(addressOfNode(node), what, details),
  });
  const perform = makePerform(chaos);
  return {
    app: chaos.app,
    settings: undefined,
    store: hasStore ? memoryStore() : undefined,
    scenario: (cluster) =>
      promisesScenario(
        {
          perform: (id, asked) => cluster.run(id, perform, asked),
          show: (id) => cluster.run(id, (node) => showNode(node, chaos)),
        },
        idsUpTo(mostNodes),
        acts,
      ),
  };
}

function castApp({ app, workload, settings, store }: Subject, nodes: number): Cast {
  const scenario = (cluster: SimulatedCluster): Scenario => appScenario(cluster, workload, idsUpTo(nodes));
  return { app, settings, store: store?.(), scenario };
}

/** It is drawn also where it is given, so that the rest of the seed's draws stay the same. */
function drawStore(random: RandomSource, given: boolean | undefined): boolean {
  const drawn = random() < 0.5;
  return given ?? drawn;
}

function idsUpTo(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `n${at + 1}`);
}
