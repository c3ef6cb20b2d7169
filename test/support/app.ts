/** An app with one of everything, for tests of the services. Its own figures live in the node's world, not in the module. */
import * as z from 'zod';
import {
  cache,
  defineApp,
  type MusterNode,
  Refused,
  registry,
  Server,
  sequence,
  server,
  topic,
} from '../../src/index.ts';

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
export const places = registry('places', {
  key: z.union([z.string(), z.number(), z.tuple([z.string(), z.number()])]),
  value: z.object({ note: z.string() }),
  about: 'names of several kinds',
});
export const fading = cache('fading', {
  key: z.string(),
  value: z.number(),
  writes: 'anywhere',
  ttlMs: 300,
  filled: 'by tests',
  about: 'merged entries that end by themselves',
});
export const anything = cache('anything', {
  key: z.string(),
  value: z.unknown(),
  writes: 'anywhere',
  filled: 'by tests',
  about: 'values of no declared shape',
});
export const texts = cache('texts', {
  key: z.string(),
  value: z.string(),
  writes: 'owner',
  filled: 'by tests',
  about: 'owned texts, large ones too',
});
export const ids = sequence('ids', { block: 100, about: 'ids of tests' });
export const manyIds = sequence('many_ids', { block: 10_000, about: 'ids of tests, in large blocks' });

/** By a part of the node that a server's view of it has as well. */
const notebooks = new WeakMap<MusterNode['log'], Map<string, unknown[]>>();

/** A list that belongs to one life of one node, for what a test finds there. */
export function notes<T>(node: MusterNode, name: string): T[] {
  let book = notebooks.get(node.log);
  if (!book) {
    book = new Map();
    notebooks.set(node.log, book);
  }
  let list = book.get(name);
  if (!list) {
    list = [];
    book.set(name, list);
  }
  return list as T[];
}

/** Waits on the node itself. */
export function pause(node: MusterNode, ms: number): Promise<void> {
  return new Promise((resolve) => {
    node.after(ms, resolve);
  });
}

/** `ok`, or the code of the error. */
export async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'ok';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

const Tally = z.object({ count: z.number() });
type Tally = z.infer<typeof Tally>;

export class TallyServer extends Server<number, Tally> {
  init(kept: Tally | undefined): Tally | Promise<Tally> {
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
  spoil(): number {
    this.state = { count: 'many' as unknown as number };
    this.node.cache(merged).put(`spoiled ${this.node.random()}`, { by: this.node.id, n: 1 });
    return 1;
  }
  crash(): never {
    throw new Error('crashed as asked');
  }
  async slowCrash(ms: number): Promise<void> {
    await new Promise<void>((resolve) => this.node.after(ms, resolve));
    throw new Error('crashed late, as asked');
  }
  /** Adds, and tells everybody. */
  announce(amount: number): number {
    this.add(amount);
    this.node.broadcast(news(), { from: this.node.id, number: this.state.count });
    return this.state.count;
  }
  endYourself(): void {
    this.stop();
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

/** Runs only where it is started. */
export const scratch = server(
  'scratch',
  { key: z.number(), placement: 'local', state: Tally, about: 'counts on one node' },
  TallyServer,
);
/** Takes a moment of its own to begin. */
class SlowServer extends TallyServer {
  override async init(kept: Tally | undefined): Promise<Tally> {
    await new Promise<void>((resolve) => this.node.after(50, resolve));
    return kept ?? { count: 0 };
  }
}
export const slow = server(
  'slow',
  { key: z.number(), placement: 'one per key', keeps: 'state', state: Tally, about: 'counts, and begins slowly' },
  SlowServer,
);

class LeaderServer extends Server<never, undefined> {
  init(): undefined {}
  crash(): never {
    throw new Error('crashed as asked');
  }
  where(): string {
    return this.node.id;
  }
}
export const leader = server('leader', { placement: 'singleton', about: 'one in the cluster' }, LeaderServer);
export const agent = server('agent', { placement: 'one per node', about: 'one on every node' }, LeaderServer);

/** Writes down when it acts, on the clock that all nodes share, with its fencing token. */
class BeaconServer extends Server<never, undefined> {
  init(): undefined {
    this.every(10, 'act');
  }
  override info(): void {
    notes<[number, number]>(this.node, 'acts').push([this.node.now(), this.token]);
  }
  /** Waits, and then tells everybody: an effect that must not come after the lease. */
  async tellAfter(ms: number): Promise<void> {
    await new Promise<void>((resolve) => this.node.after(ms, resolve));
    try {
      this.node.broadcast(news(), { from: this.node.id, number: this.token });
      notes(this.node, 'effects').push('told');
    } catch (error) {
      notes(this.node, 'effects').push((error as { code: string }).code);
    }
  }
  where(): string {
    return this.node.id;
  }
}
/** Many that write down when they act: the key, the time on the clock that all nodes share, the fencing token. */
class BeaconOfManyServer extends Server<number, undefined> {
  init(): undefined {
    this.every(50, 'act');
  }
  override info(): void {
    notes<Act>(this.node, 'acts of many').push([this.key, this.node.now(), this.token]);
  }
}
export type Act = readonly [key: number, at: number, token: number];
export const beacons = server(
  'beacons',
  { key: z.number(), placement: 'one per key', about: 'many that act all the time' },
  BeaconOfManyServer,
);
export const beacon = server('beacon', { placement: 'singleton', about: 'acts all the time' }, BeaconServer);

export default defineApp({
  uses: [
    anything,
    news,
    rooms,
    localNews,
    ownNews,
    oneNews,
    merged,
    owned,
    counters,
    fading,
    texts,
    names,
    places,
    ids,
    manyIds,
    tallies,
    loose,
    scratch,
    slow,
    leader,
    agent,
    beacon,
    beacons,
  ],
});
