/**
 * Plays a scenario on a ground, in a simulation or on threads: clients and faults for a while, and nothing may break (safety);
 * then the faults end, and everything has to come to rest and be right (liveness).
 */
import { deferred, integerBetween, type RandomSource, seededRandom } from '../base/index.ts';
import type { Violation } from './checkers/index.ts';
import type { FaultPlan } from './fault-plan.ts';
import type { Ground, TimedCluster } from './ground.ts';
import { type Happening, type History, orderOf } from './history.ts';
import { type Invariant, Invariants } from './invariants.ts';
import { Nemesis } from './nemesis/nemesis.ts';
import { Pace, SteadyPace } from './pace.ts';
import type { Scenario, Stage, Verdicts } from './scenario.ts';

export interface PlayOptions<C extends TimedCluster> {
  readonly ground: Ground<C>;
  readonly scenario: Scenario;
  readonly history: History;
  readonly random: RandomSource;
  readonly plan: FaultPlan;
  readonly invariants: readonly Invariant<C>[];
  /** The cluster grows to this many nodes at most. */
  readonly mostNodes: number;
  /** How long faults and clients go on. */
  readonly forMs: number;
  /** From how many operations a second on average to how many; drawn. */
  readonly operationsPerSecond?: readonly [least: number, most: number];
  /** Ends clients and faults early; whoever aborts does not wait for the verdict. */
  readonly signal?: AbortSignal | undefined;
  /** Told some ms before each fault. */
  readonly onFault?: (() => void) | undefined;
  /** Mean pause of a client, in ms, instead of a rationed pace. */
  readonly pauseMs?: number | undefined;
}

export interface Played {
  readonly violations: readonly Violation[];
  readonly faults: number;
  /** How often a checker or an invariant judged. */
  readonly checked: number;
}

/** What is under way when the faults end has a deadline of its own, and that of the servers it calls. */
const LAST_OPERATIONS_MS = 30_000;
const SETTLE_MS = 30_000;
const OPERATIONS_PER_SECOND = [5, 16] as const;
const LIVENESS = 'liveness: the cluster comes to rest when the faults have ended';

export async function play<C extends TimedCluster>(options: PlayOptions<C>): Promise<Played> {
  const { ground, scenario, history, random, plan, forMs } = options;
  const { cluster } = ground;
  const stage: Stage = { ground, history, random };
  const invariants = new Invariants(options.invariants, cluster, history);
  await scenario.prepare(stage);
  const fromMs = cluster.now();
  const untilMs = fromMs + forMs;
  const span = { fromMs, untilMs, clients: scenario.clientCount };
  const drawn = drawPace(cluster, history, random, span, options.operationsPerSecond ?? OPERATIONS_PER_SECOND);
  const pace = options.pauseMs === undefined ? drawn : new SteadyPace(cluster, history, untilMs, options.pauseMs);
  options.signal?.addEventListener('abort', () => pace.end());
  const nemesis = new Nemesis({
    ground,
    history,
    plan,
    random: seededRandom(integerBetween(random, 1, 2 ** 31)),
    mostNodes: options.mostNodes,
    onFault: () => {
      pace.rush(integerBetween(random, 50, 600));
      options.onFault?.();
    },
    isOver: () => pace.isOver,
  });
  const watched = invariants.watch(seededRandom(integerBetween(random, 1, 2 ** 31)), untilMs);
  const clients = Promise.all(scenario.clients(stage, pace));
  try {
    await Promise.race([failure(clients), failure(watched), nemesis.run(untilMs)]);
  } finally {
    pace.end();
  }
  await nemesis.end();
  history.note('cluster', 'faults end');
  await Promise.race([Promise.all([clients, watched]), cluster.advance(LAST_OPERATIONS_MS)]);
  const soFar = { faults: nemesis.caused, checked: invariants.checked };
  if (invariants.violations.length > 0) return { ...soFar, violations: invariants.violations };
  const restless = await rest(cluster, history);
  if (restless) return { ...soFar, ...(await judgeRestless(scenario, stage, restless)) };
  await scenario.prepare(stage);
  const { violations, checked } = await scenario.judge(stage, true);
  await invariants.look('settled');
  return {
    faults: nemesis.caused,
    checked: checked + invariants.checked + 1,
    violations: [...violations, ...invariants.violations].sort((a, b) => firstOf(a) - firstOf(b)),
  };
}

/** What is broken beside that nothing came to rest, as far as the nodes still answer. */
async function judgeRestless(scenario: Scenario, stage: Stage, restless: Violation): Promise<Verdicts> {
  try {
    const { violations, checked } = await scenario.judge(stage, false);
    return { violations: [restless, ...violations], checked: checked + 1 };
  } catch (error) {
    const problem = `${restless.problem}; nor does every node answer: ${String(error)}`;
    return { violations: [{ ...restless, problem }], checked: 1 };
  }
}

/** From a few operations a second to many. */
function drawPace(
  cluster: TimedCluster,
  history: History,
  random: RandomSource,
  span: { readonly fromMs: number; readonly untilMs: number; readonly clients: number },
  [least, most]: readonly [number, number],
): Pace {
  const perSecond = least + random() * (most - least);
  const operations = Math.ceil((perSecond * (span.untilMs - span.fromMs)) / 1_000);
  return new Pace(cluster, history, { ...span, operations, rushPauseMs: integerBetween(random, 2, 30) });
}

/** Settles only if the work fails. */
function failure(work: Promise<unknown>): Promise<never> {
  const failed = deferred<never>();
  work.catch(failed.reject);
  return failed.promise;
}

async function rest(cluster: TimedCluster, history: History): Promise<Violation | undefined> {
  try {
    await cluster.settled({ deadlineMs: SETTLE_MS });
    return undefined;
  } catch (error) {
    const loud = new Set(['heard', 'applied', 'server turn', 'server turn ends']);
    const last = history.happenings.filter(({ what }: Happening) => !loud.has(what)).slice(-40);
    return { promise: LIVENESS, problem: String(error), matters: last };
  }
}

function firstOf({ matters, evidence }: Violation): number {
  const shown = evidence === 'near' ? matters.slice(-1) : matters;
  return Math.min(Number.POSITIVE_INFINITY, ...shown.map(orderOf));
}
