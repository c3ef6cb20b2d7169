/** The library's door. */

export * from './base/index.ts';
export {
  type Cluster,
  type ClusterEvent,
  type ClusterOptions,
  type Inspection,
  NotSettled,
  type RestartPolicy,
  type SimulatedCluster,
  type SimulationOptions,
  startCluster,
  type StartOptions,
  startSimulation,
} from './cluster/index.ts';
export { delay, drop, type LinkFault, type Verdict } from './ports/index.ts';
export {
  type App,
  cache,
  type CacheHandle,
  defineApp,
  type MergedCache,
  type MusterNode,
  type OwnedCache,
  registry,
  type Registration,
  type RegistryHandle,
  sequence,
  type SequenceHandle,
  Server,
  server,
  type ServerHandle,
  topic,
  View,
} from './services/index.ts';
