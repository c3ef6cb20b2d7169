/** The threads' transport between real threads. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { Address } from '../../src/base/index.ts';
import {
  createThreadsWorld,
  makeLink,
  portsOf,
  type Seat,
  ThreadsTransport,
  threadsClock,
} from '../../src/transports/threads/index.ts';
import { buildThreadEntry } from '../support/thread-entry.ts';

const DEADLINE_MS = 15_000;

describe('threads transport between real threads', () => {
  let folder: string;
  let entry: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'muster-threads-'));
    entry = await buildThreadEntry(new URL('./fixtures/echo-thread.ts', import.meta.url), folder);
  });
  after(() => rm(folder, { recursive: true }));

  function open(): { main: ThreadsTransport; start(address: Address): Echo; close(): Promise<void> } {
    const channel = randomUUID();
    const main = new ThreadsTransport({ self: 'authority#1', channel, clock: threadsClock });
    const echoes: Echo[] = [];
    return {
      main,
      start(address) {
        const echo = new Echo(entry, address, channel, main, echoes);
        echoes.push(echo);
        return echo;
      },
      async close() {
        main.close();
        await Promise.all(echoes.map((echo) => echo.end()));
      },
    };
  }

  it('frames go there and back in order, whole', async () => {
    const { main, start, close } = open();
    const { address } = start('n1#1');
    const got: Uint8Array[] = [];
    main.onFrame((_from, frame) => got.push(frame));
    const sent = Array.from({ length: 300 }, (_, at) => new Uint8Array(at * 100).fill(at));
    for (const frame of sent) main.send(address, frame);
    await until('the echoes', () => got.length === sent.length);
    assert.deepEqual(got, sent);
    await close();
  });

  it('a thread that starts later is linked with those that run already', async () => {
    const { main, start, close } = open();
    const first = start('n1#1');
    const second = start('n2#1');
    const got: string[] = [];
    main.onFrame((from) => got.push(from));
    main.send(first.address, new Uint8Array(1));
    main.send(second.address, new Uint8Array(1));
    await until('both echoes', () => got.length === 2);
    assert.deepEqual(got.sort(), ['n1#1', 'n2#1']);
    await close();
  });

  it('a killed thread: drain delivers all it had posted, then its link is forgotten', async () => {
    const { main, start, close } = open();
    const echo = start('n1#1');
    let ready = false;
    main.onFrame(() => {
      ready = true;
    });
    main.send(echo.address, new Uint8Array(1));
    await until('the thread to be up', () => ready);
    const numbers: number[] = [];
    main.onFrame((_from, frame) => numbers.push(frame[0]! * 256 + frame[1]!));
    main.broadcast(Uint8Array.of(0, 0, 0x75, 0x30));
    // This thread must not read before the other one has posted everything.
    assert.notEqual(Atomics.wait(echo.posted, 0, 0, DEADLINE_MS), 'timed-out');
    const ended = echo.end();
    main.drain(echo.address);
    assert.deepEqual(
      numbers,
      Array.from({ length: 30_000 }, (_, at) => at),
    );
    assert.equal(main.credit(echo.address), 0);
    await ended;
    main.send(echo.address, new Uint8Array(1));
    await close();
  });

  it('the end of a thread is told by its link', async () => {
    const { main, start, close } = open();
    const told: string[] = [];
    main.onFrame(() => {});
    main.onLink((peer, isOpen) => told.push(`${peer} ${isOpen}`));
    const echo = start('n1#1');
    await echo.end();
    await until('the end of the link', () => told.length === 2);
    assert.deepEqual(told, ['n1#1 true', 'n1#1 false']);
    await close();
  });

  it('a seat on the main thread has time, randomness, hashing and no store unless it was given one', async () => {
    const seat: Seat = {
      address: 'n1#1',
      channel: randomUUID(),
      links: [],
      faults: [],
      logLevel: 'error',
      freezeValues: false,
    };
    const world = createThreadsWorld(seat);
    assert.equal(world.store, undefined);
    assert.ok(Math.abs(world.clock.now() - Number(process.hrtime.bigint() / 1_000_000n)) < 1_000);
    const key = await world.compute.deriveKey('secret', world.compute.randomBytes(16), 10);
    assert.equal(key.byteLength, 32);
    await assert.rejects(world.compute.deriveKey('secret', key, 99), { code: 'InvalidValue' });
    const [before, load, after] = [loadavg()[0], world.compute.load(), loadavg()[0]];
    assert.ok(load === before || load === after, `${load} beside ${before} and ${after}`);
    world.close();
  });
});

class Echo {
  readonly address: Address;
  readonly posted = new Int32Array(new SharedArrayBuffer(4));
  readonly #worker: Worker;
  readonly #wiring = new MessageChannel();

  constructor(entry: string, address: Address, channel: string, main: ThreadsTransport, others: readonly Echo[]) {
    this.address = address;
    const [toMain, fromMain] = makeLink(address, main.self);
    main.attach(fromMain);
    const links = others.map((other) => {
      const [mine, theirs] = makeLink(address, other.address);
      other.#wiring.port1.postMessage(theirs, [theirs.port]);
      return mine;
    });
    const seat: Seat = {
      address,
      channel,
      links: [toMain, ...links],
      wiring: this.#wiring.port2,
      faults: [],
      logLevel: 'error',
      freezeValues: false,
    };
    this.#worker = new Worker(entry, {
      workerData: { seat, posted: this.posted },
      transferList: portsOf(seat),
      execArgv: [],
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
    this.#wiring.port1.close();
  }
}

async function until(what: string, check: () => boolean): Promise<void> {
  const deadline = threadsClock.now() + DEADLINE_MS;
  while (!check()) {
    if (threadsClock.now() > deadline) throw new Error(`waited ${DEADLINE_MS} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
