/**
 * What each kind of operation does on a node: a table, kind → act. An operation goes to its node as plain data and its
 * result comes back as plain data, so this runs in a simulation and in a node's thread.
 */
import { MusterError } from '../base/index.ts';
import type { MusterNode, Registration } from '../services/index.ts';
import type { ChaosApp } from './app.ts';
import { addressOfNode } from './notes.ts';
import { pressedActs } from './pressed.ts';

/** An operation as it is sent to the node that runs it. */
export interface Asked {
  readonly id: number;
  readonly kind: string;
  readonly key: string;
  readonly input: unknown;
}

/** The keys of servers: few, so that each has many calls. */
export const SERVERS = [1, 2];

export type Perform = (node: MusterNode, asked: Asked) => Promise<unknown>;

/** Its `input` is what the act reads of it. */
type Act = (node: MusterNode, asked: Asked & { readonly input: never }) => Promise<unknown>;

/** Makes the one function that performs operations of this app. Registrations are kept in it until they are given up. */
export function makePerform(chaos: ChaosApp): Perform {
  const acts: Readonly<Record<string, Act>> = {
    ...ownedActs(chaos),
    ...mergedActs(chaos),
    ...nameActs(chaos),
    ...serverActs(chaos),
    ...topicActs(chaos),
    ...pressedActs(chaos, chaos.notebook),
    'next id': (node) => node.sequence(chaos.ids).next(),
    reserve: (node, { key }) => node.store.reserve(key, 1),
  };
  return async (node, asked) => {
    const act = acts[asked.kind];
    if (!act) throw new MusterError('UnknownOperation', `the chaos app has no operation ${asked.kind}`);
    return act(node, asked as never);
  };
}

function ownedActs({ lists, registers, slots, loads, notebook }: ChaosApp): Record<string, Act> {
  return {
    append: (node, { id, key }) => node.cache(lists).update(key, (list) => [...(list ?? []), id]),
    put: async (node, { id, key }) => void (await node.cache(registers).put(key, { id })),
    delete: (node, { key }) => node.cache(registers).delete(key),
    read: async (node, { key }) => (await node.cache(registers).read(key))?.id ?? null,
    get: async (node, { key }) => node.cache(registers).get(key)?.id ?? null,
    insert: async (node, { id, key }) => {
      const { inserted, value } = await node.cache(registers).insertNew(key, { id });
      return [inserted, value.id];
    },
    // The result is what was there when it wrote.
    swap: async (node, { id, key }) => {
      let seen: number | null = null;
      await node.cache(registers).update(key, (current) => {
        seen = current?.id ?? null;
        return { id };
      });
      return seen;
    },
    'claim slot': async (node, { id, key }) => {
      const { inserted, value } = await node.cache(slots).insertNew(key, { id });
      return [inserted, value.id];
    },
    load: async (node, { id, key, input }: Asked & { input: { ms: number; fails: boolean } }) => {
      const load = async (): Promise<{ id: number }> => {
        notebook.note(node, 'load begins', { key, id });
        await new Promise<void>((resolve) => node.after(input.ms, resolve));
        notebook.note(node, 'load ends', { key, id });
        if (input.fails) throw new MusterError('LoadFailed', 'as asked');
        return { id };
      };
      return (await node.cache(loads).getOrLoad(key, load)).id;
    },
    unload: (node, { key }) => node.cache(loads).delete(key),
  };
}

/**
 * What they saw at the key says which writes they came after, whatever the clocks say. The write's stamp is between the two
 * looks at the wall, which are one in a simulation.
 */
function mergedActs({ merged }: ChaosApp): Record<string, Act> {
  const write = (
    node: MusterNode,
    key: string,
    act: () => void,
  ): { wall: number; until: number; seen: number | null } => {
    const seen = node.cache(merged).get(key)?.id ?? null;
    const wall = node.wall();
    act();
    return { wall, until: node.wall(), seen };
  };
  return {
    'merged put': async (node, { id, key }) => write(node, key, () => node.cache(merged).put(key, { id })),
    'merged delete': async (node, { key }) => write(node, key, () => void node.cache(merged).delete(key)),
  };
}

function nameActs({ names, notebook }: ChaosApp): Record<string, Act> {
  // A life has its own: in a simulation all lives share this.
  const held = new Map<string, Registration<string, { id: number }>>();
  const idOf = (node: MusterNode, register: number): string => `${addressOfNode(node)}/${register}`;
  return {
    register: async (node, { id, key }) => {
      held.set(idOf(node, id), await node.registry(names).register(key, { id }));
      return null;
    },
    unregister: async (node, { input }: Asked & { input: { register: number } }) => {
      const registration = held.get(idOf(node, input.register));
      held.delete(idOf(node, input.register));
      if (!registration) throw new MusterError('NameLost', 'the life that held the name is over');
      await registration.unregister();
    },
    'look up': async (node, { key }) => {
      const shown = node
        .registry(names)
        .select()
        .map((entry) => [entry.key, entry.holder]);
      const holders = Object.fromEntries(shown);
      const one = node.registry(names).lookup(key);
      if (one) holders[key] = one.holder;
      notebook.note(node, 'looked up', { holders, members: node.view().addresses() });
    },
  };
}

function serverActs({ tally, loose }: ChaosApp): Record<string, Act> {
  const add =
    (kind: ChaosApp['tally']): Act =>
    (node, { id, key, input }: Asked & { input: { slowMs?: number; deadlineMs?: number } }) => {
      const { slowMs, deadlineMs } = input;
      const handle = node.server(kind, Number(key)).with(deadlineMs === undefined ? {} : { deadlineMs });
      return slowMs === undefined ? handle.call('add', id) : handle.call('slowAdd', id, slowMs);
    };
  const crash =
    (kind: ChaosApp['tally']): Act =>
    (node, { id, key }) =>
      node.server(kind, Number(key)).call('crash', id);
  return {
    'start servers': async (node) => {
      for (const key of SERVERS) await node.server(tally, key).start();
    },
    'tally add': add(tally),
    'loose add': add(loose),
    'crash tally': crash(tally),
    'crash loose': crash(loose),
  };
}

function topicActs({ news, rooms, notebook }: ChaosApp): Record<string, Act> {
  const topicOf = (key: string) => (key === 'news' ? news() : rooms(key));
  return {
    publish: async (node, { id, key }) => void node.broadcast(topicOf(key), { from: addressOfNode(node), number: id }),
    // Hears for a while, then no more; that goes on when the operation has returned.
    subscribe: async (node, { id, key, input }: Asked & { input: { forMs: number } }) => {
      const subscription = `${addressOfNode(node)}/${id}`;
      const handle = await node.subscribe(rooms(key), (message, { origin }) => {
        notebook.note(node, 'heard', { subscription, topic: key, origin, ...message });
      });
      notebook.note(node, 'subscribed', { subscription, topic: key });
      node.after(input.forMs, () => {
        notebook.note(node, 'unsubscribed', { subscription, topic: key });
        handle.unsubscribe();
      });
      return null;
    },
  };
}
