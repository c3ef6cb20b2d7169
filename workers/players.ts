/** The entry of a thread of simulated players: takes the steps it is asked for (see src/edges/players). It is bundled alone. */
import { workerData } from 'node:worker_threads';
import * as Comlink from 'comlink';
import { toErrorData } from '../src/base/index.ts';
import { Crew } from '../src/edges/players/crew.ts';
import type { CrewEndpoint, Steps } from '../src/edges/players/steps.ts';
import type { PlayerSeat } from '../src/edges/players/threads.ts';
import { threadsClock } from '../src/transports/threads/index.ts';

/** Runs this thread as the crew of the seat in its workerData. */
export function startPlayers(): void {
  const { plan, thread, control } = workerData as PlayerSeat;
  const crew = new Crew(plan, thread, threadsClock);
  const endpoint: CrewEndpoint = {
    async take(step, args) {
      try {
        const take = crew[step] as (...args: readonly unknown[]) => Promise<Steps[typeof step]>;
        return { ok: true, value: await take.apply(crew, [...args]) };
      } catch (error) {
        return { ok: false, error: toErrorData(error) };
      }
    },
  };
  Comlink.expose(endpoint, control as unknown as Comlink.Endpoint);
}
