/** Threads of simulated players, seen from the one that asks them: each runs a `Crew`, and all do the same step at the same time. */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import * as Comlink from 'comlink';
import { fromErrorData } from '../../base/index.ts';
import { bundlePlayerThread } from '../../cluster/index.ts';
import type { Crew } from './crew.ts';
import type { Plan } from './plan.ts';
import { PlayerFailed } from './player.ts';
import type { CrewEndpoint, Steps } from './steps.ts';

/** What a players' thread is started with. */
export interface PlayerSeat {
  readonly plan: Plan;
  readonly thread: number;
  readonly control: MessagePort;
}

interface Thread {
  readonly worker: Worker;
  readonly crew: Comlink.Remote<CrewEndpoint>;
  /** Rejects when the thread ends. */
  readonly gone: Promise<never>;
}

export class PlayerThreads {
  readonly #threads: readonly Thread[];

  private constructor(threads: readonly Thread[]) {
    this.#threads = threads;
  }

  /** Starts as many threads as the plan says; nobody is connected yet. */
  static async start(plan: Plan): Promise<PlayerThreads> {
    const file = await bundlePlayerThread();
    return new PlayerThreads(Array.from({ length: plan.threads }, (_, thread) => startThread(file, plan, thread)));
  }

  /** Has all threads take a step; what each answers, in the order of the threads. Rejects with the first failure of any player. */
  all<S extends keyof Steps>(step: S, ...args: Parameters<Crew[S]>): Promise<Steps[S][]> {
    return Promise.all(
      this.#threads.map(async ({ crew, gone }) => {
        const answer = await Promise.race([crew.take(step, args), gone]);
        if (!answer.ok) throw fromErrorData(answer.error);
        return answer.value as Steps[S];
      }),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }
}

function startThread(file: string, plan: Plan, thread: number): Thread {
  const { port1, port2 } = new MessageChannel();
  const seat: PlayerSeat = { plan, thread, control: port2 };
  const worker = new Worker(file, { workerData: seat, transferList: [port2], execArgv: ['--enable-source-maps'] });
  const gone = new Promise<never>((_, reject) => {
    const name = `the thread ${thread}`;
    worker.once('error', (error) => reject(new PlayerFailed(name, `failed: ${error.message}`)));
    worker.once('exit', (code) => reject(new PlayerFailed(name, `ended with code ${code}`)));
  });
  // Nobody may be waiting when it ends.
  gone.catch(() => port1.close());
  return { worker, crew: Comlink.wrap<CrewEndpoint>(port1 as unknown as Comlink.Endpoint), gone };
}
