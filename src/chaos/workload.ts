/**
 * Clients on every node that run mixed operations, one after the other each, and write them into the history. A client
 * lives as long as the run; while its node is down it waits.
 */
import { InvalidValue, integerBetween, MusterError, type RandomSource } from '../base/index.ts';
import type { SimulatedCluster } from '../cluster/index.ts';
import type { MusterNode, Registration } from '../services/index.ts';
import { addressOfNode, type ChaosApp } from './app.ts';
import type { History, Operation } from './history.ts';

export const DEADLINE_MS = 5_000;

interface Context {
  readonly node: MusterNode;
  readonly app: ChaosApp;
  readonly history: History;
  readonly random: RandomSource;
}

type Act = (context: Context) => Promise<void>;

/** Runs one operation: writes it down, waits for it, writes down how it ended. */
async function run<T>(
  { node, history }: Context,
  kind: string,
  key: string | number,
  input: unknown,
  act: (id: number) => Promise<T>,
  shown: (value: T) => unknown = (value) => value,
): Promise<T | undefined> {
  const id = history.nextId();
  const operation = history.begin(addressOfNode(node), kind, key, input, id);
  try {
    const value = await act(id);
    history.succeed(operation, shown(value));
    return value;
  } catch (error) {
    history.fail(operation, outcomeOf(kind, error), describe(error));
    return undefined;
  }
}

const WITHOUT_EFFECT = new Set([
  'InvalidValue',
  'Overloaded',
  'NameTaken',
  'NoSuchServer',
  'ServerFailed',
  'Refused',
  'NameLost',
]);

function outcomeOf(kind: string, error: unknown): 'refused' | 'unknown' {
  if (!(error instanceof MusterError)) return 'unknown';
  if (error.details.outcome === 'not-run') return 'refused';
  if (WITHOUT_EFFECT.has(error.code)) return 'refused';
  return kind === 'crash' ? 'refused' : 'unknown';
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

const pick = <T>(random: RandomSource, from: readonly T[]): T => from[integerBetween(random, 0, from.length - 1)]!;
const KEYS = ['a', 'b', 'c'];
/** Shorter than a node may be paused, so that callers give up on servers that go on. */
const IMPATIENT_MS = 200;

async function append(context: Context): Promise<void> {
  const { node, app, random } = context;
  const key = pick(random, KEYS);
  await run(context, 'append', key, null, (id) => node.cache(app.lists).update(key, (list) => [...(list ?? []), id]));
}

/** Several at once from one node, so that they travel together. */
async function appendMany(context: Context): Promise<void> {
  await Promise.all(Array.from({ length: 4 }, () => append(context)));
}

async function put(context: Context): Promise<void> {
  const { node, app, random } = context;
  const key = pick(random, KEYS);
  await run(context, 'put', key, null, (id) => node.cache(app.registers).put(key, { id }));
}

async function remove(context: Context): Promise<void> {
  const { node, app, random } = context;
  const key = pick(random, KEYS);
  await run(context, 'delete', key, null, () => node.cache(app.registers).delete(key));
}

async function read(context: Context): Promise<void> {
  const { node, app, random } = context;
  const key = pick(random, KEYS);
  await run(
    context,
    'read',
    key,
    null,
    () => node.cache(app.registers).read(key),
    (value) => value?.id ?? null,
  );
}

async function insert(context: Context): Promise<void> {
  const { node, app, random } = context;
  const key = pick(random, KEYS);
  const shown = ({ inserted, value }: { inserted: boolean; value: { id: number } }): unknown => [inserted, value.id];
  await run(context, 'insert', key, null, (id) => node.cache(app.registers).insertNew(key, { id }), shown);
}

/** Writes only over what it saw: the result says what that was. */
async function swap(context: Context): Promise<void> {
  const { node, app, random } = context;
  const key = pick(random, KEYS);
  let seen: number | null = null;
  const act = (id: number): Promise<unknown> =>
    node.cache(app.registers).update(key, (current) => {
      seen = current?.id ?? null;
      return { id };
    });
  await run(context, 'swap', key, null, act, () => seen);
}

async function claimSlot(context: Context): Promise<void> {
  const { node, app, random } = context;
  const key = `slot${integerBetween(random, 1, 12)}`;
  const shown = ({ inserted, value }: { inserted: boolean; value: { id: number } }): unknown => [inserted, value.id];
  await run(context, 'claim slot', key, null, (id) => node.cache(app.slots).insertNew(key, { id }), shown);
}

async function get(context: Context): Promise<void> {
  const { node, app, random } = context;
  const key = pick(random, KEYS);
  await run(context, 'get', key, null, async () => node.cache(app.registers).get(key)?.id ?? null);
}

async function load(context: Context): Promise<void> {
  const { node, app, random, history } = context;
  const key = pick(random, KEYS);
  const self = addressOfNode(node);
  const ms = integerBetween(random, 0, 60);
  const fails = random() < 0.1;
  const act = (id: number): Promise<{ id: number }> =>
    node.cache(app.loads).getOrLoad(key, async () => {
      history.note(self, 'load begins', { key, id });
      await new Promise<void>((resolve) => node.after(ms, resolve));
      history.note(self, 'load ends', { key, id });
      if (fails) throw new MusterError('LoadFailed', 'as asked');
      return { id };
    });
  await run(context, 'load', key, null, act, (value) => value.id);
}

async function unload(context: Context): Promise<void> {
  const { node, app, random } = context;
  const key = pick(random, KEYS);
  await run(context, 'unload', key, null, () => node.cache(app.loads).delete(key));
}

async function mergedPut(context: Context): Promise<void> {
  const { node, app, random } = context;
  const key = pick(random, KEYS);
  const wall = node.wall();
  await run(context, 'merged put', key, { wall }, async (id) => node.cache(app.merged).put(key, { id }));
}

async function mergedDelete(context: Context): Promise<void> {
  const { node, app, random } = context;
  const key = pick(random, KEYS);
  const wall = node.wall();
  await run(context, 'merged delete', key, { wall }, async () => node.cache(app.merged).delete(key));
}

async function hold(context: Context): Promise<void> {
  const { node, app, random } = context;
  const key = pick(random, KEYS);
  const register = (id: number): Promise<Registration<string, { id: number }>> =>
    node.registry(app.names).register(key, { id });
  const registration = await run(context, 'register', key, null, register, () => null);
  if (!registration) return;
  await new Promise<void>((resolve) => node.after(integerBetween(random, 0, 120), resolve));
  if (random() < 0.3) return;
  await run(context, 'unregister', key, null, () => registration.unregister());
}

function inputOf(slow: boolean, impatient: boolean): { slow: boolean; deadlineMs?: number } {
  return { slow, ...(impatient && { deadlineMs: IMPATIENT_MS }) };
}

async function tallyAdd(context: Context): Promise<void> {
  const { node, app, random } = context;
  const key = integerBetween(random, 1, 2);
  const slow = random() < 0.3;
  const impatient = random() < 0.1;
  const handle = node.server(app.tally, key).with(impatient ? { deadlineMs: IMPATIENT_MS } : {});
  await run(context, 'tally add', key, inputOf(slow, impatient), (id) =>
    slow ? handle.call('slowAdd', id, 25) : handle.call('add', id),
  );
}

async function looseAdd(context: Context): Promise<void> {
  const { node, app, random } = context;
  const key = integerBetween(random, 1, 2);
  const slow = random() < 0.3;
  const impatient = random() < 0.1;
  const handle = node.server(app.loose, key).with(impatient ? { deadlineMs: IMPATIENT_MS } : {});
  await run(context, 'loose add', key, inputOf(slow, impatient), (id) =>
    slow ? handle.call('slowAdd', id, 25) : handle.call('add', id),
  );
}

async function crashServer(context: Context): Promise<void> {
  const { node, app, random } = context;
  if (random() < 0.8) return;
  const key = integerBetween(random, 1, 2);
  const kind = random() < 0.7 ? app.tally : app.loose;
  await run(context, 'crash', `${kind.name}/${key}`, null, (id) => node.server(kind, key).call('crash', id));
}

async function nextId(context: Context): Promise<void> {
  const { node, app } = context;
  await run(context, 'next id', 'ids', null, () => node.sequence(app.ids).next());
}

async function publish(context: Context): Promise<void> {
  const { node, app, random } = context;
  const room = pick(random, KEYS);
  const toRoom = random() < 0.5;
  const from = addressOfNode(node);
  await run(context, 'publish', toRoom ? `room ${room}` : 'news', null, async (number) => {
    node.broadcast(toRoom ? app.rooms(room) : app.news(), { from, number });
  });
}

async function listen(context: Context): Promise<void> {
  const { node, app, random, history } = context;
  const room = pick(random, KEYS);
  const self = addressOfNode(node);
  const topic = `room ${room}`;
  const subscribe = (subscription: number): ReturnType<MusterNode['subscribe']> =>
    node.subscribe(app.rooms(room), (message, { origin }) => {
      history.note(self, 'heard', { subscription, topic, origin, ...message });
    });
  let subscription = 0;
  const handle = await run(
    context,
    'subscribe',
    topic,
    null,
    (id) => {
      subscription = id;
      return subscribe(id);
    },
    () => null,
  );
  if (!handle) return;
  history.note(self, 'subscribed', { subscription, topic });
  await new Promise<void>((resolve) => node.after(integerBetween(random, 50, 900), resolve));
  history.note(self, 'unsubscribed', { subscription, topic });
  handle.unsubscribe();
}

async function perform(context: Context, kind: string, key: string, input: unknown): Promise<void> {
  const { node, app } = context;
  await run(context, kind, key, input, (id) => app.acts[kind]!(node, { id, key, input }));
}

async function publishBurst(context: Context): Promise<void> {
  await perform(context, 'publish burst', 'burst', null);
}

async function flood(context: Context): Promise<void> {
  await perform(context, 'flood', 'flood', null);
}

async function crowd(context: Context): Promise<void> {
  await perform(context, 'crowd', 'guard', null);
}

async function pass(context: Context): Promise<void> {
  await perform(context, 'pass', 'guard', { slowMs: integerBetween(context.random, 0, 60) });
}

async function lookUp({ node, app, history }: Context): Promise<void> {
  const holders = Object.fromEntries(
    node
      .registry(app.names)
      .select()
      .map(({ key, holder }) => [key, holder]),
  );
  for (const key of KEYS) {
    const holder = node.registry(app.names).lookup(key)?.holder;
    if (holder !== undefined) holders[key] = holder;
  }
  const members = node.view().addresses();
  history.note(addressOfNode(node), 'looked up', { holders, members });
}

const ACTS: readonly Act[] = [
  append,
  appendMany,
  put,
  remove,
  read,
  insert,
  swap,
  claimSlot,
  get,
  load,
  unload,
  mergedPut,
  mergedDelete,
  hold,
  tallyAdd,
  looseAdd,
  nextId,
  publish,
  listen,
  publishBurst,
  pass,
  lookUp,
];

/** Dear ones, which few runs have. */
const HEAVY: readonly Act[] = [crashServer, flood, crowd];

/** The operations of these names. Throws for a name that none has. */
export function actsNamed(names: readonly string[]): readonly Act[] {
  return names.map((name) => {
    const act = [...ACTS, ...HEAVY].find((candidate) => candidate.name === name);
    if (!act) throw new InvalidValue('pressure', `no operation is called ${name}`);
    return act;
  });
}

/** Which operations this run has, and how often: a draw per seed, so that some runs press one thing hard. */
export function drawActs(random: RandomSource): readonly Act[] {
  const chosen = ACTS.filter(() => random() < 0.6);
  const acts = chosen.length > 0 ? chosen : ACTS;
  return random() < 0.4 ? [...acts, crashServer] : acts;
}

export interface Workload {
  readonly cluster: SimulatedCluster;
  readonly app: ChaosApp;
  readonly history: History;
  readonly acts: readonly Act[];
  readonly pauseMs: number;
}

/** Lists grow with every operation on them; past this a run costs more than it can find. */
const MOST_OPERATIONS = 1_000;

/** One client of one node, until `untilMs` of virtual time. */
export async function client(workload: Workload, id: string, random: RandomSource, untilMs: number): Promise<void> {
  const { cluster, app, history, acts, pauseMs } = workload;
  while (cluster.now() < untilMs && history.operations.length < MOST_OPERATIONS) {
    await cluster.advance(integerBetween(random, 1, pauseMs * 2));
    const status = cluster.nodes().find((node) => node.id === id);
    if (status?.state !== 'up') continue;
    const act = pick(random, acts);
    const address = `${id}#${status.incarnation}`;
    try {
      await cluster.run(id, (node) => act({ node, app, history, random }));
    } catch (error) {
      if (!(error instanceof MusterError && error.code === 'NodeDown')) throw error;
      for (const operation of openOf(history, address)) history.fail(operation, 'unknown', 'its node is gone');
    }
  }
}

function openOf(history: History, address: string): Operation[] {
  return history.operations.filter(({ node, outcome }) => node === address && outcome === 'open');
}
