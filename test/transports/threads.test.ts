/** The threads' transport: the contract over real MessageChannels, and what only threads have. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, it } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { type Address, addressOf } from '../../src/base/index.ts';
import {
  CREDIT_WINDOW,
  type LinkEnd,
  makeLink,
  ThreadsTransport,
  threadsClock,
} from '../../src/transports/threads/index.ts';
import { type TransportWorld, transportContract } from '../contracts/transport.ts';

const DEADLINE_MS = 10_000;

async function makeWorld(count: number): Promise<TransportWorld & { transports: ThreadsTransport[] }> {
  const channel = randomUUID();
  const transports = Array.from(
    { length: count },
    (_, at) => new ThreadsTransport({ self: addressOf(`n${at + 1}`, 1), channel, clock: threadsClock }),
  );
  for (const [at, a] of transports.entries()) {
    for (const b of transports.slice(at + 1)) link(a, b);
  }
  return {
    transports,
    settle: turns,
    until,
    setFaults: (rules) => {
      for (const transport of transports) transport.setFaults(rules);
    },
    close: async () => {
      for (const transport of transports) transport.close();
    },
  };
}

function link(a: ThreadsTransport, b: ThreadsTransport): void {
  const [endOfA, endOfB] = makeLink(a.self, b.self);
  a.attach(endOfA);
  b.attach(endOfB);
}

/** In one thread a message is handled in the turn after it was posted; a few turns more do no harm. */
async function turns(): Promise<void> {
  for (let at = 0; at < 20; at++) await new Promise((resolve) => setImmediate(resolve));
}

async function until(what: string, check: () => boolean): Promise<void> {
  const deadline = threadsClock.now() + DEADLINE_MS;
  while (!check()) {
    if (threadsClock.now() > deadline) throw new Error(`waited ${DEADLINE_MS} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

transportContract('threads', makeWorld);

describe('threads transport', () => {
  const open: ThreadsTransport[] = [];
  after(() => {
    for (const transport of open) transport.close();
  });

  function transportOf(self: Address, channel: string, wiring?: MessageChannel['port1']): ThreadsTransport {
    const transport = new ThreadsTransport({ self, channel, clock: threadsClock, wiring });
    open.push(transport);
    return transport;
  }

  it('credit is a window of 8 MiB per direction', async () => {
    const { transports, close } = await makeWorld(2);
    const [a, b] = transports as [ThreadsTransport, ThreadsTransport];
    a.send(b.self, new Uint8Array(1_000));
    assert.equal(a.credit(b.self), CREDIT_WINDOW - 1_000);
    assert.equal(b.credit(a.self), CREDIT_WINDOW);
    await close();
  });

  it('credit counts on past 2^32 bytes', async () => {
    const [a, b] = [transportOf('n1#1', 'wrap'), transportOf('n2#1', 'wrap')];
    const [endOfA, endOfB] = makeLink(a.self, b.self);
    endOfA.credits.counters.fill(2 ** 31 - 10);
    a.attach(endOfA);
    b.attach(endOfB);
    a.send(b.self, new Uint8Array(100));
    assert.equal(a.credit(b.self), CREDIT_WINDOW - 100);
    b.onFrame(() => {});
    await until('credit', () => a.credit(b.self) === CREDIT_WINDOW);
  });

  it('drain: everything posted before the peer closed arrives', async () => {
    const { transports, close } = await makeWorld(2);
    const [a, b] = transports as [ThreadsTransport, ThreadsTransport];
    let got = 0;
    for (let at = 0; at < 5_000; at++) a.send(b.self, new Uint8Array(8));
    a.close();
    b.onFrame(() => got++);
    b.drain(a.self);
    assert.equal(got, 5_000);
    await close();
  });

  it('a link tells of its opening, and once of its end, after all its frames', async () => {
    const [a, b] = [transportOf('n1#1', 'links'), transportOf('n2#1', 'links')];
    const told: string[] = [];
    b.onFrame((from) => told.push(`frame of ${from}`));
    b.onLink((peer, isOpen) => told.push(`${peer} ${isOpen}`));
    link(a, b);
    a.send(b.self, new Uint8Array(1));
    a.close();
    await until('the end of the link', () => told.length === 3);
    await turns();
    assert.deepEqual(told, ['n1#1 true', 'frame of n1#1', 'n1#1 false']);
    assert.equal(b.credit(a.self), 0);
  });

  it('detach ends a link on both sides', async () => {
    const [a, b] = [transportOf('n1#1', 'detach'), transportOf('n2#1', 'detach')];
    const told: string[] = [];
    for (const end of [a, b]) {
      end.onFrame(() => {});
      end.onLink((peer, isOpen) => told.push(`${end.self}: ${peer} ${isOpen}`));
    }
    link(a, b);
    a.detach(b.self);
    await until('both ends', () => told.length === 4);
    assert.deepEqual(told.slice(2), ['n1#1: n2#1 false', 'n2#1: n1#1 false']);
  });

  it('wiring: a link posted before is there for the first send, though no turn has passed', async () => {
    const wiring = new MessageChannel();
    const [a, b] = [transportOf('n1#1', 'wiring', wiring.port2), transportOf('n2#1', 'wiring')];
    const [endOfA, endOfB] = makeLink(a.self, b.self);
    b.attach(endOfB);
    let got = 0;
    b.onFrame(() => got++);
    wiring.port1.postMessage(endOfA satisfies LinkEnd, [endOfA.port]);
    a.send(b.self, new Uint8Array(1));
    assert.equal(a.credit(b.self), CREDIT_WINDOW - 1);
    await until('the frame', () => got === 1);
    wiring.port1.close();
  });
});
