/** The outbox alone: what is posted in a turn arrives in order, in one frame for each peer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Address, addressOf, createCodec, forEachEncoding } from '../../src/base/index.ts';
import type { Message } from '../../src/node/index.ts';
import { Outbox, type Piece } from '../../src/node/outbox.ts';
import type { Clock, Transport } from '../../src/ports/index.ts';

const PEERS = ['n1', 'n2', 'n3', 'n4'].map((id) => addressOf(id, 1));

/** An outbox whose frames are kept, and a clock whose turns end when told. */
function makeOutbox() {
  const codec = createCodec([['number']]);
  const encoded: number[] = [];
  const frames: { to: Address; messages: Message[] }[] = [];
  const creditless = new Set<Address>();
  /** How many frames had gone at each beat. */
  const beats: number[] = [];
  const turns: (() => void)[] = [];
  const transport = {
    send: (to: Address, frame: Uint8Array) => {
      const messages: Message[] = [];
      forEachEncoding(frame, (piece) => messages.push(...(codec.decode(piece) as Piece)[1]));
      frames.push({ to, messages });
    },
    credit: (to: Address) => (creditless.has(to) ? 0 : 1),
  } as Partial<Transport> as Transport;
  const clock = { turn: (act: () => void) => turns.push(act) } as Partial<Clock> as Clock;
  const counting = {
    ...codec,
    encode: (value: unknown) => {
      encoded.push((value as Piece)[0]);
      return codec.encode(value);
    },
  };
  const outbox = new Outbox(transport, clock, counting, () => void beats.push(frames.length));
  const endTurn = (): void => turns.splice(0).forEach((act) => void act());
  return { outbox, frames, encoded, creditless, beats, endTurn };
}

const posts = fc.array(fc.subarray(PEERS), { maxLength: 300 });

test('every peer gets what was posted to it, in that order and once, in one frame a turn', () => {
  fc.assert(
    fc.property(fc.array(posts, { maxLength: 4 }), (turns) => {
      const { outbox, frames, endTurn } = makeOutbox();
      for (const turn of turns) {
        const wanted = new Map<Address, number[]>();
        turn.forEach((peers, number) => {
          outbox.post(outbox.among(peers), [0, { number }]);
          for (const peer of peers) wanted.set(peer, [...(wanted.get(peer) ?? []), number]);
        });
        assert.equal(frames.length, 0, 'nothing goes before the turn ends');
        endTurn();
        const got = frames.splice(0).map(({ to, messages }) => [to, messages.map(([, body]) => body)]);
        const bodies = [...wanted].map(([to, numbers]) => [to, numbers.map((number) => ({ number }))]);
        assert.deepEqual(new Map(got as []), new Map(bodies as []));
        assert.equal(got.length, wanted.size, 'one frame for each peer');
      }
    }),
    { numRuns: 200 },
  );
});

test('what goes to the same peers is encoded together, once for all of them, whoever made the set', () => {
  const { outbox, encoded, frames, endTurn } = makeOutbox();
  for (let number = 0; number < 100; number++) {
    const peers = number % 2 === 0 ? PEERS : [...PEERS].reverse();
    outbox.post(outbox.among(peers), [0, { number }]);
  }
  endTurn();
  assert.equal(
    encoded.reduce((sum, size) => sum + size, 0),
    100,
  );
  assert.ok(encoded.length <= 4, `encoded in ${encoded.length} pieces`);
  assert.equal(frames.length, PEERS.length);
});

test('a full batch goes before its turn ends, and nothing is sent twice', () => {
  const { outbox, frames, endTurn } = makeOutbox();
  const set = outbox.among(PEERS.slice(0, 2));
  for (let number = 0; number < 2_500; number++) outbox.post(set, [0, { number }]);
  assert.equal(frames.length, 4, 'two full batches to two peers');
  endTurn();
  const to = frames.filter((frame) => frame.to === PEERS[0]).flatMap(({ messages }) => messages);
  assert.deepEqual(
    to.map(([, body]) => body),
    Array.from({ length: 2_500 }, (_, number) => ({ number })),
  );
});

test('to one peer alone the first frame of a turn goes early, later ones later; the next turn begins anew; to several none does', () => {
  const { outbox, frames, endTurn } = makeOutbox();
  const single = outbox.single(PEERS[0]!);
  for (let turn = 0; turn < 2; turn++) {
    const sent: number[] = [];
    for (let number = 1; number <= 700; number++) {
      const before = frames.length;
      outbox.post(single, [0, { number }]);
      if (frames.length > before) sent.push(number);
    }
    assert.deepEqual(sent, [32, 32 + 128, 32 + 128 + 512]);
    endTurn();
    assert.equal(frames.length, 4 * (turn + 1));
  }
  assert.deepEqual(
    frames.map(({ messages }) => messages.length),
    [32, 128, 512, 28, 32, 128, 512, 28],
  );
  const several = outbox.among(PEERS.slice(0, 2));
  for (let number = 0; number < 1_000; number++) outbox.post(several, [0, { number }]);
  assert.equal(frames.length, 8);
});

test('who found credit has it for a full batch of this turn, however many frames go meanwhile', () => {
  const { outbox, creditless, frames } = makeOutbox();
  const single = outbox.single(PEERS[0]!);
  for (let number = 0; number < 1_000; number++) {
    assert.equal(outbox.withCredit(single), single, `message ${number}`);
    outbox.post(single, [0, { number }]);
    creditless.add(PEERS[0]!);
  }
  assert.ok(frames.length > 0);
  outbox.flush();
  assert.deepEqual(outbox.withCredit(single).peers, []);
});

test('a message that is lengthened wherever it can be brings every peer all parts in order, among messages that are not', () => {
  const step = fc.record({ peers: fc.subarray(PEERS, { minLength: 1 }), kind: fc.integer({ min: 0, max: 1 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), fc.boolean(), (steps, flushes) => {
      const { outbox, frames, endTurn } = makeOutbox();
      const wanted = new Map<Address, string[]>();
      let lengthened = 0;
      steps.forEach(({ peers, kind }, number) => {
        const set = outbox.among(peers);
        const last = outbox.last(set);
        if (last?.[0] === kind) {
          last.push(number);
          outbox.lengthened(set);
          lengthened += 1;
        } else outbox.post(set, [kind, number]);
        if (flushes && number % 7 === 0) outbox.flush();
        for (const peer of peers) wanted.set(peer, [...(wanted.get(peer) ?? []), `${kind} ${number}`]);
      });
      endTurn();
      const got = new Map<Address, string[]>();
      for (const { to, messages } of frames) {
        const parts = messages.flatMap(([kind, ...numbers]) => numbers.map((number) => `${kind} ${number}`));
        got.set(to, [...(got.get(to) ?? []), ...parts]);
      }
      assert.deepEqual(got, wanted);
      const posted = frames.reduce((sum, { messages }) => sum + messages.length, 0);
      if (lengthened > 0) assert.ok(posted < [...wanted.values()].flat().length, 'no message has two parts');
    }),
    { numRuns: 200 },
  );
});

test('a message is not lengthened when one of its peers was sent something since, nor after it was encoded', () => {
  const { outbox, frames, endTurn } = makeOutbox();
  const both = outbox.among(PEERS.slice(0, 2));
  outbox.post(both, [0, 'a']);
  assert.deepEqual(outbox.last(both), [0, 'a']);
  outbox.post(outbox.single(PEERS[1]!), [0, 'b']);
  assert.equal(outbox.last(both), undefined);
  outbox.flush();
  assert.equal(outbox.last(outbox.single(PEERS[1]!)), undefined);
  outbox.post(both, [0, 0]);
  let joined = 1;
  for (let last = outbox.last(both); last !== undefined; last = outbox.last(both)) {
    last.push(joined++);
    outbox.lengthened(both);
  }
  assert.ok(joined > 1 && joined < 1_000, `a message of ${joined} parts`);
  endTurn();
  assert.deepEqual(
    frames.filter(({ to }) => to === PEERS[0]).flatMap(({ messages }) => messages.map(([, part]) => part)),
    ['a', 0],
  );
});

test('every frame that goes is a sign of life, not only the end of the turn in which they go', () => {
  const { outbox, beats, endTurn } = makeOutbox();
  outbox.post(outbox.among(PEERS), [0, 'a']);
  endTurn();
  assert.deepEqual(
    beats,
    PEERS.map((_, at) => at),
  );
});

test('a set without the peers that are out of credit is the set itself when there are none', () => {
  const { outbox, creditless } = makeOutbox();
  const set = outbox.among(PEERS);
  assert.equal(outbox.withCredit(set), set);
  creditless.add(PEERS[1]!);
  outbox.flush();
  assert.deepEqual(outbox.withCredit(set).peers, [PEERS[0], PEERS[2], PEERS[3]]);
});

test('after a peer is forgotten its sets are made anew, and messages to the others still go', () => {
  const { outbox, frames, endTurn } = makeOutbox();
  const before = outbox.among(PEERS);
  outbox.forget(PEERS[3]!);
  assert.notEqual(outbox.among(PEERS), before);
  outbox.post(outbox.among(PEERS.slice(0, 3)), [0, { number: 1 }]);
  endTurn();
  assert.deepEqual(
    frames.map(({ to }) => to),
    PEERS.slice(0, 3),
  );
});
