/** `inEachWorld` for tests on the app of the field tests; their bodies also get what was logged. */
import type { Cluster } from '../../src/index.ts';
import { inSimulation, onThreads, type TestWorld, type WorldOptions } from '../support/worlds.ts';
import app from './app.ts';

const APP_FILE = new URL('./app.ts', import.meta.url);

type Body = (cluster: Cluster, world: TestWorld, logged: () => string) => Promise<void>;

export function inEachFieldWorld(name: string, options: WorldOptions, body: Body): void {
  inSimulation(name, { ...options, app } as WorldOptions, (cluster, world) =>
    body(cluster, world, () => JSON.stringify(cluster.log())),
  );
  const chunks: Uint8Array[] = [];
  const onOutput = (chunk: Uint8Array): void => void chunks.push(chunk);
  onThreads(name, { ...options, app: APP_FILE, onOutput } as WorldOptions, (cluster, world) =>
    body(cluster, world, () => Buffer.concat(chunks).toString()),
  );
}
