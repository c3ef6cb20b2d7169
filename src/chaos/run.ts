/** One chaos run: a seed becomes a cluster, a workload and faults; then everything settles and the checkers judge. */
import { integerBetween, seededRandom } from '../base/index.ts';
import { type SimulatedCluster, startSimulation } from '../cluster/index.ts';
import type { MusterNode } from '../services/index.ts';
import { addressOfNode, type ChaosApp, makeChaosApp } from './app.ts';
import { checkAll, type Final, type NodeFinal, type Violation } from './checkers/index.ts';
import { drawPlan, type FaultKind, type FaultPlan, Faults } from './faults.ts';
import { type Happening, History, type Operation, orderOf, show } from './history.ts';
import { type Probed, probeInterest, sampleQueues } from './probes.ts';
import { actsNamed, client, drawActs } from './workload.ts';

export interface ChaosResult {
  readonly seed: number;
  readonly history: History;
  readonly violations: readonly Violation[];
  readonly traceDigest: string;
  readonly plan: FaultPlan;
  readonly events: number;
}

/** What a run is made of, where that is not to be drawn from its seed. */
export interface Pressure {
  /** Names of operations. */
  readonly acts?: readonly string[];
  readonly faults?: readonly FaultKind[];
  /** Mean virtual ms between two faults. */
  readonly everyMs?: number;
  /** Mean virtual ms between two operations of a client. */
  readonly pauseMs?: number;
  /** Virtual ms of faults and load. */
  readonly forMs?: number;
}

const SETTLE_MS = 20_000;
const SAMPLE_MS = 50;
const LIVENESS = 'liveness: the cluster settles when the faults have ended';
const TALLIES = [1, 2];

export async function runChaos(seed: number, pressure: Pressure = {}): Promise<ChaosResult> {
  const random = seededRandom(seed * 2_654_435_761);
  const clock = { now: () => 0 };
  const history = new History(() => clock.now());
  const app = makeChaosApp(history);
  const drawn = drawPlan(seed, random);
  const plan: FaultPlan = { kinds: pressure.faults ?? drawn.kinds, everyMs: pressure.everyMs ?? drawn.everyMs };
  const nodes = integerBetween(random, 3, 5);
  const onEvent = (event: Parameters<NonNullable<Parameters<typeof startSimulation>[0]['onEvent']>>[0]): void => {
    if (event.event === 'view') {
      const members = event.view.members.map(({ id, incarnation, state }) => `${id}#${incarnation} ${state}`);
      history.note('authority', 'decided', { epoch: event.view.epoch, members, cause: event.view.cause });
    } else if (event.event === 'error') history.note('cluster', 'error', { code: event.code, message: event.message });
  };
  const cluster = await startSimulation({ seed, nodes, app: app.app, onEvent });
  clock.now = () => cluster.now();
  try {
    const violations = await play(cluster, history, app, plan, pressure, random);
    return { seed, history, violations, traceDigest: cluster.traceDigest(), plan, events: cluster.events() };
  } finally {
    await cluster.close();
  }
}

async function play(
  cluster: SimulatedCluster,
  history: History,
  app: ChaosApp,
  plan: FaultPlan,
  pressure: Pressure,
  random: () => number,
): Promise<Violation[]> {
  await startTallies(cluster, app);
  // A few runs are long enough for deadlines to pass in a partition.
  const isLong = random() < 0.15;
  const drawnMs = integerBetween(random, 600, isLong ? 9_000 : 2_500);
  const untilMs = cluster.now() + (pressure.forMs ?? drawnMs);
  const faults = new Faults(cluster, history, seededRandom(integerBetween(random, 1, 2 ** 31)), plan);
  const drawnActs = drawActs(random);
  const acts = pressure.acts ? actsNamed(pressure.acts) : drawnActs;
  const drawnPauseMs = isLong ? integerBetween(random, 30, 150) : integerBetween(random, 2, 30);
  const pauseMs = pressure.pauseMs ?? drawnPauseMs;
  const perNode = integerBetween(random, 1, 4);
  const clients = Array.from({ length: 6 * perNode }, (_, at) =>
    client(
      { cluster, app, history, acts, pauseMs },
      `n${(at % 6) + 1}`,
      seededRandom(integerBetween(random, 1, 2 ** 31)),
      untilMs,
    ),
  );
  const sampled = sample(cluster, history, untilMs);
  await faults.run(untilMs);
  await faults.end();
  history.note('cluster', 'faults end');
  await Promise.all([...clients, sampled]);
  try {
    await cluster.settled({ deadlineMs: SETTLE_MS });
  } catch (error) {
    return [unsettled(history, error), ...(await judgeUnsettled(cluster, history, app))];
  }
  await probeInterest(probed(cluster, app), history);
  return judge(cluster, history, app);
}

async function sample(cluster: SimulatedCluster, history: History, untilMs: number): Promise<void> {
  while (cluster.now() < untilMs) {
    await cluster.advance(SAMPLE_MS);
    await sampleQueues(cluster, history);
  }
  await sampleQueues(cluster, history);
}

function probed(cluster: SimulatedCluster, app: ChaosApp): Probed {
  return {
    inspect: () => cluster.inspect(),
    advance: (ms) => cluster.advance(ms),
    perform: (id, asked) => cluster.run(id, (node) => app.acts[asked.kind]!(node, asked)),
  };
}

async function judge(cluster: SimulatedCluster, history: History, app: ChaosApp): Promise<Violation[]> {
  // A server whose restart budget was spent by crashes is down until somebody starts it again.
  await startTallies(cluster, app);
  return checkAll(history, await finalOf(cluster, app));
}

/** What is broken beside that nothing settled, as far as the nodes still answer. */
async function judgeUnsettled(cluster: SimulatedCluster, history: History, app: ChaosApp): Promise<Violation[]> {
  try {
    return await judge(cluster, history, app);
  } catch (error) {
    return [{ promise: LIVENESS, problem: `a node does not answer: ${String(error)}`, matters: [] }];
  }
}

function unsettled(history: History, error: unknown): Violation {
  const matters = history.happenings.filter(({ what }) => !['heard', 'applied'].includes(what)).slice(-40);
  return { promise: LIVENESS, problem: String(error), matters };
}

async function startTallies(cluster: SimulatedCluster, app: ChaosApp): Promise<void> {
  const id = cluster.nodes().find(({ state }) => state === 'up')!.id;
  await cluster.run(id, async (node) => {
    for (const key of TALLIES) await node.server(app.tally, key).start();
  });
}

async function finalOf(cluster: SimulatedCluster, app: ChaosApp): Promise<Final> {
  const final = new Map<string, NodeFinal>();
  for (const { id, state } of cluster.nodes()) {
    if (state !== 'up') continue;
    const [address, shown] = await cluster.run(id, (node) => showNode(node, app));
    final.set(address, shown);
  }
  return final;
}

async function showNode(node: MusterNode, app: ChaosApp): Promise<[string, NodeFinal]> {
  const stamped = (entries: Iterable<[unknown, { id: number }]>): Record<string, number> =>
    Object.fromEntries([...entries].map(([key, { id }]) => [String(key), id]));
  const tallies: Record<string, readonly number[]> = {};
  for (const key of TALLIES) tallies[String(key)] = await node.server(app.tally, key).call('read');
  return [
    addressOfNode(node),
    {
      lists: Object.fromEntries([...node.cache(app.lists).entries()].map(([key, ids]) => [key, ids])),
      registers: stamped(node.cache(app.registers).entries()),
      slots: stamped(node.cache(app.slots).entries()),
      loads: stamped(node.cache(app.loads).entries()),
      merged: stamped(node.cache(app.merged).entries()),
      names: Object.fromEntries(
        node
          .registry(app.names)
          .select()
          .map(({ key, holder, value }) => [key, [holder, value.id] as const]),
      ),
      tallies,
    },
  ];
}

const AROUND = new Set([
  'decided',
  'killed',
  'stopping',
  'paused',
  'partition',
  'heal',
  'cut',
  'cut no more',
  'delayed',
  'delayed no more',
  'start',
  'add',
  'error',
]);

/** A failure for people: the seed, the promises, what matters with the faults and views around it, and how to replay it. */
export function report({ seed, history, violations, plan }: ChaosResult): string {
  const lines = [`seed ${seed} (faults: ${plan.kinds.join(', ')}): ${violations.length} violations`];
  for (const { promise, problem, matters } of violations.slice(0, 3)) {
    lines.push('', promise, `  ${problem}`);
    const orders = matters.map(orderOf);
    const from = Math.min(...orders) - 400;
    const to = Math.max(...orders) + 100;
    const around = history.happenings.filter(({ what, order }) => AROUND.has(what) && order >= from && order <= to);
    const all: (Operation | Happening)[] = [...new Set([...matters, ...around])];
    lines.push(...all.sort((a, b) => orderOf(a) - orderOf(b)).map((item) => `    ${show(item)}`));
  }
  lines.push('', `replay: MUSTER_SEED=${seed} npx tsx --test test/simulation/chaos.test.ts`);
  return lines.join('\n');
}
