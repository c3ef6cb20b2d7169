/** The world of one simulated party: virtual time, seeded randomness, the simulated network, a recorded log. */
import { createHash } from 'node:crypto';
import { type Address, hashText, integerBetween, type RandomSource, seededRandom } from '../../base/index.ts';
import { type Clock, type Compute, type Level, type Store, StoreFailed, type World } from '../../ports/index.ts';
import type { Network } from './network.ts';
import { Drift, partyClock } from './party-clock.ts';
import type { Scheduler } from './scheduler.ts';

export interface LogLine {
  readonly at: number;
  readonly party: Address;
  readonly level: Level;
  readonly message: string;
  readonly fields: Record<string, unknown> | undefined;
}

export interface SimulatedWorldOptions {
  readonly self: Address;
  readonly seed: number;
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly store: Store | undefined;
  /** How long the store takes beside its usual moment. Default: no longer. */
  readonly storeDelayMs?: () => number;
  /** How its clocks are off. Default: they are right. */
  readonly drift?: Drift;
  /** Whether the store refuses this party: it was evicted. Default: it does not. */
  readonly isFenced?: () => boolean;
  readonly onLog: (line: LogLine) => void;
}

const HASHING_MS = 40;
const TASK_MS = 2;
const QUERY_MS = 0.4;

export function simulatedWorld(options: SimulatedWorldOptions): World {
  const { self, seed, scheduler, network, onLog } = options;
  const random = seededRandom(seed ^ hashText(self));
  const clock = partyClock(self, scheduler, options.drift ?? new Drift());
  const { isFenced = () => false, storeDelayMs = () => 0 } = options;
  const store = options.store && delayedStore(options.store, clock, isFenced, storeDelayMs);
  return {
    transport: network.attach(self),
    clock,
    random,
    log: {
      write: (level, message, fields) => onLog({ at: scheduler.now, party: self, level, message, fields }),
    },
    compute: simulatedCompute(clock, random),
    freezeValues: true,
    tellsStacks: false,
    store: store && (() => store),
  };
}

/** Takes virtual time, and gives the same bytes for the same input; it protects nothing. */
function simulatedCompute(clock: Clock, random: RandomSource): Compute {
  return {
    run: (task, input) =>
      new Promise((resolve, reject) => {
        clock.after(TASK_MS, () => {
          try {
            resolve(task.run(input));
          } catch (error) {
            reject(error);
          }
        });
      }),
    deriveKey: (secret, salt, cost) =>
      new Promise((resolve) => {
        const bytes = createHash('sha256').update(secret).update(salt).update(String(cost)).digest();
        clock.after(HASHING_MS, () => resolve(new Uint8Array(bytes)));
      }),
    randomBytes: (count) => Uint8Array.from({ length: count }, () => integerBetween(random, 0, 255)),
    load: () => 0,
  };
}

/** The shared store, answering after a moment of virtual time. What was asked takes effect even if the asker dies. */
function delayedStore(store: Store, clock: Clock, isFenced: () => boolean, moreMs: () => number): Store {
  const later = <T>(what: string, ask: () => Promise<T>): Promise<T> => {
    const work = isFenced() ? Promise.reject(new StoreFailed(what, 'who asks was evicted from the cluster')) : ask();
    return new Promise((resolve, reject) => {
      clock.after(QUERY_MS + moreMs(), () => {
        work.then(resolve, reject);
      });
      // Told when its time has come, above; until then nobody listens.
      work.catch(() => undefined);
    });
  };
  return {
    ...(store.dialect && { dialect: store.dialect }),
    query: (sql, parameters) => later('query', () => store.query(sql, parameters)),
    batch: (statements) => later('batch', () => store.batch(statements)),
    reserve: (name, count) => later('reserve', () => store.reserve(name, count)),
    close: () => undefined,
  };
}
