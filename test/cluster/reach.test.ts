/** Whom the authority reaches, who may act, and who has to go. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Address } from '../../src/base/index.ts';
import { Reach, type Roll } from '../../src/cluster/reach.ts';
import { timingOf } from '../../src/services/index.ts';

const timing = timingOf({ leaseMs: 1_000, marginMs: 200, hungMs: 800 });
const ALL: readonly Address[] = ['n1#1', 'n2#1', 'n3#1', 'n4#1'];

/** Rounds on a clock of its own, in which some nodes give signs of life and get leases. */
class Stage {
  readonly reach = new Reach(timing);
  roll: Roll = ALL.map((address) => [address, 'up'] as const);
  now = 0;
  readonly gone: string[] = [];

  /** Who went, in order. */
  get who(): string[] {
    return this.gone.map((line) => line.split(' ')[1]!.replace(':', ''));
  }

  constructor(roll?: Roll) {
    if (roll) this.roll = roll;
    for (const [address] of this.roll) this.reach.granted(address, timing.leaseMs);
    this.reach.round(0, this.roll);
  }

  pass(ms: number, heard: readonly Address[], stalled: readonly Address[] = []): void {
    for (const end = this.now + ms; this.now < end; ) {
      this.now += this.reach.everyMs;
      for (const [address] of this.roll) {
        if (!stalled.includes(address)) this.reach.moved(address);
        if (!heard.includes(address)) continue;
        this.reach.heard(address);
        if (this.reach.mayAct(address)) this.reach.granted(address, this.now + timing.leaseMs);
      }
      const evicted = this.reach.round(this.now, this.roll);
      for (const { address, why } of evicted) this.gone.push(`${this.now} ${address}: ${why}`);
      this.roll = this.roll.filter(([address]) => !evicted.some((eviction) => eviction.address === address));
    }
  }
}

test('who is not heard goes when its lease and the margin have run out, and not before', () => {
  const stage = new Stage();
  stage.pass(500, ALL);
  stage.pass(1_100, ['n1#1', 'n2#1', 'n3#1']);
  assert.deepEqual(stage.gone, []);
  assert.equal(stage.reach.mayAct('n4#1'), false);
  stage.pass(200, ['n1#1', 'n2#1', 'n3#1']);
  assert.deepEqual(stage.gone, ['1700 n4#1: out of reach']);
});

test('the minority at the authority gets no leases, and nobody goes; when the others are heard again all go on', () => {
  const stage = new Stage();
  stage.pass(5_000, ['n1#1']);
  assert.deepEqual(stage.gone, []);
  assert.equal(stage.reach.mayAct('n1#1'), false);
  stage.pass(100, ALL);
  for (const address of ALL) assert.equal(stage.reach.mayAct(address), true, address);
});

test('whether there is a primary component, and which members are within reach; learners are named on neither side', () => {
  const stage = new Stage([...ALL.slice(0, 3).map((address) => [address, 'up'] as const), ['n4#1', 'joining']]);
  assert.equal(stage.reach.hasPrimary, true);
  stage.pass(3_000, ['n1#1', 'n4#1']);
  assert.equal(stage.reach.hasPrimary, false);
  assert.deepEqual(stage.reach.membersByReach(stage.roll), { reached: ['n1#1'], unreached: ['n2#1', 'n3#1'] });
  stage.pass(100, ALL.slice(0, 2));
  assert.equal(stage.reach.hasPrimary, true);
});

test('of exactly half the side with the oldest goes on, and the other does not', () => {
  const oldest = new Stage();
  oldest.pass(3_000, ['n1#1', 'n4#1']);
  assert.deepEqual(oldest.who, ['n2#1', 'n3#1']);
  const younger = new Stage();
  younger.pass(3_000, ['n2#1', 'n3#1']);
  assert.deepEqual(younger.gone, []);
});

test('learners do not count for the majority', () => {
  const stage = new Stage([...ALL.slice(0, 3).map((address) => [address, 'up'] as const), ['n4#1', 'joining']]);
  stage.pass(3_000, ['n3#1', 'n4#1']);
  assert.deepEqual(stage.gone, [], 'one of three is no majority, whatever the learner');
  stage.pass(3_000, ['n2#1', 'n3#1']);
  assert.deepEqual(stage.who, ['n1#1', 'n4#1']);
});

test('of two that complain of each other the younger goes; a complaint of one side alone is none', () => {
  const stage = new Stage();
  stage.reach.complained('n2#1', ['n3#1'], []);
  stage.pass(3_000, ALL);
  assert.deepEqual(stage.gone, []);
  stage.reach.complained('n3#1', ['n2#1'], []);
  stage.pass(3_000, ALL);
  assert.equal(stage.gone.length, 1);
  assert.match(stage.gone[0]!, /n3#1: n3 and n2 do not reach each other/);
});

test('the fewest go: who is complained of by most', () => {
  const stage = new Stage();
  for (const other of ['n2#1', 'n3#1', 'n4#1'] as const) stage.reach.complained(other, ['n1#1'], []);
  stage.reach.complained('n1#1', ['n2#1', 'n3#1', 'n4#1'], []);
  stage.pass(3_000, ALL);
  assert.deepEqual(stage.who, ['n1#1']);
});

test('complaints that end before the lease does are forgotten', () => {
  const stage = new Stage();
  stage.reach.complained('n2#1', ['n3#1'], []);
  stage.reach.complained('n3#1', ['n2#1'], []);
  stage.pass(900, ALL);
  stage.reach.complained('n2#1', [], []);
  stage.pass(3_000, ALL);
  assert.deepEqual(stage.gone, []);
  assert.equal(stage.reach.mayAct('n3#1'), true);
});

test('who owes an acknowledgement goes, on the word of one', () => {
  const stage = new Stage();
  stage.reach.complained('n1#1', [], ['n3#1']);
  stage.pass(3_000, ALL);
  assert.match(stage.gone[0]!, /n3#1: it owes n1 an acknowledgement/);
});

test('a loop that stands still is hung after hungMs, and out when its thread does not end; one that moves is not', () => {
  const stage = new Stage();
  stage.pass(700, ALL, ['n2#1']);
  assert.deepEqual(stage.reach.hung(stage.roll), []);
  stage.pass(200, ALL, ['n2#1']);
  assert.deepEqual(stage.reach.hung(stage.roll), ['n2#1']);
  assert.deepEqual(stage.gone, []);
  stage.pass(2_000, ALL, ['n2#1']);
  assert.match(stage.gone[0]!, /n2#1: hung/);
});

test('an authority that was paused blames nobody for the time it did not look', () => {
  const stage = new Stage();
  stage.pass(500, ALL);
  stage.now += 60_000;
  assert.deepEqual(stage.reach.round(stage.now, stage.roll), []);
  assert.deepEqual(stage.reach.hung(stage.roll), []);
  for (const address of ALL) assert.equal(stage.reach.mayAct(address), true, address);
});
