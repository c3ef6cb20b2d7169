/**
 * Hashing on libuv's threads, off the event loop. The process has four of those for all nodes together, so a burst of
 * derivations queues there, not here.
 */
import { InvalidValue } from '../../base/index.ts';
import type { Compute } from '../../ports/index.ts';

const BLOCK_SIZE = 8;
const KEY_BYTES = 32;
/** 2^20 with r = 8 takes 1 GiB; more is a mistake. */
const HIGHEST_COST = 20;

/** Loaded when it is first needed: many nodes never hash, and it takes each of them milliseconds at its start. */
const nodeCrypto = (): typeof import('node:crypto') => process.getBuiltinModule('node:crypto');

/** What is not a task runs here. */
export const threadsHashing: Omit<Compute, 'run'> = {
  deriveKey(secret, salt, cost) {
    if (!Number.isInteger(cost) || cost < 1 || cost > HIGHEST_COST) {
      return Promise.reject(
        new InvalidValue('deriveKey', `cost must be an integer from 1 to ${HIGHEST_COST}, got ${cost}`),
      );
    }
    const N = 2 ** cost;
    const maxmem = 128 * BLOCK_SIZE * (N + 2) + 1024 * 1024;
    return new Promise((resolve, reject) => {
      nodeCrypto().scrypt(secret, salt, KEY_BYTES, { N, r: BLOCK_SIZE, p: 1, maxmem }, (error, key) => {
        if (error) reject(error);
        else resolve(new Uint8Array(key));
      });
    });
  },
  randomBytes: (count) => new Uint8Array(nodeCrypto().randomBytes(count)),
  load: () => process.getBuiltinModule('node:os').loadavg()[0]!,
};
