/**
 * Read-modify-write on owned tables. The functions of one node on one key run together, on the caller's node, and travel
 * as one swap; when another node was faster, the owner grants the key in turn, so nobody loses for ever.
 */
import type { MapKey } from '../../base/index.ts';
import { DEFAULT_DEADLINE_MS } from '../../node/index.ts';
import type { Clock } from '../../ports/index.ts';
import type { Caller } from './caller.ts';
import type { Operation } from './operations.ts';
import type { OwnedTable } from './owned-table.ts';

type Swap = Extract<Operation, { kind: 'swap' }>;

/** From the present value (undefined: no entry) to the next (undefined: none). Synchronous, without effects. */
export type UpdateFunction = (current: unknown) => unknown;

interface Update {
  readonly change: UpdateFunction;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  result: unknown;
  /** When it was asked for. */
  readonly at: number;
}

interface Queue {
  waiting: Update[];
  /** Those whose result is on its way, all in one swap. */
  running: Update[];
  /** From when a request is planned until nothing waits any more: meanwhile nobody else may begin one. */
  busy: boolean;
}

/** Updates that were asked for within this time share a request, and so the deadline of the first of them. */
const TOGETHER_MS = 250;

export class Updates {
  readonly #caller: Caller;
  readonly #clock: Pick<Clock, 'now' | 'wall'>;
  readonly #queues = new Map<OwnedTable, Map<MapKey, Queue>>();

  constructor(caller: Caller, clock: Pick<Clock, 'now' | 'wall'>) {
    this.#caller = caller;
    this.#clock = clock;
  }

  update(table: OwnedTable, key: MapKey, expires: () => number, change: UpdateFunction): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const queue = this.#queueOf(table, key);
      queue.waiting.push({ change, resolve, reject, result: undefined, at: this.#clock.now() });
      if (queue.busy) return;
      queue.busy = true;
      queueMicrotask(() => this.#start(table, key, queue, expires));
    });
  }

  #queueOf(table: OwnedTable, key: MapKey): Queue {
    let queues = this.#queues.get(table);
    if (!queues) {
      queues = new Map();
      this.#queues.set(table, queues);
    }
    let queue = queues.get(key);
    if (!queue) {
      queue = { waiting: [], running: [], busy: false };
      queues.set(key, queue);
    }
    return queue;
  }

  #start(table: OwnedTable, key: MapKey, queue: Queue, expires: () => number): void {
    const entry = table.entry(key, this.#clock.wall());
    const first = queue.waiting[0]!.at;
    queue.running = queue.waiting.filter(({ at }) => at <= first + TOGETHER_MS);
    queue.waiting = queue.waiting.slice(queue.running.length);
    // What waited for a request that went nowhere has less time left.
    const deadlineMs = Math.max(1, first + DEFAULT_DEADLINE_MS - this.#clock.now());
    let swap = this.#run(queue, entry?.value, entry?.version ?? 0, expires);
    if (queue.running.length === 0) {
      this.#end(table, key, queue, expires);
      return;
    }
    this.#caller
      .ask(`update of ${table.name} ${String(key)}`, table.number, key, swap, {
        deadlineMs,
        granted: (value, version) => {
          // The swap that is under way may be a fit for this version: it must stay the only one.
          if (version !== swap.base) swap = this.#run(queue, value, version, expires);
          return swap;
        },
      })
      .then(
        () => this.#settle(queue, (update) => update.resolve(update.result)),
        (error) => this.#settle(queue, (update) => update.reject(error)),
      )
      .then(() => this.#end(table, key, queue, expires));
  }

  /**
   * Runs the functions on the value given. Only those that the request began with: an earlier copy of its swap may be
   * applied after all, and must then have held every one of them.
   */
  #run(queue: Queue, value: unknown, version: number, expires: () => number): Swap {
    let current = value;
    queue.running = queue.running.filter((update) => {
      try {
        current = update.change(current);
        update.result = current;
        return true;
      } catch (error) {
        update.reject(error);
        return false;
      }
    });
    const deleted = current === undefined;
    return { kind: 'swap', base: version, deleted, value: deleted ? null : current, expires: expires() };
  }

  #settle(queue: Queue, settle: (update: Update) => void): void {
    const updates = queue.running;
    queue.running = [];
    for (const update of updates) settle(update);
  }

  #end(table: OwnedTable, key: MapKey, queue: Queue, expires: () => number): void {
    if (queue.waiting.length > 0) this.#start(table, key, queue, expires);
    else this.#queues.get(table)?.delete(key);
  }
}
