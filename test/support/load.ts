/**
 * A load of everything on a node: writes, updates, names, calls, ids, publishes, one after the other in loops beside each other,
 * until it is ended; with a book of what was acknowledged. The node must run the app of the tests.
 */
import type { Cluster, NodeId } from '../../src/index.ts';
import { counters, ids, leader, loose, merged, names, news, notes, owned, pause, tallies } from './app.ts';

/** Servers that are called, and counters that are incremented. */
export const LOAD_KEYS: readonly number[] = [1, 2, 3, 4, 5];

/** What one life of a node was told by the cluster while it had the load. In a simulation it goes on being written. */
export interface Book {
  /** `n2#1` */
  readonly address: string;
  readonly owned: readonly string[];
  readonly merged: readonly string[];
  /** One for each that was acknowledged; so with the next three. */
  readonly updates: readonly unknown[];
  readonly kept: readonly unknown[];
  readonly loose: readonly unknown[];
  readonly singleton: readonly unknown[];
  readonly names: readonly string[];
  readonly ids: readonly number[];
  /** The number of the last message published; nothing before the first. */
  readonly published: readonly number[];
  readonly heard: readonly (readonly [from: string, number: number])[];
  readonly errors: readonly string[];
}

/** Begins the load; resolves when the node's subscription has. `waitMs` between two operations of a loop. */
export function startLoad(cluster: Cluster, id: NodeId, waitMs: number): Promise<void> {
  return cluster.run(
    id,
    async (node, keys, ms) => {
      const address = `${node.id}#${node.incarnation}`;
      await node.subscribe(news(), ({ from, number }) => void notes(node, 'heard').push([from, number]));
      const loop = async (name: string, step: (at: number) => Promise<unknown> | unknown): Promise<void> => {
        for (let at = 1; notes(node, 'end').length === 0; at++) {
          try {
            await step(at);
          } catch (error) {
            notes(node, 'errors').push(`${name} on ${address}: ${String(error)}`);
          }
          await pause(node, ms);
        }
        notes(node, 'ended').push(name);
      };
      const key = (at: number): string => `${address} ${at}`;
      const pick = (at: number): number => keys[at % keys.length]!;
      const loops: Record<string, (at: number) => Promise<unknown> | unknown> = {
        put: async (at) => {
          await node.cache(owned).put(key(at), { n: at });
          notes(node, 'owned').push(key(at));
        },
        merge: (at) => {
          node.cache(merged).put(key(at), { by: address, n: at });
          notes(node, 'merged').push(key(at));
        },
        update: async (at) => {
          await node.cache(counters).update(`load ${pick(at)}`, (count) => (count ?? 0) + 1);
          notes(node, 'updates').push(1);
        },
        kept: async (at) => {
          await node.server(tallies, pick(at)).call('add', 1);
          notes(node, 'kept').push(1);
        },
        loose: async (at) => {
          await node.server(loose, pick(at)).call('add', 1);
          notes(node, 'loose').push(1);
        },
        slow: async (at) => {
          await node.server(loose, pick(at)).call('slowAdd', 1, 5);
          notes(node, 'loose').push(1);
        },
        singleton: async () => {
          await node.server(leader).call('where');
          notes(node, 'singleton').push(1);
        },
        register: async (at) => {
          if (at > 40) return;
          await node.registry(names).register(key(at), { note: address });
          notes(node, 'names').push(key(at));
        },
        id: async () => void notes(node, 'ids').push(await node.sequence(ids).next()),
        publish: (at) => {
          node.broadcast(news(), { from: address, number: at });
          notes<number>(node, 'published')[0] = at;
        },
      };
      for (const [name, step] of Object.entries(loops)) void loop(name, step);
      notes<number>(node, 'loops')[0] = Object.keys(loops).length;
    },
    LOAD_KEYS,
    waitMs,
  );
}

/** How many messages the node has published so far. */
export function publishedBy(cluster: Cluster, id: NodeId): Promise<number> {
  return cluster.run(id, (node) => notes<number>(node, 'published')[0] ?? 0);
}

/** Ends the load and waits for what is under way. */
export async function endLoad(cluster: Cluster, id: NodeId): Promise<void> {
  await cluster.run(id, (node) => void notes(node, 'end').push(1));
  await cluster.waitFor(
    `the end of the load on ${id}`,
    () => cluster.run(id, (node) => notes(node, 'ended').length === notes<number>(node, 'loops')[0]),
    { deadlineMs: 20_000 },
  );
}

export function bookOf(cluster: Cluster, id: NodeId): Promise<Book> {
  return cluster.run(id, (node) => ({
    address: `${node.id}#${node.incarnation}`,
    owned: notes<string>(node, 'owned'),
    merged: notes<string>(node, 'merged'),
    updates: notes(node, 'updates'),
    kept: notes(node, 'kept'),
    loose: notes(node, 'loose'),
    singleton: notes(node, 'singleton'),
    names: notes<string>(node, 'names'),
    ids: notes<number>(node, 'ids'),
    published: notes<number>(node, 'published'),
    heard: notes<readonly [string, number]>(node, 'heard'),
    errors: notes<string>(node, 'errors'),
  }));
}

/** What the books together say must be there. */
export function total(books: readonly Book[], what: 'updates' | 'kept' | 'loose'): number {
  return books.reduce((sum, book) => sum + book[what].length, 0);
}

/** What a node has of what was acknowledged. */
export function standingAt(
  cluster: Cluster,
  id: NodeId,
  books: readonly Pick<Book, 'owned' | 'merged'>[],
): Promise<{ missing: string[]; updates: number; kept: number; loose: number }> {
  return cluster.run(
    id,
    async (node, keys, all) => ({
      missing: all.flatMap((book) => [
        ...book.owned.filter((key) => !node.cache(owned).has(key)),
        ...book.merged.filter((key) => !node.cache(merged).has(key)),
      ]),
      updates: keys.reduce((sum, key) => sum + (node.cache(counters).get(`load ${key}`) ?? 0), 0),
      kept: (await Promise.all(keys.map((key) => node.server(tallies, key).call('read')))).reduce((a, b) => a + b, 0),
      loose: (await Promise.all(keys.map((key) => node.server(loose, key).call('read')))).reduce((a, b) => a + b, 0),
    }),
    LOAD_KEYS,
    books.map(({ owned: ownedKeys, merged: mergedKeys }) => ({ owned: ownedKeys, merged: mergedKeys })),
  );
}
