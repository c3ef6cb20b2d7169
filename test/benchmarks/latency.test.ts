/** Latency beside load: counts from when a message was due, sees what stands still, and believes no incomplete round. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bareLatency, limitLatency } from '../../benchmarks/baselines/latency.ts';
import type { Measured, Subject } from '../../benchmarks/harness.ts';
import { Arrivals, keepTo, planFor } from '../../benchmarks/pace.ts';
import { latencyAt, throughput } from '../../benchmarks/scenarios/latency.ts';

const PLAN = { startAt: 1_000, everyMs: 1, count: 4 };

function arrivals(times: readonly number[], numbers = [...times.keys()]): Arrivals {
  const all = new Arrivals(PLAN.count);
  times.forEach((time, at) => {
    all.handled(numbers[at]!, time);
  });
  return all;
}

test('a plan has as many messages as its rate gives in its time', () => {
  const { startAt, everyMs, count } = planFor(1_000, 2_000, 50);
  assert.ok(startAt > 1_000);
  assert.deepEqual([everyMs, count], [0.5, 100]);
});

test('nothing is sent before it is due; what became due while the loop stood still is sent at once', async () => {
  const sent: [at: number, time: number][] = [];
  let time = PLAN.startAt - 2;
  let turns = 0;
  const now = (): number => {
    time += 0.5;
    return time;
  };
  const send = (at: number): boolean => {
    sent.push([at, time]);
    if (at === 1) time += 10;
    return true;
  };
  await keepTo(PLAN, now, send, () => {
    turns += 1;
  });
  assert.deepEqual(
    sent.map(([at]) => at),
    [0, 1, 2, 3],
  );
  for (const [at, when] of sent) assert.ok(when >= PLAN.startAt + at, `${at} was sent at ${when}`);
  assert.equal(turns, 3);
});

test('what is refused is offered again, before all later ones, and its wait counts', async () => {
  let time = PLAN.startAt + 10;
  const offered: number[] = [];
  const all = new Arrivals(PLAN.count);
  const send = (at: number): boolean => {
    offered.push(at);
    time += 1;
    if (offered.length === 2) return false;
    all.handled(at, time);
    return true;
  };
  await keepTo(PLAN, () => time, send);
  assert.deepEqual(offered, [0, 1, 1, 2, 3]);
  assert.equal(all.latencies(PLAN).max, 12_000);
});

test('a latency counts from when the message was due, whoever stood still', () => {
  const { p50, p99, max } = arrivals([1_000.1, 1_013, 1_013, 1_013.5]).latencies(PLAN);
  assert.deepEqual([p50, p99, max].map(Math.round), [11_000, 12_000, 12_000]);
});

test('a message that is lacking, came twice, or overtook another is seen', () => {
  assert.throws(() => arrivals([1_000, 1_001]).latencies(PLAN), /2 of 4 messages were handled/);
  assert.throws(() => arrivals([1_000, 1_001, 1_002], [0, 0, 1]).latencies(PLAN), /message 0 came when 1 was next/);
  assert.throws(() => arrivals([1_000, 1_001, 1_002, 1_003], [0, 2, 1, 3]).latencies(PLAN), /message 2 came when 1/);
  assert.equal(arrivals([1_000]).isComplete, false);
});

const RATE = 2_000;
const FOR_MS = 50;
const SUBJECTS: Record<string, () => Promise<Subject>> = {
  muster: () => latencyAt(async (cluster) => Math.min(RATE, await throughput(cluster, 100)), FOR_MS),
  'a bare port': () => bareLatency('bare-port', RATE, FOR_MS),
  'a bare BroadcastChannel': () => bareLatency('bare-broadcastchannel', RATE, FOR_MS),
  'the limit': () => limitLatency(1, FOR_MS, 100),
};
for (const [name, start] of Object.entries(SUBJECTS)) {
  test(`${name}: two short rounds are complete and ordered: p50, p99, max`, async () => {
    const subject = await start();
    try {
      for (const { figure, also } of [(await subject.round()) as Measured, (await subject.round()) as Measured]) {
        assert.ok(figure > 0 && figure <= also['p99 µs']! && also['p99 µs']! <= also['max µs']!);
      }
    } finally {
      await subject.close();
    }
  });
}
