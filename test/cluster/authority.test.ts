/** The authority alone, over a simulated network: views, founding, joining, leaving, blocks of ids. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Address, seededRandom } from '../../src/base/index.ts';
import { Authority } from '../../src/cluster/authority.ts';
import type { PulseBoard, Transport } from '../../src/ports/index.ts';
import {
  AUTHORITY_ADDRESS,
  type FromAuthority,
  membershipCodec,
  type ToAuthority,
  timingOf,
} from '../../src/services/index.ts';
import { Network, Scheduler, simulatedWorld } from '../../src/transports/simulation/index.ts';

const codec = membershipCodec();

class Stage {
  readonly scheduler = new Scheduler();
  readonly network = new Network(this.scheduler, seededRandom(1));
  readonly views: string[] = [];
  readonly mismatches: Address[] = [];
  readonly fenced: Address[] = [];
  readonly returned: Address[] = [];
  readonly primary: string[] = [];
  readonly heard = new Map<Address, FromAuthority[]>();
  readonly authority: Authority;
  readonly #nodes = new Map<Address, Transport>();

  constructor(pulses?: PulseBoard) {
    const simulated = simulatedWorld({
      self: AUTHORITY_ADDRESS,
      seed: 1,
      scheduler: this.scheduler,
      network: this.network,
      store: undefined,
      onLog: () => undefined,
    });
    const world = pulses ? { ...simulated, pulses } : simulated;
    this.authority = new Authority(world, timingOf(), {
      onView: ({ epoch, cause, members }) =>
        this.views.push(`${epoch} ${cause}: ${members.map(({ id, state }) => `${id} ${state}`).join(', ')}`),
      onMoved: () => undefined,
      onFlushed: ({ epoch }) => this.views.push(`flushed ${epoch}`),
      onMismatch: (address) => this.mismatches.push(address),
      fence: async (addresses) => void this.fenced.push(...addresses),
      onEvicted: () => undefined,
      onPrimary: (exists, reached, unreached) =>
        this.primary.push(`${exists ? 'primary' : 'none'}: ${reached.join(' ')} | ${unreached.join(' ')}`),
      onReturned: (address) => this.returned.push(address),
      onHung: () => undefined,
      onCatchUp: () => undefined,
    });
  }

  node(address: Address): void {
    const transport = this.network.attach(address);
    this.#nodes.set(address, transport);
    this.heard.set(address, []);
    transport.onFrame((_from, frame) => this.heard.get(address)!.push(codec.decode(frame) as FromAuthority));
  }

  async say(from: Address, message: ToAuthority): Promise<void> {
    this.#nodes.get(from)!.send(AUTHORITY_ADDRESS, codec.encode(message));
    await this.pass(5);
  }

  pass(ms: number): Promise<void> {
    return this.scheduler.drive(
      new Promise((resolve) => {
        this.scheduler.at(this.scheduler.now + ms, undefined, resolve);
      }),
    );
  }

  takeViews(): string[] {
    return this.views.splice(0);
  }
}

async function founded(...addresses: Address[]): Promise<Stage> {
  const stage = new Stage();
  stage.authority.found(addresses);
  for (const address of addresses) stage.node(address);
  for (const address of addresses) await stage.say(address, { kind: 'hello', hash: 'h' });
  return stage;
}

test('the first view is made when all founders are here, and has them up', async () => {
  const stage = new Stage();
  stage.authority.found(['n1#1', 'n2#1']);
  for (const address of ['n1#1', 'n2#1'] as const) stage.node(address);
  await stage.say('n1#1', { kind: 'hello', hash: 'h' });
  assert.deepEqual(stage.takeViews(), []);
  await stage.say('n2#1', { kind: 'hello', hash: 'h' });
  assert.deepEqual(stage.takeViews(), ['1 boot: n1 up, n2 up']);
  for (const heard of stage.heard.values()) assert.equal(heard[0]!.kind, 'view');
});

test('where leases are in shared memory, who says hello has one at once and does not wait for a round', async () => {
  const granted: Address[] = [];
  const stage = new Stage({
    beats: () => 1,
    reaches: () => true,
    grant: (to) => {
      granted.push(to);
      return true;
    },
  });
  stage.authority.found(['n1#1']);
  for (const address of ['n1#1', 'n2#1'] as const) stage.node(address);
  await stage.say('n2#1', { kind: 'hello', hash: 'h' });
  assert.deepEqual(granted, [], 'nobody expects it');
  await stage.say('n1#1', { kind: 'hello', hash: 'h' });
  assert.deepEqual(granted, ['n1#1']);
});

test('joining: a learner, then up when it has caught up; said twice it counts once', async () => {
  const stage = await founded('n1#1');
  stage.takeViews();
  stage.authority.expect('n2#1');
  stage.node('n2#1');
  await stage.say('n2#1', { kind: 'hello', hash: 'h' });
  await stage.say('n2#1', { kind: 'hello', hash: 'h' });
  await stage.say('n2#1', { kind: 'caught-up', epoch: 1 });
  assert.deepEqual(stage.takeViews(), ['2 joining n2: n1 up, n2 joining'], 'caught up in an older view does not count');
  await stage.say('n2#1', { kind: 'caught-up', epoch: 2 });
  await stage.say('n2#1', { kind: 'caught-up', epoch: 2 });
  assert.deepEqual(stage.takeViews(), [], 'not before the members have flushed the view it learnt under');
  await stage.say('n1#1', { kind: 'flushed', epoch: 2 });
  assert.deepEqual(stage.takeViews(), ['3 join n2: n1 up, n2 up']);
});

test('leaving: leaving until it says it has left, then gone; a death takes it out at once', async () => {
  const stage = await founded('n1#1', 'n2#1', 'n3#1');
  stage.takeViews();
  await stage.say('n2#1', { kind: 'left', under: null });
  assert.deepEqual(stage.takeViews(), [], 'nobody asked it to leave');
  stage.authority.leave('n2#1');
  stage.authority.leave('n2#1');
  await stage.say('n2#1', { kind: 'left', under: null });
  stage.authority.died('n3#1');
  stage.authority.died('n3#1');
  assert.deepEqual(stage.takeViews(), [
    '2 leave n2: n1 up, n2 leaving, n3 up',
    '3 left n2: n1 up, n3 up',
    '4 death n3: n1 up',
  ]);
});

test('leaving with nobody to hand over to counts only in the very view in which it was so', async () => {
  const stage = await founded('n1#1');
  stage.authority.leave('n1#1');
  stage.takeViews();
  stage.authority.expect('n2#1');
  stage.node('n2#1');
  await stage.say('n2#1', { kind: 'hello', hash: 'h' });
  await stage.say('n1#1', { kind: 'flushed', epoch: 3 });
  await stage.say('n2#1', { kind: 'caught-up', epoch: 3 });
  assert.deepEqual(stage.takeViews(), ['3 joining n2: n1 leaving, n2 joining', '4 join n2: n1 leaving, n2 up']);
  await stage.say('n1#1', { kind: 'left', under: 3 });
  assert.deepEqual(stage.takeViews(), [], 'somebody is up since');
  await stage.say('n1#1', { kind: 'left', under: null });
  assert.deepEqual(stage.takeViews(), ['5 left n1: n2 up']);
});

test('when nobody is up any more the learners are the cluster, and the next to come joins them', async () => {
  const stage = await founded('n1#1');
  stage.authority.expect('n2#1');
  stage.node('n2#1');
  await stage.say('n2#1', { kind: 'hello', hash: 'h' });
  stage.takeViews();
  stage.authority.died('n1#1');
  stage.authority.died('n2#1');
  stage.authority.expect('n1#2');
  stage.node('n1#2');
  await stage.say('n1#2', { kind: 'hello', hash: 'h' });
  assert.deepEqual(stage.takeViews(), ['3 death n1: n2 up', '4 death n2: ', '5 join n1: n1 up']);
});

test('who was not expected is not let in; other declarations are told both hashes', async () => {
  const stage = await founded('n1#1');
  stage.takeViews();
  stage.node('n9#1');
  await stage.say('n9#1', { kind: 'hello', hash: 'h' });
  stage.authority.expect('n2#1');
  stage.node('n2#1');
  await stage.say('n2#1', { kind: 'hello', hash: 'other' });
  assert.deepEqual(stage.takeViews(), []);
  assert.deepEqual(stage.heard.get('n2#1')!.at(-1), { kind: 'mismatch', ours: 'h', theirs: 'other' });
  assert.deepEqual(stage.mismatches, ['n2#1']);
});

test('a view is said again until it is flushed by all, and no longer', async () => {
  const stage = await founded('n1#1', 'n2#1');
  stage.takeViews();
  const count = (): number => stage.heard.get('n2#1')!.length;
  await stage.say('n1#1', { kind: 'flushed', epoch: 1 });
  const before = count();
  await stage.pass(1_000);
  assert.ok(count() > before);
  assert.equal(stage.authority.isFlushed, false);
  await stage.say('n2#1', { kind: 'flushed', epoch: 1 });
  assert.deepEqual(stage.takeViews(), ['flushed 1']);
  const after = count();
  await stage.pass(2_000);
  assert.equal(count(), after);
});

test('that there is no primary component is told once, with who is within reach, and once that there is one again', async () => {
  const stage = await founded('n1#1', 'n2#1', 'n3#1');
  const beat = (from: Address): Promise<void> =>
    stage.say(from, { kind: 'beat', at: stage.scheduler.now, answerAge: 0, silent: [], owing: [] });
  await stage.pass(1_000);
  for (let at = 0; at < 12; at++) {
    await beat('n1#1');
    await stage.pass(500);
  }
  assert.deepEqual(stage.primary, ['none: n1#1 | n2#1 n3#1']);
  for (let at = 0; at < 4; at++) {
    for (const from of ['n1#1', 'n3#1'] as const) await beat(from);
    await stage.pass(500);
  }
  assert.deepEqual(stage.primary.slice(1), ['primary: n1#1 n3#1 | n2#1']);
});

test('blocks of ids do not overlap; the same question gets the same block', async () => {
  const stage = await founded('n1#1', 'n2#1');
  const ask = async (from: Address, request: number, name: string, count: number): Promise<number> => {
    await stage.say(from, { kind: 'reserve', request, name, count });
    const answer = stage.heard.get(from)!.at(-1)!;
    assert.equal(answer.kind, 'reserved');
    return (answer as Extract<FromAuthority, { kind: 'reserved' }>).first;
  };
  assert.deepEqual(
    [
      await ask('n1#1', 1, 'a', 10),
      await ask('n2#1', 1, 'a', 5),
      await ask('n1#1', 1, 'a', 10),
      await ask('n1#1', 2, 'b', 10),
      await ask('n1#1', 3, 'a', 1),
    ],
    [1, 11, 1, 1, 16],
  );
});
