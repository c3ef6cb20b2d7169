/** The scenario that puts Muster's own promises to the test: the chaos app, its clients, and all checkers. */
import { type NodeId, seededRandom } from '../base/index.ts';
import { CHECKERS, checkAll, type NodeFinal } from './checkers/index.ts';
import type { ClientPace } from './pace.ts';
import type { Asked } from './perform.ts';
import { probeInterest, sampleQueues } from './probes.ts';
import type { Scenario, Stage, Verdicts } from './scenario.ts';
import { type Act, actsNamed, ChaosClient, drawActs } from './workload.ts';

/** How a host reaches the chaos app on a node: directly in a simulation, through `cluster.run` on threads. */
export interface Reach {
  /** Runs an operation; rejects as it does, or with `NodeDown`. */
  perform(id: NodeId, asked: Asked): Promise<unknown>;
  /** What the node shows when all has settled. */
  show(id: NodeId): Promise<NodeFinal>;
}

/** Queues are looked at about this often. */
const SAMPLE_MS = 250;

/** Clients belong to ids; those of nodes that do not exist yet wait for them. */
export function promisesScenario(reach: Reach, ids: readonly NodeId[], named?: readonly string[]): Scenario {
  return {
    clientCount: 2 * ids.length,
    clients: (stage, pace) => {
      const drawn = drawActs(stage.random);
      const acts = named ? actsNamed(named) : drawn;
      const clients = [...ids, ...ids].map((id) => startClient(reach, stage, pace, acts, id));
      return [...clients, sample(stage, pace)];
    },
    prepare: (stage) => prepare(reach, stage),
    judge: async (stage, settled) => {
      const { cluster } = stage.ground;
      await sampleQueues(cluster, stage.history);
      if (settled) await probeInterest({ cluster, perform: reach.perform }, stage.history);
      return judge(reach, stage);
    },
  };
}

async function sample({ ground, history }: Stage, pace: ClientPace): Promise<void> {
  while (!pace.isOver) {
    await ground.cluster.advance(SAMPLE_MS);
    await sampleQueues(ground.cluster, history);
  }
}

function startClient(reach: Reach, stage: Stage, pace: ClientPace, acts: readonly Act[], id: NodeId): Promise<void> {
  const { ground, history } = stage;
  const random = seededRandom(stage.random() * 2 ** 31);
  const client = new ChaosClient({ cluster: ground.cluster, history, pace, id, random }, reach.perform);
  return client.run(() => client.pick(acts)(client));
}

/** A server whose restart budget was spent by crashes is down until somebody starts it again. */
async function prepare(reach: Reach, { ground, history }: Stage): Promise<void> {
  const id = upNodes(ground)[0]!;
  await reach.perform(id, { id: history.nextId(), kind: 'start servers', key: '', input: null });
}

async function judge(reach: Reach, { ground, history }: Stage): Promise<Verdicts> {
  await ground.collect();
  const final = new Map<string, NodeFinal>();
  for (const id of upNodes(ground)) {
    const { incarnation } = ground.cluster.nodes().find((node) => node.id === id)!;
    final.set(`${id}#${incarnation}`, await reach.show(id));
  }
  return { violations: checkAll(history, final), checked: CHECKERS.length };
}

function upNodes({ cluster }: Stage['ground']): NodeId[] {
  return cluster
    .nodes()
    .filter(({ state }) => state === 'up')
    .map(({ id }) => id);
}
