/**
 * Work that is to be done once per interval of the wall clock in the whole cluster, whichever node does it: summing up a minute,
 * cleaning up a day. One singleton keeps for each job which interval was done last; when its node dies in the middle of
 * a job, the next one does that interval again. So what a job does must be the same done twice for one interval: it writes under
 * a unique key made of the interval's begin.
 */
import * as z from 'zod';
import { InvalidValue } from '../../base/index.ts';
import { type MusterNode, Server, type ServerDeclaration, type ServerSelf, server } from '../servers/index.ts';

/** Times of the wall clock, in ms since 1970; `to` is where the next one begins. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

export interface Job {
  readonly name: string;
  /** Intervals begin at multiples of this since 1970, in UTC. */
  readonly everyMs: number;
  /** Past it a run counts as failed. Default 30,000. */
  readonly deadlineMs?: number;
  /**
   * Does the work for an interval that is over. When it rejects, it is tried again until the next interval is over. Of intervals that
   * passed while nobody could run it (the cluster was down), only the last is done. What it casts and broadcasts leaves when it is
   * done; calls and the store do not wait.
   */
  run(node: MusterNode, interval: Interval): Promise<void>;
}

const JobsState = z.object({
  /** The begin of the last interval that is done, for each job. */
  done: z.array(z.object({ job: z.string(), from: z.number() })),
});
type JobsState = z.infer<typeof JobsState>;

export type JobsDeclaration = ServerDeclaration<never, JobsState, JobsServer>;

const DEADLINE_MS = 30_000;
const AGAIN_MS = 5_000;
/** The clock may be set, so no wait is longer. */
const LONGEST_WAIT_MS = 60_000;

/** Declares a set of jobs; an app lists it in its `uses`, and it runs. */
export function jobs(name: string, list: readonly Job[], options: { about: string }): JobsDeclaration {
  for (const job of list) {
    if (!(job.everyMs >= 1_000)) throw new InvalidValue(`job ${job.name}`, 'everyMs is at least 1,000');
  }
  if (new Set(list.map((job) => job.name)).size < list.length) {
    throw new InvalidValue(`jobs ${name}`, 'two have the same name');
  }
  class Jobs extends JobsServer {
    constructor(self: ServerSelf<never>) {
      super(self, list);
    }
  }
  return server(
    name,
    { placement: 'singleton', state: JobsState, keeps: 'state', about: options.about },
    Jobs as new (
      self: ServerSelf<never>,
    ) => JobsServer,
  );
}

export class JobsServer extends Server<never, JobsState> {
  readonly #jobs: readonly Job[];
  /** Jobs whose failure for this interval was logged already. */
  readonly #complained = new Map<string, number>();

  constructor(self: ServerSelf<never>, list: readonly Job[]) {
    super(self);
    this.#jobs = list;
  }

  /** The interval in which a job is met for the first time is the first that is done, when it is over. */
  init(kept: JobsState | undefined): JobsState {
    this.after(0, 'look');
    const now = this.node.wall();
    return {
      done: this.#jobs.map(({ name, everyMs }) => {
        const known = kept?.done.find((entry) => entry.job === name);
        return { job: name, from: known?.from ?? beginOf(now, everyMs) - everyMs };
      }),
    };
  }

  override async info(): Promise<void> {
    // What is due, and when to look again, go by one look at the clock: an interval that ends between two would be passed over.
    const now = this.node.wall();
    let failed = false;
    for (const job of this.#jobs) failed = !(await this.#runIfDue(job, now)) || failed;
    const next = Math.min(...this.#jobs.map(({ everyMs }) => beginOf(now, everyMs) + everyMs));
    const waitMs = Math.max(0, next - this.node.wall());
    this.after(Math.min(waitMs, failed ? AGAIN_MS : LONGEST_WAIT_MS), 'look');
  }

  /** Whether nothing is left to do for it. */
  async #runIfDue(job: Job, now: number): Promise<boolean> {
    const to = beginOf(now, job.everyMs);
    const from = to - job.everyMs;
    if (this.#lastOf(job) >= from) return true;
    try {
      await this.#withDeadline(job, job.run(this.node, { from, to }));
    } catch (error) {
      this.#complain(job, from, error);
      return false;
    }
    this.state = { done: this.state.done.map((entry) => (entry.job === job.name ? { job: job.name, from } : entry)) };
    return true;
  }

  #lastOf(job: Job): number {
    return this.state.done.find((entry) => entry.job === job.name)!.from;
  }

  #withDeadline(job: Job, work: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const ms = job.deadlineMs ?? DEADLINE_MS;
      const cancel = this.node.after(ms, () => reject(new Error(`not done within ${ms} ms`)));
      work.then(resolve, reject).finally(cancel);
    });
  }

  #complain(job: Job, from: number, error: unknown): void {
    if (this.#complained.get(job.name) === from) return;
    this.#complained.set(job.name, from);
    this.node.log.write('warn', 'a job failed and will be tried again', { job: job.name, from, error: String(error) });
  }
}

/** The begin of the interval in which `at` is. */
function beginOf(at: number, everyMs: number): number {
  return Math.floor(at / everyMs) * everyMs;
}
