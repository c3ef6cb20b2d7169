/** A thread with one Moleculer broker: publishes an event, counts what it hears, answers and makes calls. */
import { createRequire } from 'node:module';
import type { Context, Service, ServiceBroker, ServiceSchema } from 'moleculer';
import { answerWith } from '../thread.ts';
import { callConcurrently, type LobbyUpdate, lobbyUpdate, messagesAtOnce, nowMs, Tally } from '../work.ts';

export interface Broker {
  /** Where Moleculer is: it loads its own parts by their names and cannot be bundled. */
  readonly module: string;
  readonly id: string;
  readonly port: number;
  /** All brokers, as `host:port/id`. */
  readonly urls: readonly string[];
}

/** The least that Moleculer takes, in s. */
const GOSSIP_PERIOD_S = 1;
const KNOWN_POLL_MS = 1;
const EVENT = 'lobby.updated';

const tally = new Tally();
let broker: ServiceBroker | undefined;

const service: ServiceSchema = {
  name: 'bench',
  events: { [EVENT]: () => tally.add() },
  actions: { addOne: (context: Context<{ argument: number }>) => context.params.argument + 1 },
};

answerWith({
  /** Resolves when the broker listens; it may not know the others yet. */
  start: async ({ module, id, port, urls }: Broker) => {
    const moleculer = createRequire(module)(module) as { ServiceBroker: new (options: object) => ServiceBroker };
    broker = new moleculer.ServiceBroker({
      nodeID: id,
      logger: false,
      skipProcessEventRegistration: true,
      transporter: { type: 'TCP', options: { port, urls, udpDiscovery: false, gossipPeriod: GOSSIP_PERIOD_S } },
    });
    broker.createService(service) satisfies Service;
    await broker.start();
  },
  /** Resolves when this broker knows the event's listeners on `count` brokers. */
  knows: async (count: number) => {
    while (broker!.registry.events.getAllEndpoints(EVENT).length < count) {
      await new Promise((resolve) => setTimeout(resolve, KNOWN_POLL_MS));
    }
  },
  publish: async (count: number, _round: number, bytes: number) => {
    const perTurn = messagesAtOnce(bytes);
    const startedAt = nowMs();
    for (let at = 0; at < count; ) {
      const sent: Promise<unknown>[] = [];
      for (const end = Math.min(at + perTurn, count); at < end; at++) {
        const message: LobbyUpdate = lobbyUpdate(12, at, bytes);
        sent.push(broker!.broadcast(EVENT, message));
      }
      await Promise.all(sent);
    }
    return startedAt;
  },
  heard: (total: number) => tally.reaches(total),
  counted: () => tally.count,
  call: async (to: string, count: number, callers: number) => {
    const startedAt = nowMs();
    await callConcurrently(count, callers, (argument) =>
      broker!.call<number, { argument: number }>('bench.addOne', { argument }, { nodeID: to }),
    );
    return nowMs() - startedAt;
  },
  stop: () => broker?.stop(),
});
