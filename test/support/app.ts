/** An app with one of everything, for tests of the services. Its own figures live in the node's world, not in the module. */
import * as z from 'zod';
import { cache, defineApp, Refused, registry, Server, sequence, server, topic } from '../../src/index.ts';

export const News = z.object({ from: z.string(), number: z.number() });
export const news = topic('news', News, { about: 'what tests publish to everybody' });
export const rooms = topic('room:{name}', News, { about: 'what tests publish by room' });
export const localNews = topic('local_news', News, { reach: 'node', about: 'never leaves its node' });
export const ownNews = topic('own_news', News, { actedOnBy: 'origin', about: 'acted on where it was published' });
export const oneNews = topic('one_news', News, { actedOnBy: 'one node', about: 'acted on by one node of the cluster' });

export const merged = cache('merged', {
  key: z.union([z.string(), z.number()]),
  value: z.object({ by: z.string(), n: z.number() }),
  writes: 'anywhere',
  filled: 'by tests',
  about: 'a merged cache',
});
export const owned = cache('owned', {
  key: z.union([z.string(), z.number()]),
  value: z.object({ n: z.number() }),
  writes: 'owner',
  filled: 'by tests',
  about: 'an owned cache',
});
export const counters = cache('counters', {
  key: z.string(),
  value: z.number(),
  writes: 'owner',
  filled: 'by tests',
  about: 'counters that several nodes increment',
});
export const names = registry('names', {
  key: z.string(),
  value: z.object({ note: z.string() }),
  about: 'names of tests',
});
export const ids = sequence('ids', { block: 100, about: 'ids of tests' });

const Tally = z.object({ count: z.number() });
type Tally = z.infer<typeof Tally>;

export class TallyServer extends Server<number, Tally> {
  init(kept: Tally | undefined): Tally {
    return kept ?? { count: 0 };
  }
  add(amount: number): number {
    this.state = { count: this.state.count + amount };
    return this.state.count;
  }
  async slowAdd(amount: number, ms: number): Promise<number> {
    await new Promise<void>((resolve) => this.node.after(ms, resolve));
    return this.add(amount);
  }
  read(): number {
    return this.state.count;
  }
  where(): string {
    return this.node.id;
  }
  refuse(): never {
    throw new Refused('as asked');
  }
  crash(): never {
    throw new Error('crashed as asked');
  }
  addLater(amount: number, ms: number): void {
    this.after(ms, amount);
  }
  override info(amount: unknown): void {
    this.add(amount as number);
  }
}

/** Keeps its state when its node dies. */
export const tallies = server(
  'tally',
  { key: z.number(), placement: 'one per key', keeps: 'state', state: Tally, about: 'counts and keeps' },
  TallyServer,
);
/** Hands its state over when it moves, and begins anew after a crash. */
export const loose = server(
  'loose',
  { key: z.number(), placement: 'one per key', state: Tally, startsOnCall: true, about: 'counts' },
  TallyServer,
);

class LeaderServer extends Server<never, undefined> {
  init(): undefined {}
  where(): string {
    return this.node.id;
  }
}
export const leader = server('leader', { placement: 'singleton', about: 'one in the cluster' }, LeaderServer);
export const agent = server('agent', { placement: 'one per node', about: 'one on every node' }, LeaderServer);

export default defineApp({
  uses: [news, rooms, localNews, ownNews, oneNews, merged, owned, counters, names, ids, tallies, loose, leader, agent],
});
