/** The entry of a thread of simulated players: takes the steps it is asked for (see src/edges/players). It is bundled alone. */
import { workerData } from 'node:worker_threads';
import * as Comlink from 'comlink';
import { toErrorData } from '../src/base/index.ts';
import { Crew } from '../src/edges/players/crew.ts';
import type { PlayersEndpoint } from '../src/edges/players/steps.ts';
import type { Cast, PlayerSeat } from '../src/edges/players/threads.ts';
import { Troupe } from '../src/edges/players/troupe/troupe.ts';
import { threadsClock } from '../src/transports/threads/index.ts';

/** Runs this thread as the players of the seat in its workerData. */
export function startPlayers(): void {
  const { cast, thread, control } = workerData as PlayerSeat;
  const players = playersOf(cast, thread) as unknown as Record<string, (...args: readonly unknown[]) => unknown>;
  const endpoint: PlayersEndpoint = {
    async take(step, args) {
      try {
        return { ok: true, value: await players[step]!(...args) };
      } catch (error) {
        return { ok: false, error: toErrorData(error) };
      }
    },
  };
  Comlink.expose(endpoint, control as unknown as Comlink.Endpoint);
}

function playersOf(cast: Cast, thread: number): Crew | Troupe {
  return cast.kind === 'crew' ? new Crew(cast.plan, thread, threadsClock) : new Troupe(cast.plan, thread, threadsClock);
}
