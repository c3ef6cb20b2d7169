/** All scenarios, in the order in which they are run. */
import type { Scenario } from '../harness.ts';
import { boot4, boot16, boot64 } from './boot.ts';
import { cacheGet, cachePut, catchUp, updateContended } from './caches.ts';
import { curves } from './curves.ts';
import { latencies } from './latency.ts';
import { bootWithMillion, sessions100, sessions1000, sessions5000 } from './lobby.ts';
import { lookUp, register, sequenceNext } from './names.ts';
import { overload } from './overload.ts';
import { allToAll, fanOut, narrow, oneListens } from './pubsub.ts';
import { call64, call1024, callKept, callSequential, failoverAll, failoverFirst, failoverTwo } from './servers.ts';

export const SCENARIOS: readonly Scenario[] = [
  ...[fanOut, allToAll, oneListens, narrow],
  ...[cachePut, cacheGet, updateContended, catchUp],
  ...[call64, call1024, callSequential, callKept],
  ...[register, lookUp, sequenceNext],
  ...[failoverFirst, failoverAll, failoverTwo],
  ...[sessions100, sessions1000, sessions5000, bootWithMillion],
  ...[boot4, boot16, boot64],
  ...[overload, ...latencies],
  ...curves,
];
