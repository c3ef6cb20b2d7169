/**
 * The app that the scenarios run on every node. What a scenario asks of a node is a method of one of the benches, which the
 * node keeps in its thread's global scope, where functions sent with `cluster.run` can reach them.
 */
import { defineApp } from '../../src/services/index.ts';
import { CacheBench, cacheDeclarations } from './caches.ts';
import { LatencyBench, latencyDeclarations } from './latency.ts';
import { NameBench, nameDeclarations } from './names.ts';
import { OverloadBench, overloadDeclarations } from './overload.ts';
import { PubSubBench, pubSubDeclarations } from './pubsub.ts';
import { ServerBench, serverDeclarations } from './servers.ts';

export interface Benches {
  readonly pubsub: PubSubBench;
  readonly caches: CacheBench;
  readonly servers: ServerBench;
  readonly names: NameBench;
  readonly latency: LatencyBench;
  readonly overload: OverloadBench;
}

const uses = [
  ...[...pubSubDeclarations, ...latencyDeclarations, ...overloadDeclarations],
  ...[...cacheDeclarations, ...serverDeclarations, ...nameDeclarations],
];

export default defineApp({ uses }, (node) => {
  const benches: Benches = {
    pubsub: new PubSubBench(node),
    caches: new CacheBench(node),
    servers: new ServerBench(node),
    names: new NameBench(node),
    latency: new LatencyBench(node),
    overload: new OverloadBench(node),
  };
  Object.assign(globalThis, { benches });
});
