/**
 * The contract of `Transport` as one suite, run against every implementation. A difference between worlds is a skip with
 * its reason, never a weaker test.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Address } from '../../src/base/index.ts';
import { delay, drop, type Lane, type LinkFault, type Transport } from '../../src/ports/index.ts';

/** Some linked transports, and how their world goes on. */
export interface TransportWorld {
  /** All linked with each other, no receiver set. */
  readonly transports: readonly Transport[];
  /** Lets all arrive that is on its way and not held back by a fault. */
  settle(): Promise<void>;
  /** Lets the world go on until `check` holds; rejects after a deadline with what was waited for. */
  until(what: string, check: () => boolean): Promise<void>;
  /** Replaces the faults on all links. */
  setFaults(rules: readonly LinkFault[]): void;
  close(): Promise<void>;
}

interface Received {
  readonly from: Address;
  readonly frame: Uint8Array;
  readonly lane: Lane;
}

const MEBIBYTE = 1024 * 1024;
const NOBODY: Address = 'nobody#1';

export function transportContract(name: string, makeWorld: (count: number) => Promise<TransportWorld>): void {
  const withWorld = (count: number, body: (world: TransportWorld) => Promise<void>) => async (): Promise<void> => {
    const world = await makeWorld(count);
    try {
      await body(world);
    } finally {
      await world.close();
    }
  };

  describe(`transport contract: ${name}`, () => {
    it(
      'direct: frames of each sender arrive in the order sent, once, with their origin',
      withWorld(3, async (world) => {
        const [a, b, c] = three(world);
        const got = collect(c);
        for (let at = 0; at < 500; at++) {
          a.send(c.self, bytesOf(at));
          b.send(c.self, bytesOf(at));
        }
        await world.until('1,000 frames', () => got.length >= 1_000);
        await world.settle();
        assert.equal(got.length, 1_000);
        for (const sender of [a, b]) assert.deepEqual(numbersOf(got, sender), range(500));
        assert.ok(got.every(({ lane }) => lane === 'direct'));
      }),
    );

    it(
      'broadcast: everybody but the sender gets it, in the order sent, once',
      withWorld(3, async (world) => {
        const [a, b, c] = three(world);
        const gotA = collect(a);
        const others = [collect(b), collect(c)];
        for (let at = 0; at < 200; at++) a.broadcast(bytesOf(at));
        for (const got of others) await world.until('200 broadcasts', () => got.length >= 200);
        b.send(a.self, bytesOf(1));
        await world.until('a frame for the sender', () => gotA.length > 0);
        await world.settle();
        for (const got of others) {
          assert.deepEqual(numbersOf(got, a), range(200));
          assert.ok(got.every(({ lane }) => lane === 'broadcast'));
        }
        assert.deepEqual(
          gotA.map(({ lane }) => lane),
          ['direct'],
        );
      }),
    );

    it(
      'lanes: each keeps its own order while both are used',
      withWorld(2, async (world) => {
        const [a, b] = two(world);
        const got = collect(b);
        for (let at = 0; at < 200; at++) {
          a.send(b.self, bytesOf(at));
          a.broadcast(bytesOf(at));
        }
        await world.until('400 frames', () => got.length >= 400);
        for (const wanted of ['direct', 'broadcast']) {
          const lane = got.filter((received) => received.lane === wanted);
          assert.deepEqual(numbersOf(lane, a), range(200));
        }
      }),
    );

    it(
      'nothing is delivered inside send or broadcast',
      withWorld(2, async (world) => {
        const [a, b] = two(world);
        const got = collect(b);
        a.send(b.self, bytesOf(1));
        a.broadcast(bytesOf(2));
        assert.equal(got.length, 0);
        await world.until('both frames', () => got.length === 2);
      }),
    );

    it(
      'frames that came before there was a receiver are kept, in order, before later ones',
      withWorld(2, async (world) => {
        const [a, b] = two(world);
        for (let at = 0; at < 10; at++) {
          a.send(b.self, bytesOf(at));
          a.broadcast(bytesOf(at));
        }
        await world.settle();
        const got = collect(b);
        for (let at = 10; at < 20; at++) {
          a.send(b.self, bytesOf(at));
          a.broadcast(bytesOf(at));
        }
        await world.until('40 frames', () => got.length >= 40);
        for (const wanted of ['direct', 'broadcast']) {
          const lane = got.filter((received) => received.lane === wanted);
          assert.deepEqual(numbersOf(lane, a), range(20));
        }
      }),
    );

    it(
      'a frame of 1 MiB arrives whole, on both lanes',
      withWorld(2, async (world) => {
        const [a, b] = two(world);
        const got = collect(b);
        const frame = new Uint8Array(MEBIBYTE).map((_, at) => (at * 31) % 251);
        a.send(b.self, frame);
        a.broadcast(frame);
        await world.until('both frames', () => got.length === 2);
        for (const received of got) assert.deepEqual(received.frame, frame);
      }),
    );

    it(
      'a view into a larger buffer arrives as just its bytes, whatever becomes of the buffer afterwards',
      withWorld(2, async (world) => {
        const [a, b] = two(world);
        const got = collect(b);
        const pool = Uint8Array.from({ length: 1_024 }, (_, at) => at % 256);
        const view = pool.subarray(100, 356);
        const expected = Uint8Array.from(view);
        a.send(b.self, view);
        a.broadcast(view);
        pool.fill(0);
        await world.until('both frames', () => got.length === 2);
        for (const received of got) assert.deepEqual(Uint8Array.from(received.frame), expected);
      }),
    );

    it(
      'the same frame sent to several peers reaches each of them',
      withWorld(3, async (world) => {
        const [a, b, c] = three(world);
        const both = [collect(b), collect(c)];
        const frame = bytesOf(7);
        a.send(b.self, frame);
        a.send(c.self, frame);
        a.broadcast(frame);
        for (const got of both) {
          await world.until('both frames', () => got.length === 2);
          assert.deepEqual(numbersOf(got, a), [7, 7]);
        }
        assert.equal(numberIn(frame), 7);
      }),
    );

    it(
      'send to an unknown, a closed or this very address is a silent no-op, and such a peer has no credit',
      withWorld(3, async (world) => {
        const [a, b, c] = three(world);
        const got = collect(c);
        collect(a);
        c.send(c.self, bytesOf(0));
        a.send(NOBODY, bytesOf(1));
        b.close();
        await world.settle();
        a.send(b.self, bytesOf(2));
        a.drain(NOBODY);
        a.send(c.self, bytesOf(3));
        await world.until('the frame after them', () => got.length > 0);
        assert.deepEqual(numbersOf(got, a), [3]);
        assert.equal(got.length, 1);
        assert.ok(a.credit(NOBODY) <= 0);
        await world.until('no credit for the closed peer', () => a.credit(b.self) <= 0);
      }),
    );

    it(
      'close is idempotent; afterwards nothing is sent, delivered or told',
      withWorld(3, async (world) => {
        const [a, b, c] = three(world);
        const gotA = collect(a);
        const gotB = collect(b);
        const links: string[] = [];
        a.onLink((peer, open) => links.push(`${peer} ${open}`));
        b.send(a.self, bytesOf(1));
        b.broadcast(bytesOf(2));
        a.close();
        a.close();
        a.send(b.self, bytesOf(3));
        a.broadcast(bytesOf(4));
        a.drain(b.self);
        c.send(b.self, bytesOf(5));
        c.broadcast(bytesOf(6));
        await world.until('the frames of the third', () => gotB.length >= 2);
        await world.settle();
        assert.deepEqual(numbersOf(gotB, a), []);
        assert.deepEqual(gotA, []);
        assert.deepEqual(links, []);
      }),
    );

    it(
      'credit falls with what is under way and comes back when the peer has taken it',
      withWorld(2, async (world) => {
        const [a, b] = two(world);
        const full = a.credit(b.self);
        assert.ok(full > 0);
        for (let at = 0; at < 4; at++) a.send(b.self, new Uint8Array(MEBIBYTE));
        assert.ok(a.credit(b.self) <= full - 4 * MEBIBYTE, 'credit did not fall');
        await world.settle();
        assert.ok(a.credit(b.self) <= full - 4 * MEBIBYTE, 'credit came back though nothing was taken');
        assert.equal(b.credit(a.self), full, 'the other direction has credit of its own');
        const got = collect(b);
        await world.until('the frames', () => got.length === 4);
        await world.until('credit', () => a.credit(b.self) === full);
      }),
    );

    it(
      'drain: what had arrived from a closed peer is delivered at once, in order, and nothing more ever comes',
      withWorld(2, async (world) => {
        const [a, b] = two(world);
        await world.settle();
        for (let at = 0; at < 100; at++) a.send(b.self, bytesOf(at));
        a.close();
        const got = collect(b);
        b.drain(a.self);
        const drained = got.length;
        assert.deepEqual(numbersOf(got, a), range(drained));
        await world.settle();
        assert.equal(got.length, drained);
        assert.ok(b.credit(a.self) <= 0);
      }),
    );

    it(
      'drain: a peer that goes on sending is not heard on the direct lane any more',
      withWorld(3, async (world) => {
        const [a, b, c] = three(world);
        const got = collect(b);
        a.send(b.self, bytesOf(0));
        await world.until('the first frame', () => got.length === 1);
        b.drain(a.self);
        a.send(b.self, bytesOf(1));
        c.send(b.self, bytesOf(2));
        await world.until('a frame of somebody else', () => numbersOf(got, c).length === 1);
        await world.settle();
        assert.deepEqual(numbersOf(got, a), [0]);
      }),
    );

    it(
      'fault drop: loses frames one way, on both lanes, and nothing the other way or after it ends',
      withWorld(2, async (world) => {
        const [a, b] = two(world);
        const gotA = collect(a);
        const gotB = collect(b);
        world.setFaults([{ from: idOf(a), to: idOf(b), verdict: drop }]);
        a.send(b.self, bytesOf(1));
        a.broadcast(bytesOf(2));
        b.send(a.self, bytesOf(3));
        b.broadcast(bytesOf(4));
        await world.until('both frames the other way', () => gotA.length === 2);
        await world.settle();
        assert.deepEqual(gotB, []);
        world.setFaults([]);
        a.send(b.self, bytesOf(5));
        a.broadcast(bytesOf(6));
        await world.until('both frames after it', () => gotB.length === 2);
        assert.deepEqual(numbersOf(gotB, a).sort(), [5, 6]);
      }),
    );

    it(
      'fault: the first rule that matches decides',
      withWorld(2, async (world) => {
        const [a, b] = two(world);
        const got = collect(b);
        const link = { from: idOf(a), to: idOf(b) };
        world.setFaults([
          { from: idOf(b), to: idOf(a), verdict: drop },
          { ...link, verdict: delay(1) },
          { ...link, verdict: drop },
        ]);
        a.send(b.self, bytesOf(1));
        await world.until('the delayed frame', () => got.length === 1);
      }),
    );

    for (const lane of ['direct', 'broadcast'] as const) {
      it(
        `fault on the ${lane} lane alone: the other lane overtakes it`,
        withWorld(2, async (world) => {
          const [a, b] = two(world);
          const got = collect(b);
          world.setFaults([{ from: idOf(a), to: idOf(b), verdict: delay(30), lane }]);
          const say = { direct: () => a.send(b.self, bytesOf(1)), broadcast: () => a.broadcast(bytesOf(2)) };
          say[lane]();
          say[lane === 'direct' ? 'broadcast' : 'direct']();
          await world.until('both frames', () => got.length === 2);
          assert.deepEqual(numbersOf(got, a), lane === 'direct' ? [2, 1] : [1, 2]);
        }),
      );

      it(
        `fault delay, ${lane}: frames come later and in order, also those sent after it ended`,
        withWorld(2, async (world) => {
          const [a, b] = two(world);
          const got = collect(b);
          const say = (at: number): void =>
            lane === 'direct' ? a.send(b.self, bytesOf(at)) : a.broadcast(bytesOf(at));
          const rule = (ms: number): LinkFault[] => [{ from: idOf(a), to: idOf(b), verdict: delay(ms) }];
          world.setFaults(rule(60));
          for (let at = 0; at < 5; at++) say(at);
          await world.settle();
          world.setFaults(rule(5));
          for (let at = 5; at < 10; at++) say(at);
          await world.settle();
          world.setFaults([]);
          for (let at = 10; at < 15; at++) say(at);
          await world.until('15 frames', () => got.length >= 15);
          assert.deepEqual(numbersOf(got, a), range(15));
        }),
      );
    }

    it(
      'fault drop: loses also what is on its way in a delay',
      withWorld(2, async (world) => {
        const [a, b] = two(world);
        const got = collect(b);
        const full = a.credit(b.self);
        const link = { from: idOf(a), to: idOf(b) };
        world.setFaults([{ ...link, verdict: delay(20) }]);
        a.send(b.self, bytesOf(1));
        world.setFaults([{ ...link, verdict: drop }]);
        world.setFaults([{ ...link, verdict: delay(40) }]);
        a.send(b.self, bytesOf(2));
        await world.until('the frame after it', () => got.length > 0);
        assert.deepEqual(numbersOf(got, a), [2]);
        await world.until('credit for what was lost', () => a.credit(b.self) === full);
      }),
    );
  });
}

function two({ transports }: TransportWorld): [Transport, Transport] {
  return [transports[0]!, transports[1]!];
}

function three({ transports }: TransportWorld): [Transport, Transport, Transport] {
  return [transports[0]!, transports[1]!, transports[2]!];
}

function collect(transport: Transport): Received[] {
  const got: Received[] = [];
  transport.onFrame((from, frame, lane) => got.push({ from, frame, lane }));
  return got;
}

function idOf({ self }: Transport): string {
  return self.slice(0, self.lastIndexOf('#'));
}

function bytesOf(number: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

function numberIn(frame: Uint8Array): number {
  return new DataView(frame.buffer, frame.byteOffset, frame.byteLength).getUint32(0);
}

function numbersOf(got: readonly Received[], sender: Transport): number[] {
  return got.filter(({ from }) => from === sender.self).map(({ frame }) => numberIn(frame));
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}
