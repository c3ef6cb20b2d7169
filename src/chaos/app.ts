/**
 * The app of the chaos runs: one of everything, whose servers, subscribers and loaders note what they do. Made anew for each
 * run in a simulation, once in each node's thread.
 */
import * as z from 'zod';
import {
  cache,
  defineApp,
  type MusterNode,
  registry,
  Server,
  type ServerDeclaration,
  sequence,
  server,
  topic,
} from '../services/index.ts';
import { addressOfNode, type Notebook } from './notes.ts';
import { declarePressed } from './pressed.ts';

const Ids = z.array(z.number());
const Stamped = z.object({ id: z.number() });
const Message = z.object({ from: z.string(), number: z.number() });
const Counted = z.object({ ids: Ids });
type Counted = z.infer<typeof Counted>;

type Details = Record<string, unknown>;

export type ChaosApp = ReturnType<typeof makeChaosApp>;

export function makeChaosApp(notebook: Notebook) {
  const declared = { ...declareTables(), ...declareServers(notebook), ...declarePressed(notebook) };
  const { lists, registers, slots, loads, merged, names, ids, news, rooms, tally, loose } = declared;
  const uses = [lists, registers, slots, loads, merged, names, ids, news, rooms, tally, loose, ...declared.pressedUses];
  const app = defineApp({ uses }, async (node) => {
    notebook.note(node, 'app starts', shownOwned(node, declared));
    noteViews(node, notebook);
    for (const table of [lists, registers, slots, loads]) {
      const shown = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));
      node.cache(table as typeof registers).watch(({ key, after }) => {
        notebook.note(node, 'applied', { table: table.name, key, after: shown(after) });
      });
    }
    const subscription = `${addressOfNode(node)}/news`;
    await node.subscribe(news(), (message, { origin }) => {
      notebook.note(node, 'heard', { subscription, topic: 'news', origin, ...message });
    });
    notebook.note(node, 'subscribed', { subscription, topic: 'news' });
    await declared.startPressed(node);
  });
  return { ...declared, app, notebook };
}

function declareTables() {
  const about = 'chaos';
  const filled = 'by clients';
  return {
    lists: cache('lists', { key: z.string(), value: Ids, writes: 'owner', filled, about }),
    registers: cache('registers', { key: z.string(), value: Stamped, writes: 'owner', filled, about }),
    slots: cache('slots', { key: z.string(), value: Stamped, writes: 'owner', filled, about }),
    loads: cache('loads', { key: z.string(), value: Stamped, writes: 'owner', filled, about }),
    merged: cache('merged', { key: z.string(), value: Stamped, writes: 'anywhere', filled, about }),
    names: registry('names', { key: z.string(), value: Stamped, about }),
    ids: sequence('ids', { block: 10, about }),
    news: topic('news', Message, { about }),
    rooms: topic('room:{name}', Message, { about }),
  };
}

/** The messages that the servers of the chaos app understand. */
export abstract class Counting extends Server<number, Counted> {
  abstract add(id: number): number[];
  abstract slowAdd(id: number, ms: number): Promise<number[]>;
  abstract read(): number[];
  abstract crash(id: number): never;
}

type CountingServer = ServerDeclaration<number, Counted, Counting>;

function declareServers(notebook: Notebook): { readonly tally: CountingServer; readonly loose: CountingServer } {
  const about = 'chaos';
  const key = z.number();
  const started = new Map<string, number>();

  /** Adds ids to a list, at once or across an await, and notes each turn. */
  class Counter extends Counting {
    #instance = '';

    #note(what: string, details: Record<string, unknown> = {}): void {
      const kind = this.kind();
      notebook.note(this.node, what, { kind, key: this.key, instance: this.#instance, ...details });
    }
    protected kind(): string {
      return 'loose';
    }
    override init(kept: Counted | undefined): Counted {
      const address = addressOfNode(this.node);
      const number = (started.get(address) ?? 0) + 1;
      started.set(address, number);
      this.#instance = `${address}/${number}`;
      this.#note('server starts', { kept: kept?.ids.length ?? 0, token: this.token });
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
  return {
    tally: server('tally', { key, placement: 'one per key', keeps: 'state', state: Counted, about }, Tally),
    loose: server('loose', { key, placement: 'one per key', startsOnCall: true, state: Counted, about }, Counter),
  };
}

function noteViews(node: MusterNode, notebook: Notebook): void {
  const note = (): void => {
    const { epoch, members } = node.view();
    const shown = members.map(({ id, incarnation, state }) => `${id}#${incarnation} ${state}`);
    notebook.note(node, 'view', { epoch, members: shown });
  };
  note();
  node.onView(note);
  node.onStanding((standing) => notebook.note(node, 'standing', { standing }));
}

/** What a node has when its app starts. */
function shownOwned(node: MusterNode, { lists, registers, slots }: ReturnType<typeof declareTables>): Details {
  const ids = (table: typeof slots): Details =>
    Object.fromEntries([...node.cache(table).entries()].map(([key, { id }]) => [key, id]));
  return { lists: Object.fromEntries(node.cache(lists).entries()), registers: ids(registers), slots: ids(slots) };
}
