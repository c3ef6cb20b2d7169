/**
 * One subscriber is too slow for a publisher at full speed: what the rest of the cluster does meanwhile, beside the same with a
 * subscriber that is as busy and keeps up; and whether memory stays flat. All that was published is accounted for: handled, or
 * dropped, counted and told.
 */
import type { Cluster } from '../../src/index.ts';
import type { Flooded, Handled } from '../app/overload.ts';
import type { Measured, Scenario, Subject } from '../harness.ts';
import { whileWatched } from '../memory.ts';
import { ask, NODES, onCluster } from '../ours.ts';
import { perSecond } from '../work.ts';

/** The publisher that waits for nobody, and its subscriber. */
const FLOODING = 'n1';
const SLOW = 'n4';
/** The rest: one publishes to the other as fast as credit allows. */
const FROM = 'n2';
const TO = 'n3';

const BUSY_MS = 1;
const POLL_MS = 20;

/** `size` is how long, in ms. */
export const overload: Scenario = {
  name: 'pubsub/overload',
  nodes: NODES,
  size: { full: 60_000, quick: 5_000 },
  unit: 'messages/s of the rest',
  better: 'higher',
  effort: { rounds: 3, warmUps: 0 },
  deadlineMs: 120_000,
  subjects: [(forMs) => overloading('muster', forMs, false), (forMs) => overloading('in-time', forMs, true)],
};

export function overloading(name: string, forMs: number, inTime: boolean): Promise<Subject> {
  const all = new Account();
  return onCluster({
    name,
    prepare: async (cluster) => {
      await ask(cluster, SLOW, 'overload', 'listenSlowly', BUSY_MS);
      await ask(cluster, TO, 'overload', 'listenToRest');
    },
    round: (cluster) => round(cluster, forMs, inTime, all),
  });
}

async function round(cluster: Cluster, forMs: number, inTime: boolean, all: Account): Promise<Measured> {
  const { droppedBefore, handledBefore } = all;
  const work = Promise.all([
    ask(cluster, FLOODING, 'overload', 'flood', forMs, inTime),
    ask(cluster, FROM, 'overload', 'publishRest', forMs),
    inTime ? ask(cluster, SLOW, 'overload', 'keepBusy', forMs, BUSY_MS) : undefined,
  ]);
  const { done, growth } = await whileWatched(cluster, forMs, work);
  const [flooded, rest] = done;
  all.sent(flooded, rest);
  const slow = await untilAllThere(() => ask(cluster, SLOW, 'overload', 'handledSlowly'), all.flooded.sent);
  const quick = await untilAllThere(() => ask(cluster, TO, 'overload', 'handledOfRest'), all.rest.sent);
  all.check(slow, quick, await droppedBy(cluster, FLOODING));
  if (inTime && flooded.refused > 0) throw new Error(`the one in time was behind by ${flooded.refused} messages`);
  if (!inTime && flooded.refused === 0) throw new Error('the slow one kept up');
  return {
    figure: perSecond(rest.sent, rest.startedAt, [quick.lastAt]),
    also: {
      'MB grown, process': growth.rss,
      'MB grown, heaps': growth.heaps,
      'MB grown, external': growth.external,
      'messages handled slowly': slow.handled - handledBefore,
      'messages dropped': all.flooded.refused - droppedBefore,
    },
  };
}

/** Asks until as much is accounted for as was sent, or a harness's deadline. */
async function untilAllThere(read: () => Promise<Handled>, sent: number): Promise<Handled> {
  for (;;) {
    const tally = await read();
    if (tally.handled + tally.missed >= sent) return tally;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function droppedBy(cluster: Cluster, id: string): Promise<number> {
  const { nodes } = await cluster.inspect();
  return nodes.find((node) => node.id === id)?.counters.publishDropped ?? Number.NaN;
}

/** What was published since the cluster began, and what became of it. */
export class Account {
  flooded: Flooded = { sent: 0, refused: 0 };
  rest: Flooded = { sent: 0, refused: 0 };
  #handled = 0;

  get droppedBefore(): number {
    return this.flooded.refused;
  }

  get handledBefore(): number {
    return this.#handled;
  }

  sent(flooded: Flooded, rest: Flooded): void {
    this.flooded = plus(this.flooded, flooded);
    this.rest = plus(this.rest, rest);
  }

  /** Throws unless each message was handled once, or was refused, counted as dropped and told as missed; and of the rest all were handled. */
  check(slow: Handled, quick: Handled, dropped: number): void {
    const { sent, refused } = this.flooded;
    if (slow.handled + slow.missed !== sent) {
      throw new Error(
        `${slow.handled} handled and ${slow.missed} told as missed are not the ${sent} that were published`,
      );
    }
    if (refused !== dropped || slow.missed !== dropped) {
      throw new Error(`${refused} were refused, ${dropped} counted as dropped, ${slow.missed} told as missed`);
    }
    if (this.rest.refused > 0 || quick.missed > 0 || quick.handled !== this.rest.sent) {
      throw new Error(
        `of the rest's ${this.rest.sent} messages ${quick.handled} were handled, ${this.rest.refused} refused, ${quick.missed} missed`,
      );
    }
    this.#handled = slow.handled;
  }
}

function plus(one: Flooded, other: Flooded): Flooded {
  return { sent: one.sent + other.sent, refused: one.refused + other.refused };
}
