/** The benchmark harness: takes turns, divides ours by theirs, believes no incomplete round. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bareTakeover, bareWorkers } from '../../benchmarks/baselines/bare-workers.ts';
import { calling, callingInTurn } from '../../benchmarks/baselines/calls.ts';
import { limit, limitOfPuts, rawBroadcastChannel } from '../../benchmarks/baselines/fan-out.ts';
import { mapGet } from '../../benchmarks/baselines/maps.ts';
import { checkHeld, transfer } from '../../benchmarks/baselines/transfer.ts';
import { type Measured, measure, type Scenario, Skipped, type Subject, summarize } from '../../benchmarks/harness.ts';
import { table } from '../../benchmarks/report/table.ts';

const EFFORT = { quick: true, rounds: 4, warmUps: 1 };
const silent = (): void => {};

function scenario(subjects: Scenario['subjects']): Scenario {
  return { name: 'a/b', nodes: 4, size: { full: 100, quick: 10 }, unit: 'ms', better: 'lower', subjects };
}

function subject(name: string, round: (number: number) => number | Measured, log: string[] = []): Subject {
  let rounds = 0;
  return {
    name,
    round: async () => {
      log.push(name);
      return round(rounds++);
    },
    close: async () => void log.push(`${name} closed`),
  };
}

test('median, min and max of odd and even counts', () => {
  assert.deepEqual(summarize([3, 1, 2]), { median: 2, min: 1, max: 3 });
  assert.deepEqual(summarize([10, 1, 2, 3]), { median: 2.5, min: 1, max: 10 });
});

test('the result has the documented form; the ratio is ours divided by the baseline; warm-ups do not count', async () => {
  const ours = async (): Promise<Subject> => subject('muster', (round) => (round === 0 ? 1_000 : 30));
  const theirs = async (): Promise<Subject> => subject('bare', (round) => (round === 0 ? 1_000 : 10));
  const result = await measure(scenario([ours, theirs]), EFFORT, silent);
  assert.deepEqual(result, {
    scenario: 'a/b',
    nodes: 4,
    size: 10,
    unit: 'ms',
    better: 'lower',
    ours: { median: 30, min: 30, max: 30 },
    baselines: { bare: { median: 10, min: 10, max: 10 } },
    ratio: { bare: 3 },
  });
  assert.match(
    table([result]),
    /a\/b +4 +10 +muster +30 ms +30 – 30 +\(lower is better\)\n +bare +10 ms +10 – 10 +3\n/,
  );
});

test('further figures have their own median and spread; who is not here is told with its reason', async () => {
  const ours = async (): Promise<Subject> =>
    subject('muster', (round) => ({ figure: 30, also: { 'p99 ms': round, ...(round === 2 && { drops: 7 }) } }));
  const theirs = async (): Promise<Subject> => subject('bare', () => 10);
  const absent = async (): Promise<Subject> => {
    throw new Skipped('erlang', 'no erl on this machine');
  };
  const result = await measure(scenario([ours, absent, theirs]), EFFORT, silent);
  assert.deepEqual(result.ratio, { bare: 3 });
  assert.deepEqual(result.also, {
    muster: { 'p99 ms': { median: 2.5, min: 1, max: 4 }, drops: { median: 7, min: 7, max: 7 } },
  });
  assert.deepEqual(result.skipped, { erlang: 'no erl on this machine' });
  assert.match(
    table([result]),
    /muster +30 ms.*\n +2.5 p99 ms +1 – 4\n +7 drops.*\n +bare +10 ms.*\n +erlang +skipped +no erl/,
  );
});

test('peers are measured after the subjects, each alone; one that is not here is told', async () => {
  const log: string[] = [];
  const make = (name: string) => async (): Promise<Subject> => subject(name, () => 1, log);
  const absent = async (): Promise<Subject> => {
    throw new Skipped('erlang', 'no erl on this machine');
  };
  const peers = [make('peer'), absent, make('other')];
  const result = await measure({ ...scenario([make('a'), make('b')]), peers }, { ...EFFORT, rounds: 1 }, silent);
  const closed = (name: string): string => `${name} closed`;
  const turns = ['a', 'b', 'b', 'a', closed('a'), closed('b')];
  assert.deepEqual(log, [...turns, 'peer', 'peer', closed('peer'), 'other', 'other', closed('other')]);
  assert.deepEqual(Object.keys(result.baselines), ['b', 'peer', 'other']);
  assert.deepEqual(Object.keys(result.skipped!), ['erlang']);
});

test('a subject that fails to start for another reason fails the scenario, and the others are closed', async () => {
  const log: string[] = [];
  const broken = async (): Promise<Subject> => {
    throw new Error('no such thing');
  };
  await assert.rejects(measure(scenario([async () => subject('a', () => 1, log), broken]), EFFORT, silent), /no such/);
  assert.deepEqual(log, ['a closed']);
});

test('a scenario may say how many rounds it takes, and for how long one may last', async () => {
  const log: string[] = [];
  const short = { ...scenario([async () => subject('a', () => 1, log)]), effort: { rounds: 1, warmUps: 0 } };
  await measure(short, EFFORT, silent);
  assert.deepEqual(log, ['a', 'a closed']);
  const never = { ...subject('a', () => 1), round: () => new Promise<number>(() => {}) };
  await assert.rejects(measure({ ...scenario([async () => never]), deadlineMs: 20 }, EFFORT, silent), /within 20 ms/);
});

test('subjects take turns, begin by turns, and are closed', async () => {
  const log: string[] = [];
  const make = (name: string) => async (): Promise<Subject> => subject(name, () => 1, log);
  await measure(scenario([make('a'), make('b')]), { ...EFFORT, rounds: 2 }, silent);
  assert.deepEqual(log, ['a', 'b', 'b', 'a', 'a', 'b', 'a closed', 'b closed']);
});

test('a round that is not complete fails the run, names itself, and what was started is closed', async () => {
  const log: string[] = [];
  const fails = async (): Promise<Subject> => ({
    ...subject('half', () => 1, log),
    round: () => Promise.reject(new Error('9 of 10 keys')),
  });
  await assert.rejects(measure(scenario([fails]), EFFORT, silent), /a\/b, half: 9 of 10 keys/);
  assert.deepEqual(log, ['half closed']);
});

const BASELINES = {
  limit: () => limit({ count: 4 }),
  'limit with all publishing': () => limit({ count: 4, publishers: 4 }),
  'limit of puts': () => limitOfPuts({ count: 4, threads: 2 }),
  'raw BroadcastChannel': () => rawBroadcastChannel({ count: 4, publishers: 2, bytes: 1_024 }),
  comlink: () => calling('comlink', 4, 2),
  'batched by hand': () => calling('batched-by-hand', 4, 2),
  'port round trip': () => callingInTurn('port-round-trip', 4),
  'map get': () => mapGet(4, 2),
  'bare transfer': () => transfer(1_000),
  'bare takeover': bareTakeover,
  'bare workers': () => bareWorkers(4),
};
for (const [name, start] of Object.entries(BASELINES)) {
  test(`the baseline ${name} completes a round twice and ends`, async () => {
    const started = await start();
    try {
      for (const measured of [await started.round(), await started.round()]) assert.ok(figureOf(measured) > 0);
    } finally {
      await started.close();
    }
  });
}

test('a joiner that lacks entries, or has too many, fails the round', () => {
  checkHeld(10, 10);
  assert.throws(() => checkHeld(10, 9), /holds 9 of 10 entries/);
  assert.throws(() => checkHeld(10, 11), /holds 11 of 10 entries/);
});

function figureOf(measured: number | Measured): number {
  return typeof measured === 'number' ? measured : measured.figure;
}
