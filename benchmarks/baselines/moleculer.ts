/**
 * Moleculer as a baseline: one broker per worker thread, as Muster has one node per thread, over its own TCP transporter on
 * loopback. Brokers find each other by a list of urls, without UDP; all else is Moleculer's default (JSON), with logs off.
 */
import { createRequire } from 'node:module';
import { Skipped, type Subject } from '../harness.ts';
import { Threads } from '../threads.ts';
import { nowMs, perSecond, SMALL_BYTES } from '../work.ts';
import type { Publishing } from './fan-out.ts';
import type { Broker } from './moleculer.thread.ts';
import { freePorts, LOOPBACK } from './ports.ts';

const NAME = 'moleculer';
const BROKERS = 4;
/** Messages of a round at most; a rate does not need more. */
const MOST_MESSAGES = 20_000;

/** Messages per second in all, from `publishers` brokers to the event's listener on every broker. */
export async function moleculerPublishing({
  count,
  threads = BROKERS,
  publishers = 1,
  bytes = SMALL_BYTES,
}: Publishing): Promise<Subject> {
  const brokers = await startBrokers(threads);
  const each = Math.min(count, Math.floor(MOST_MESSAGES / publishers));
  let round = 0;
  return {
    name: NAME,
    async round() {
      round += 1;
      const all = round * each * publishers;
      const heard = brokers.every.map((broker) => brokers.ask<number>(broker, 'heard', [all]));
      const starting = brokers.every
        .slice(0, publishers)
        .map((broker) => brokers.ask<number>(broker, 'publish', [each, round, bytes]));
      const startedAt = Math.min(...(await Promise.all(starting)));
      const endedAt = await Promise.all(heard);
      checkCounts(all, await Promise.all(brokers.every.map((broker) => brokers.ask<number>(broker, 'counted'))));
      return perSecond(each * publishers, startedAt, endedAt);
    },
    close: () => stopBrokers(brokers),
  };
}

/** Answers per second of an action on another broker, with so many callers at a time. */
export async function moleculerCalling(count: number, callers: number): Promise<Subject> {
  const brokers = await startBrokers(BROKERS);
  return {
    name: NAME,
    round: async () => (count * 1_000) / (await brokers.ask<number>(0, 'call', [idOf(1), count, callers])),
    close: () => stopBrokers(brokers),
  };
}

/** Milliseconds to start `count` brokers until each knows the listener on every other. */
export async function moleculerBoot(count: number): Promise<Subject> {
  findModule();
  return {
    name: NAME,
    async round() {
      const startedAt = nowMs();
      const brokers = await startBrokers(count);
      const tookMs = nowMs() - startedAt;
      await stopBrokers(brokers);
      return tookMs;
    },
    close: async () => {},
  };
}

/** Throws unless every listener has counted exactly `expected` messages. */
export function checkCounts(expected: number, counts: readonly number[]): void {
  for (const count of counts) {
    if (count !== expected) throw new Error(`a listener has counted ${count} of ${expected} messages`);
  }
}

async function startBrokers(count: number): Promise<Threads> {
  const module = findModule();
  const ports = await freePorts(count);
  const urls = ports.map((port, at) => `${LOOPBACK}:${port}/${idOf(at)}`);
  const brokers = await Threads.start(new URL('./moleculer.thread.ts', import.meta.url), count);
  try {
    await Promise.all(
      ports.map((port, at) => brokers.ask(at, 'start', [{ module, id: idOf(at), port, urls } satisfies Broker])),
    );
    await Promise.all(brokers.every.map((broker) => brokers.ask(broker, 'knows', [count])));
  } catch (error) {
    await brokers.close();
    throw error;
  }
  return brokers;
}

async function stopBrokers(brokers: Threads): Promise<void> {
  await Promise.all(brokers.every.map((broker) => brokers.ask(broker, 'stop')));
  await brokers.close();
}

function idOf(broker: number): string {
  return `m${broker + 1}`;
}

function findModule(): string {
  try {
    return createRequire(import.meta.url).resolve('moleculer');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    throw new Skipped(NAME, 'moleculer is not installed');
  }
}
