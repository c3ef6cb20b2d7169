/** What is looked at from the host: the nodes' queues while a run goes on, and their interest when it has settled. */
import type { NodeId } from '../base/index.ts';
import type { NodeInspection } from '../services/index.ts';
import type { TimedCluster } from './ground.ts';
import type { History } from './history.ts';
import type { Asked } from './perform.ts';

/** What a probe needs of a run. */
export interface Probed {
  readonly cluster: TimedCluster;
  /** Runs an operation of the chaos app on a node. */
  perform(id: NodeId, asked: Asked): Promise<unknown>;
}

/** Writes the lengths of all queues into the history. */
export async function sampleQueues(cluster: TimedCluster, history: History): Promise<void> {
  for (const node of (await cluster.inspect()).nodes) history.note(node.address, 'inspected', lengthsOf(node));
}

function lengthsOf({ servers, pending, counters }: NodeInspection): Record<string, number> {
  const mailbox = Math.max(0, ...servers.map((server) => server.mailbox));
  return { ...pending, mailbox, publishDropped: counters.publishDropped ?? 0 };
}

const QUIET_MS = 700;
const AFTER_MS = 50;
/** Many more than the messages that nodes exchange meanwhile anyway. */
const SENT = 250;

/**
 * One node listens, one has stopped to listen, all others never did; another publishes. What came to each is counted. Needs a
 * settled cluster, and four nodes to tell these apart; with fewer it does less.
 */
export async function probeInterest({ cluster, perform }: Probed, history: History): Promise<void> {
  const [publisher, listener, ...rest] = (await cluster.inspect()).nodes.map(({ id, address }) => ({ id, address }));
  if (!publisher || !listener) return;
  const act = (node: { id: NodeId }, kind: string, input: unknown = null): Promise<unknown> =>
    perform(node.id, { id: history.nextId(), kind, key: 'probe', input });
  await act(listener, 'probe listen');
  if (rest[0]) {
    await act(rest[0], 'probe listen');
    await act(rest[0], 'probe end');
  }
  await cluster.advance(QUIET_MS);
  const before = await messagesIn(cluster);
  await act(publisher, 'probe publish', SENT);
  await cluster.advance(AFTER_MS);
  const after = await messagesIn(cluster);
  const received = [...after].map(([address, count]) => [address, count - (before.get(address) ?? 0)] as const);
  const listeners = [listener.address];
  history.note(publisher.address, 'interest probed', {
    topic: 'probe',
    sent: SENT,
    listeners,
    received: Object.fromEntries(received),
  });
  await act(listener, 'probe end');
}

async function messagesIn(cluster: TimedCluster): Promise<Map<string, number>> {
  return new Map((await cluster.inspect()).nodes.map(({ address, counters }) => [address, counters.messagesIn ?? 0]));
}
