/**
 * The app of the chaos runs: one of everything, whose servers, subscribers and loaders write what they do into the run's
 * history. Made anew for each run, because it holds that history.
 */
import * as z from 'zod';
import {
  type CacheDeclaration,
  cache,
  defineApp,
  type MusterNode,
  registry,
  Server,
  sequence,
  server,
  topic,
} from '../services/index.ts';
import type { History } from './history.ts';
import { type ChaosNotes, declarePressed, pressedActs } from './pressed.ts';

const Ids = z.array(z.number());
const Stamped = z.object({ id: z.number() });
const Held = z.object({ id: z.number() });
const Message = z.object({ from: z.string(), number: z.number() });
const Counted = z.object({ ids: Ids });
type Counted = z.infer<typeof Counted>;

export type ChaosApp = ReturnType<typeof makeChaosApp>;

export function addressOfNode(node: MusterNode): string {
  return `${node.id}#${node.incarnation}`;
}

export function makeChaosApp(history: History) {
  const about = 'chaos';
  const filled = 'by clients';
  const lists = cache('lists', { key: z.string(), value: Ids, writes: 'owner', filled, about });
  const registers = cache('registers', { key: z.string(), value: Stamped, writes: 'owner', filled, about });
  const slots = cache('slots', { key: z.string(), value: Stamped, writes: 'owner', filled, about });
  const loads = cache('loads', { key: z.string(), value: Stamped, writes: 'owner', filled, about });
  const merged = cache('merged', { key: z.string(), value: Stamped, writes: 'anywhere', filled, about });
  const names = registry('names', { key: z.string(), value: Held, about });
  const ids = sequence('ids', { block: 10, about });
  const news = topic('news', Message, { about });
  const rooms = topic('room:{name}', Message, { about });

  const notes: ChaosNotes = {
    note: (node, what, details) => void history.note(addressOfNode(node), what, details),
  };
  const pressed = declarePressed(notes);

  class Counter extends Server<number, Counted> {
    readonly #instance = history.nextId();

    #note(what: string, details: Record<string, unknown> = {}): void {
      const kind = this.kind();
      history.note(addressOfNode(this.node), what, { kind, key: this.key, instance: this.#instance, ...details });
    }
    protected kind(): string {
      return 'loose';
    }
    override init(kept: Counted | undefined): Counted {
      this.#note('server starts', { kept: kept?.ids.length ?? 0 });
      return kept ?? { ids: [] };
    }
    add(id: number): number[] {
      this.#note('server turn', { id });
      this.state = { ids: [...this.state.ids, id] };
      return this.state.ids;
    }
    async slowAdd(id: number, ms: number): Promise<number[]> {
      this.#note('server turn', { id });
      await new Promise<void>((resolve) => this.node.after(ms, resolve));
      this.#note('server turn ends', { id });
      this.state = { ids: [...this.state.ids, id] };
      return this.state.ids;
    }
    read(): number[] {
      return this.state.ids;
    }
    crash(id: number): never {
      this.#note('server crashes', { id });
      throw new Error('crashed as asked');
    }
    override terminate(reason: string): void {
      this.#note('server ends', { reason, count: this.state.ids.length });
    }
  }
  class Tally extends Counter {
    protected override kind(): string {
      return 'tally';
    }
  }
  const tally = server(
    'tally',
    { key: z.number(), placement: 'one per key', keeps: 'state', state: Counted, about },
    Tally,
  );
  const loose = server(
    'loose',
    { key: z.number(), placement: 'one per key', startsOnCall: true, state: Counted, about },
    Counter,
  );

  const uses = [lists, registers, slots, loads, merged, names, ids, news, rooms, tally, loose, ...pressed.pressedUses];
  const app = defineApp({ uses }, async (node) => {
    const self = addressOfNode(node);
    history.note(self, 'app starts', shownOwned(node, lists, registers, slots));
    const install = (): void => {
      const { epoch, members } = node.view();
      history.note(self, 'view', {
        epoch,
        members: members.map(({ id, incarnation, state }) => `${id}#${incarnation} ${state}`),
      });
    };
    install();
    node.onView(install);
    const applied =
      (table: string) =>
      ({ key, after }: { key: string; after: unknown }): void => {
        history.note(self, 'applied', { table, key, after: after === undefined ? null : JSON.stringify(after) });
      };
    node.cache(lists).watch(applied('lists'));
    for (const table of [registers, slots, loads]) node.cache(table).watch(applied(table.name));
    const subscription = history.nextId();
    await node.subscribe(news(), (message, { origin }) => {
      history.note(self, 'heard', { subscription, topic: 'news', origin, ...message });
    });
    history.note(self, 'subscribed', { subscription, topic: 'news' });
    await pressed.startPressed(node);
  });
  return {
    ...pressed,
    acts: pressedActs(pressed, notes),
    app,
    lists,
    registers,
    slots,
    loads,
    merged,
    names,
    ids,
    news,
    rooms,
    tally,
    loose,
  };
}

type Owned<V> = CacheDeclaration<string, V, 'owner'>;

function shownOwned(
  node: MusterNode,
  lists: Owned<number[]>,
  registers: Owned<{ id: number }>,
  slots: Owned<{ id: number }>,
): Record<string, unknown> {
  const ids = (table: Owned<{ id: number }>): Record<string, number> =>
    Object.fromEntries([...node.cache(table).entries()].map(([key, { id }]) => [key, id]));
  return {
    lists: Object.fromEntries(node.cache(lists).entries()),
    registers: ids(registers),
    slots: ids(slots),
  };
}
