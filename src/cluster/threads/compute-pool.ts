/**
 * The threads that run the tasks of all nodes: one piscina pool of the process, off every event loop. It and its bundle are
 * made for the first task; an app without tasks never has one.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Closed, Overloaded, Timeout, toErrorData } from '../../base/index.ts';
import { type ComputeAnswer, serveCompute } from '../../transports/threads/index.ts';
import { bundleComputeThread } from './bundle.ts';
import { endThread } from './end-thread.ts';

/** More would take the cores from the nodes. */
const MOST_THREADS = 2;
/** Tasks of all nodes that may wait for a thread; past it they are refused. */
const MOST_QUEUED = 1_000;
/** A thread with nothing to do ends after this. */
const IDLE_MS = 30_000;
/** A task that takes longer, waiting included, is given up and its thread ended. */
const DEADLINE_MS = 60_000;

/** What a thread of the pool gets. */
export interface ComputeOrder {
  readonly task: string;
  readonly input: unknown;
}

type Pool = import('piscina').Piscina<ComputeOrder, ComputeAnswer>;

export class ComputePool {
  readonly #appPath: string;
  readonly #deadlineMs: number;
  readonly #ports = new Set<MessagePort>();
  #pool: Promise<Pool> | undefined;
  #closed = false;

  constructor(appPath: string, deadlineMs = DEADLINE_MS) {
    this.#appPath = appPath;
    this.#deadlineMs = deadlineMs;
  }

  /** A port for one life of a node to have its tasks run through; to be transferred to it. */
  connect(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#ports.add(port1);
    port1.on('close', () => this.#ports.delete(port1));
    serveCompute(port1, (task, input) => this.run(task, input));
    return port2;
  }

  /** Never rejects: what goes wrong is in the answer. */
  async run(task: string, input: unknown): Promise<ComputeAnswer> {
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), this.#deadlineMs);
    try {
      const pool = await this.#open();
      if (pool.queueSize >= MOST_QUEUED) throw new Overloaded('the pool of tasks', MOST_QUEUED);
      return await pool.run({ task, input }, { signal: giveUp.signal });
    } catch (error) {
      const late = new Timeout(`task ${task}`, this.#deadlineMs, 'unknown');
      return { ok: false, error: toErrorData(giveUp.signal.aborted ? late : this.#closed ? closed() : error) };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the threads, whatever they do; who waits is told. */
  async close(): Promise<void> {
    this.#closed = true;
    // One that did not open was told to whoever asked for it, and there is nothing to end.
    const pool = await this.#pool?.catch(() => undefined);
    // The pool asks each thread once, and forgets it as soon as it is destroyed.
    if (pool) await Promise.all([...pool.threads.map(endThread), pool.destroy()]);
    for (const port of this.#ports) port.close();
  }

  #open(): Promise<Pool> {
    if (this.#closed) throw closed();
    // Tried again by the next task when it fails: the file may be there then.
    this.#pool ??= this.#make().catch((error: unknown) => {
      this.#pool = undefined;
      throw error;
    });
    return this.#pool;
  }

  async #make(): Promise<Pool> {
    // Loaded here and not above: most clusters run no task.
    const [{ Piscina }, filename] = await Promise.all([import('piscina'), bundleComputeThread(this.#appPath)]);
    return new Piscina({
      filename,
      ...{ minThreads: 0, maxThreads: MOST_THREADS, idleTimeout: IDLE_MS },
      // Not this process's own arguments: the bundle needs no loader.
      execArgv: ['--enable-source-maps'],
    });
  }
}

function closed(): Closed {
  return new Closed('the pool of tasks');
}
