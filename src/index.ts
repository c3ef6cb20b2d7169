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
  type StartOptions,
  startCluster,
  startSimulation,
} from './cluster/index.ts';
export { delay, drop, type LinkFault, type Verdict } from './ports/index.ts';
export {
  type App,
  type CacheHandle,
  cache,
  defineApp,
  type MergedCache,
  type MusterNode,
  type OwnedCache,
  type Registration,
  type RegistryHandle,
  registry,
  type SequenceHandle,
  Server,
  type ServerHandle,
  sequence,
  server,
  topic,
  View,
} from './services/index.ts';
