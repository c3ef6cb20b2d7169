/** What the clients of a chaos run do: acts of one operation of the chaos app or a few, on few keys. */
import { InvalidValue, type NodeId, type RandomSource } from '../base/index.ts';
import { Client, type ClientOptions } from './client.ts';
import type { Operation } from './history.ts';
import { type Asked, SERVERS } from './perform.ts';

/** A client whose node runs operations of the chaos app. */
export class ChaosClient extends Client {
  readonly #perform: (id: NodeId, asked: Asked) => Promise<unknown>;

  constructor(options: ClientOptions, perform: (id: NodeId, asked: Asked) => Promise<unknown>) {
    super(options);
    this.#perform = perform;
  }

  /** Has its node run an operation. Undefined when the node is not up; never rejects. */
  ask(kind: string, key: string | number, input: unknown = null): Promise<Operation | undefined> {
    return this.record(kind, key, input, (operation) => this.#perform(this.id, operation));
  }
}

const KEYS_LAST_MS = 15_000;
/** Shorter than a node may be paused, so that callers give up on servers that go on. */
const IMPATIENT_MS = 200;
const SLOW_TURN_MS = 25;

/** One of few keys, which change with time: so that there is contention, and no key's history grows for ever. */
function keyOf(client: ChaosClient): string {
  const window = Math.floor(client.cluster.now() / KEYS_LAST_MS);
  const before = window > 0 && client.chance(0.15) ? 1 : 0;
  return `${client.pick(['a', 'b', 'c'])}${window - before}`;
}

/** One thing that a client does: one operation or a few. */
export type Act = (client: ChaosClient) => Promise<unknown>;

/** Several at once from one node, so that they travel together. */
const appendMany: Act = (client) => Promise.all(Array.from({ length: 4 }, () => client.ask('append', keyOf(client))));

const load: Act = (client) =>
  client.ask('load', keyOf(client), { ms: client.between(0, 60), fails: client.chance(0.1) });

const hold: Act = async (client) => {
  const key = keyOf(client);
  const register = await client.ask('register', key);
  if (register?.outcome !== 'ok') return;
  await client.advance(client.between(0, 120));
  if (client.chance(0.7)) await client.ask('unregister', key, { register: register.id });
};

const addTo =
  (kind: 'tally add' | 'loose add'): Act =>
  (client) =>
    client.ask(kind, client.pick(SERVERS), {
      ...(client.chance(0.3) && { slowMs: SLOW_TURN_MS }),
      ...(client.chance(0.1) && { deadlineMs: IMPATIENT_MS }),
    });

const crashServer: Act = async (client) => {
  if (client.chance(0.2)) await client.ask(client.chance(0.7) ? 'crash tally' : 'crash loose', client.pick(SERVERS));
};

const simple =
  (kind: string): Act =>
  (client) =>
    client.ask(kind, keyOf(client));

/** So often in a run, one at a time. */
const atMost =
  (times: number, kind: string): Act =>
  async (client) => {
    const all = client.history.of(kind);
    if (all.length < times && all.every(({ outcome }) => outcome !== 'open')) await client.ask(kind, kind);
  };

const ROOMS = ['room1', 'room2', 'room3'];

const ACTS: Readonly<Record<string, Act>> = {
  append: simple('append'),
  'append many': appendMany,
  ...Object.fromEntries(['put', 'delete', 'read', 'insert', 'swap', 'get'].map((kind) => [kind, simple(kind)])),
  'claim slot': (client) => client.ask('claim slot', `${keyOf(client)}${client.between(1, 4)}`),
  load,
  unload: simple('unload'),
  'merged put': simple('merged put'),
  'merged put apart': (client) => client.ask('merged put', `${keyOf(client)}${client.between(1, 50)}`),
  'merged delete': simple('merged delete'),
  hold,
  'look up': simple('look up'),
  'tally add': addTo('tally add'),
  'loose add': addTo('loose add'),
  pass: (client) => client.ask('pass', 'guard', { slowMs: client.between(0, 60) }),
  'next id': (client) => client.ask('next id', 'ids'),
  publish: (client) => client.ask('publish', client.chance(0.5) ? client.pick(ROOMS) : 'news'),
  'publish burst': simple('publish burst'),
  subscribe: (client) =>
    client.ask('subscribe', client.pick(ROOMS), { forMs: Math.round(50 * 400 ** client.random()) }),
};

/** What few runs have, because it costs much or spoils much. */
const SELDOM: Readonly<Record<string, Act>> = {
  'crash server': crashServer,
  'pass slowly': (client) => client.ask('pass', 'guard', { slowMs: client.between(2_000, 4_500) }),
  // Of the store, as an app may that asks no server first. Fails in a run without a store.
  reserve: (client) => client.ask('reserve', 'marks'),
  flood: atMost(4, 'flood'),
  crowd: atMost(2, 'crowd'),
};

/** Which operations this run has, and how often: a draw per seed, so that some runs press one thing hard. */
export function drawActs(random: RandomSource): readonly Act[] {
  const all = Object.values(ACTS);
  const chosen = all.filter(() => random() < 0.6);
  const acts = chosen.length > 0 ? chosen : all;
  return random() < 0.4 ? [...acts, crashServer] : acts;
}

/** The acts of these names. Throws `InvalidValue` for a name that none has. */
export function actsNamed(names: readonly string[]): readonly Act[] {
  const known = { ...ACTS, ...SELDOM };
  return names.map((name) => {
    const act = known[name];
    if (!act) throw new InvalidValue('acts', `expected some of ${Object.keys(known).join(', ')}; got ${name}`);
    return act;
  });
}
