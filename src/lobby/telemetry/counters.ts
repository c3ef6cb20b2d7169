/** What the lobby counts on each node, and what can be read off the replicated tables once for all nodes. Pure. */
import * as z from 'zod';
import type { LobbyRecord } from '../battles/record.ts';
import type { SessionInfo } from '../presence/sessions.ts';
import { decodeBattleStatus } from '../status/battle-status.ts';
import { decodeClientStatus } from '../status/client-status.ts';

export const COUNTERS = [
  'matchesStarted',
  'matchesStopped',
  'usersConnected',
  'usersDisconnected',
  'botsConnected',
  'botsDisconnected',
] as const;
export type Counter = (typeof COUNTERS)[number];

/** How often each was counted. */
export const Counts = z.object({
  matchesStarted: z.int(),
  matchesStopped: z.int(),
  usersConnected: z.int(),
  usersDisconnected: z.int(),
  botsConnected: z.int(),
  botsDisconnected: z.int(),
});
export type Counts = z.infer<typeof Counts>;

export function noCounts(): Counts {
  return summed([]);
}

export function summed(all: readonly Counts[]): Counts {
  const sum = (counter: Counter): number => all.reduce((total, counts) => total + counts[counter], 0);
  return Object.fromEntries(COUNTERS.map((counter) => [counter, sum(counter)])) as Counts;
}

/** How many there are now. A user who is no bot is exactly one of menu, lobby, spectator, player. */
export const Gauges = z.object({
  menu: z.int(),
  lobby: z.int(),
  spectator: z.int(),
  player: z.int(),
  users: z.int(),
  bots: z.int(),
  battles: z.int(),
  battlesInProgress: z.int(),
  battlesWaiting: z.int(),
  /** Of the machine, over about a minute. */
  serverLoad: z.number(),
});
export type Gauges = z.infer<typeof Gauges>;

export function gaugesOf(
  sessions: readonly SessionInfo[],
  lobbies: readonly LobbyRecord[],
  serverLoad: number,
): Gauges {
  const gauges: Gauges = {
    ...{ menu: 0, lobby: 0, spectator: 0, player: 0, users: 0, bots: 0 },
    ...{ battles: 0, battlesInProgress: 0, battlesWaiting: 0, serverLoad },
  };
  const isPlayer = new Map(
    lobbies.flatMap(({ members }) =>
      members.map(({ session, status }) => [session, decodeBattleStatus(status).player] as const),
    ),
  );
  const online = new Map(sessions.map((session) => [session.userId, session]));
  for (const info of sessions) {
    if (info.bot) {
      gauges.bots += 1;
      continue;
    }
    gauges.users += 1;
    gauges[placeOf(info, isPlayer.get(info.session))] += 1;
  }
  for (const { founder } of lobbies) {
    const host = online.get(founder);
    if (!host) continue;
    gauges.battles += 1;
    gauges[decodeClientStatus(host.status).inGame ? 'battlesInProgress' : 'battlesWaiting'] += 1;
  }
  return gauges;
}

function placeOf(info: SessionInfo, isPlayer: boolean | undefined): 'menu' | 'lobby' | 'spectator' | 'player' {
  if (isPlayer === undefined) return 'menu';
  if (!decodeClientStatus(info.status).inGame) return 'lobby';
  return isPlayer ? 'player' : 'spectator';
}
