/** An app that does what went wrong for others: writes when it starts, counts its own activations, gets a stricter schema. */
import * as z from 'zod';
import { cache, defineApp, Server, server, topic } from '../../src/index.ts';

export { notes, outcomeOf, pause } from '../support/app.ts';

export const greetings = cache('greetings', {
  key: z.string(),
  value: z.string(),
  writes: 'anywhere',
  filled: 'at the start of the first node',
  about: 'defaults that a starting node puts where there are none',
});
export const lists = cache('lists', {
  key: z.string(),
  value: z.array(z.string()),
  writes: 'owner',
  filled: 'at the start of the first node',
  about: 'lists that a starting node makes where there are none',
});
export const counts = cache('counts', {
  key: z.string(),
  value: z.number(),
  writes: 'owner',
  filled: 'at the start of the first node',
  about: 'counters that a starting node makes where there are none',
});
export const results = topic('results', z.object({ number: z.number() }), { about: 'what the field tests publish' });

const Points = z.object({ points: z.number() });

/** Counts in a linearizable place how many of it run, and notes when it was ever more than one. */
class SeatServer extends Server<number, z.infer<typeof Points>> {
  async init(state: z.infer<typeof Points> | undefined): Promise<z.infer<typeof Points>> {
    const running = await this.node.cache(counts).update(`runs ${this.key}`, (n) => (n ?? 0) + 1);
    if (running !== 1) await this.node.cache(counts).update('doubled', (n) => (n ?? 0) + 1);
    return state ?? { points: 0 };
  }
  async add(points: number): Promise<number> {
    await new Promise<void>((resolve) => this.node.after(1, resolve));
    this.state = { points: this.state.points + points };
    return this.state.points;
  }
  read(): number {
    return this.state.points;
  }
  /** A turn that waits, and then has an effect through its node. */
  async tellLater(waitMs: number): Promise<void> {
    await new Promise<void>((resolve) => this.node.after(waitMs, resolve));
    this.node.broadcast(results(), { number: this.key });
  }
  override async terminate(): Promise<void> {
    await this.node.cache(counts).update(`runs ${this.key}`, (n) => (n ?? 0) - 1);
  }
}
export const seats = server(
  'seat',
  { key: z.number(), placement: 'one per key', state: Points, about: 'hands its state over when it moves' },
  SeatServer,
);

/** What the next version of the app no longer accepts. */
export const rules = { most: Number.POSITIVE_INFINITY };
const Limited = z.object({ points: z.number().refine((points) => points <= rules.most, 'more than is allowed') });

class LimitedServer extends Server<number, z.infer<typeof Limited>> {
  init(kept: z.infer<typeof Limited> | undefined): z.infer<typeof Limited> {
    return kept ?? { points: 0 };
  }
  add(points: number): number {
    this.state = { points: this.state.points + points };
    return this.state.points;
  }
  read(): number {
    return this.state.points;
  }
}
export const limited = server(
  'limited',
  { key: z.number(), placement: 'one per key', keeps: 'state', state: Limited, about: 'keeps a state of limited size' },
  LimitedServer,
);

/** Its key is the node's id, by which others ask for it. */
class ReporterServer extends Server<string, undefined> {
  init(): undefined {}
  async report(waitMs: number): Promise<string> {
    await new Promise<void>((resolve) => this.node.after(waitMs, resolve));
    return this.key;
  }
}
export const reporter = server('reporter', { placement: 'one per node', about: 'asked on every node' }, ReporterServer);

export default defineApp({ uses: [greetings, lists, counts, results, seats, limited, reporter] }, async (node) => {
  if (!node.cache(greetings).has('motd')) node.cache(greetings).put('motd', 'welcome');
  await node.cache(lists).insertNew('rooms', ['main']);
  await node.cache(counts).update('visits', (visits) => visits ?? 0);
});
