/**
 * How many lines presence costs: for each public event, one for every connection that is told. Each node counts its own
 * connections only, so that the sum over the nodes is right.
 */
import * as z from 'zod';
import type { NodeId } from '../../base/index.ts';
import { type MusterNode, Server, server, topic } from '../../services/index.ts';
import type { RosterEvent } from '../roster/events.ts';

const GATHER_MS = 1_000;
const PUBLISH_MS = 5_000;

export const FAN_OUT = [
  'userLoggedIn',
  'userLoggedOut',
  'updatedClient',
  'globalBattleUpdated',
  'addUserToBattle',
  'removeUserFromBattle',
  'kickUserFromBattle',
] as const;
type FanOut = (typeof FAN_OUT)[number];

export const FanOutCounts = z.object({
  userLoggedIn: z.int(),
  userLoggedOut: z.int(),
  updatedClient: z.int(),
  globalBattleUpdated: z.int(),
  addUserToBattle: z.int(),
  removeUserFromBattle: z.int(),
  kickUserFromBattle: z.int(),
});
export type FanOutCounts = z.infer<typeof FanOutCounts>;

export const fanOut = topic('telemetry_fan_out', FanOutCounts, {
  reach: 'node',
  actedOnBy: 'origin',
  sentBy: 'the fan-out server of each node',
  heardBy: 'what shows figures on that node',
  about:
    'Every five seconds, on each node for itself: lines its own connections were sent since, by event. For dashboards.',
});

export class FanOutServer extends Server<NodeId, undefined> {
  #since = none();
  #total = none();

  init(): undefined {
    this.every(PUBLISH_MS, 'publish');
  }

  override info(): void {
    this.node.localBroadcast(fanOut(), this.#since);
    this.#since = none();
  }

  add(counts: FanOutCounts): void {
    for (const event of FAN_OUT) {
      this.#since[event] += counts[event];
      this.#total[event] += counts[event];
    }
  }

  /** Since this node has started. */
  total(): FanOutCounts {
    return { ...this.#total };
  }
}

export const fanOutServer = server(
  'fan_out',
  { placement: 'one per node', about: 'Counts the lines that public events cost the connections of its node.' },
  FanOutServer,
);

/** Gathers the counts of a node's hub, and hands them to its server now and then: events are many. */
export class FanOutCounter {
  readonly #node: MusterNode;
  #counts = none();
  #isDue = false;

  constructor(node: MusterNode) {
    this.#node = node;
  }

  /** An event was carried to that many connections. */
  carried(event: RosterEvent, connections: number): void {
    const counter = counterOf(event);
    if (counter === undefined || connections === 0) return;
    this.#counts[counter] += connections;
    if (this.#isDue) return;
    this.#isDue = true;
    this.#node.after(GATHER_MS, () => {
      this.#isDue = false;
      this.#node.server(fanOutServer, this.#node.id).cast('add', this.#counts);
      this.#counts = none();
    });
  }
}

function counterOf(event: RosterEvent): FanOut | undefined {
  switch (event.kind) {
    case 'user-added':
      return 'userLoggedIn';
    case 'user-removed':
      return 'userLoggedOut';
    case 'user-status':
    case 'member-status':
      return 'updatedClient';
    case 'battle-opened':
    case 'battle-closed':
    case 'battle-info':
    case 'battle-title':
      return 'globalBattleUpdated';
    case 'member-joined':
      return 'addUserToBattle';
    case 'member-left':
      return event.forced ? 'kickUserFromBattle' : 'removeUserFromBattle';
    default:
      return undefined;
  }
}

function none(): FanOutCounts {
  return {
    userLoggedIn: 0,
    userLoggedOut: 0,
    updatedClient: 0,
    globalBattleUpdated: 0,
    addUserToBattle: 0,
    removeUserFromBattle: 0,
    kickUserFromBattle: 0,
  };
}
