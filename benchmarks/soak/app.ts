/**
 * The app of the soak: every node works steadily on a fixed set of keys, so that whatever grows is a leak. It also starts what
 * runs already and registers what is taken, over and over.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as z from 'zod';
import { MusterError } from '../../src/base/index.ts';
import {
  cache,
  defineApp,
  type MusterNode,
  registry,
  Server,
  sequence,
  server,
  topic,
} from '../../src/services/index.ts';

const about = 'soak';
const Value = z.object({ count: z.number(), text: z.string() });
const owned = cache('owned', { key: z.number(), value: Value, writes: 'owner', filled: 'by every node', about });
const merged = cache('merged', { key: z.number(), value: Value, writes: 'anywhere', filled: 'by every node', about });
const names = registry('names', { key: z.string(), value: z.object({}), about });
const ids = sequence('ids', { about });
const news = topic('news', Value, { about });

class Adder extends Server<number, { sum: number }> {
  override init(kept: { sum: number } | undefined): { sum: number } {
    return kept ?? { sum: 0 };
  }
  add(number: number): number {
    this.state = { sum: (this.state.sum + number) % 1_000 };
    return this.state.sum;
  }
}
const State = z.object({ sum: z.number() });
const adder = server(
  'adder',
  { key: z.number(), placement: 'one per key', keeps: 'state', state: State, about },
  Adder,
);

const EVERY_MS = 20;
/** Whoever is slow has less to do; nothing piles up. */
const MOST_AT_ONCE = 4;
/** Starts of what runs already, each time. */
const STARTS = 10;
const KEYS = 200;
const SERVERS = 8;
const TEXT = 'x'.repeat(100);

interface Counts {
  done: number;
  refused: number;
  heard: number;
  alreadyStarted: number;
}

export default defineApp({ uses: [owned, merged, names, ids, news, adder] }, async (node) => {
  const counts: Counts = { done: 0, refused: 0, heard: 0, alreadyStarted: 0 };
  let atOnce = 0;
  for (const [name, read] of Object.entries(gaugesOf(node, counts))) node.gauge(name, read);
  await node.subscribe(news(), () => {
    counts.heard += 1;
  });
  node.every(EVERY_MS, async () => {
    if (atOnce >= MOST_AT_ONCE) return;
    atOnce += 1;
    await work(node, counts);
    atOnce -= 1;
  });
});

function gaugesOf(node: MusterNode, counts: Counts): Record<string, () => number> {
  return {
    ownedEntries: () => [...node.cache(owned).entries()].length,
    mergedEntries: () => [...node.cache(merged).entries()].length,
    names: () => node.registry(names).select().length,
    ...Object.fromEntries(Object.keys(counts).map((name) => [`count ${name}`, () => counts[name as keyof Counts]])),
  };
}

/** A little of everything. Refusals (a name that is taken, a partner that died) are part of it. */
async function work(node: MusterNode, counts: Counts): Promise<void> {
  const key = pick(node, KEYS);
  const number = pick(node, SERVERS);
  for (let at = 0; at < 5; at += 1) {
    node.broadcast(news(), { count: at, text: TEXT });
    node.cache(merged).put(pick(node, KEYS), { count: at, text: TEXT });
  }
  node.cache(merged).delete(pick(node, KEYS));
  const acts = [
    () => node.cache(owned).update(key, (before) => ({ count: ((before?.count ?? 0) + 1) % 1_000, text: TEXT })),
    () => node.cache(owned).delete(pick(node, KEYS)),
    () => node.sequence(ids).next(),
    ...Array.from({ length: STARTS }, () => () => startAgain(node, counts, number)),
    () => node.server(adder, number).call('add', 1),
    () => node.registry(names).register(`taken ${number}`, {}),
    async () => (await node.registry(names).register(`${node.id} ${key}`, {})).unregister(),
  ];
  const outcomes = await Promise.allSettled(acts.map((act) => act()));
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') counts.done += 1;
    else if (outcome.reason instanceof MusterError) counts.refused += 1;
    else throw outcome.reason;
  }
}

async function startAgain(node: MusterNode, counts: Counts, number: number): Promise<void> {
  await node.server(adder, number).start();
  counts.alreadyStarted += 1;
}

function pick(node: MusterNode, below: number): number {
  return Math.floor(node.random() * below);
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is alive in this thread's heap. */
export function heapInUse(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
