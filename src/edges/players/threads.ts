/** Threads of simulated players, seen from the one that asks them: all do the same step at the same time. */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import * as Comlink from 'comlink';
import { fromErrorData } from '../../base/index.ts';
import { bundlePlayerThread } from '../../cluster/index.ts';
import type { Crew } from './crew.ts';
import type { Plan } from './plan.ts';
import { PlayerFailed } from './player.ts';
import type { PlayersEndpoint, StepArguments, Steps } from './steps.ts';
import type { TroupePlan } from './troupe/plan.ts';
import type { Troupe } from './troupe/troupe.ts';

/** What a thread is to run: players that do what they are told, or players that act by themselves. */
export type Cast =
  | { readonly kind: 'crew'; readonly plan: Plan }
  | { readonly kind: 'troupe'; readonly plan: TroupePlan };

/** What a players' thread is started with. */
export interface PlayerSeat {
  readonly cast: Cast;
  readonly thread: number;
  readonly control: MessagePort;
}

interface Thread {
  readonly worker: Worker;
  readonly players: Comlink.Remote<PlayersEndpoint>;
  /** Rejects when the thread ends. */
  readonly gone: Promise<never>;
}

export class PlayerThreads<T = Crew> {
  readonly #threads: readonly Thread[];

  private constructor(threads: readonly Thread[]) {
    this.#threads = threads;
  }

  /** Starts as many threads as the plan says, each a `Crew`; nobody is connected yet. */
  static start(plan: Plan): Promise<PlayerThreads<Crew>> {
    return PlayerThreads.#start<Crew>({ kind: 'crew', plan });
  }

  /** The same, each a `Troupe`. */
  static startTroupe(plan: TroupePlan): Promise<PlayerThreads<Troupe>> {
    return PlayerThreads.#start<Troupe>({ kind: 'troupe', plan });
  }

  static async #start<T>(cast: Cast): Promise<PlayerThreads<T>> {
    const file = await bundlePlayerThread();
    const threads = Array.from({ length: cast.plan.threads }, (_, thread) => startThread(file, cast, thread));
    return new PlayerThreads<T>(threads);
  }

  /** Has all threads take a step; what each answers, in the order of the threads. Rejects with the first failure of any player. */
  all<S extends keyof T & keyof Steps<T> & string>(step: S, ...args: StepArguments<T, S>): Promise<Steps<T>[S][]> {
    return Promise.all(
      this.#threads.map(async ({ players, gone }) => {
        const answer = await Promise.race([players.take(step, args), gone]);
        if (!answer.ok) throw fromErrorData(answer.error);
        return answer.value as Steps<T>[S];
      }),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }
}

function startThread(file: string, cast: Cast, thread: number): Thread {
  const { port1, port2 } = new MessageChannel();
  const seat: PlayerSeat = { cast, thread, control: port2 };
  const worker = new Worker(file, { workerData: seat, transferList: [port2], execArgv: ['--enable-source-maps'] });
  const gone = new Promise<never>((_, reject) => {
    const name = `the thread ${thread}`;
    worker.once('error', (error) => reject(new PlayerFailed(name, `failed: ${error.message}`)));
    worker.once('exit', (code) => reject(new PlayerFailed(name, `ended with code ${code}`)));
  });
  // Nobody may be waiting when it ends.
  gone.catch(() => port1.close());
  return { worker, players: Comlink.wrap<PlayersEndpoint>(port1 as unknown as Comlink.Endpoint), gone };
}
