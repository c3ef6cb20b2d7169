/** A real cluster of worker threads with the lobby and its gateway on every node, and strict clients for it. */
import type { NodeId } from '../../src/base/index.ts';
import { type Cluster, type ClusterOptions, startCluster } from '../../src/cluster/index.ts';
import { LobbyTestClient, type LoginOptions } from './lobby-client.ts';

/**
 * Cheap password hashing, talk as fast as a test likes, and who is cut off is gone at once: where a test is about one of these,
 * it says so.
 */
const SETTINGS = { hashCost: 4, graceMs: 0, chatGuard: false };

export interface LobbyCluster extends AsyncDisposable {
  readonly cluster: Cluster;
  /** Greeted, nothing sent yet. */
  guest(node: NodeId): Promise<LobbyTestClient>;
  /** Registered under a new name and logged in. */
  online(node: NodeId, name: string, options?: LoginOptions): Promise<LobbyTestClient>;
  /** A figure of a node, such as `connections`. */
  gauge(node: NodeId, name: string): Promise<number>;
  /** All violations that all clients have met so far. */
  violations(): string[];
}

export async function startLobbyCluster(nodes: number, options: ClusterOptions = {}): Promise<LobbyCluster> {
  const cluster = await startCluster({
    ...options,
    nodes,
    app: new URL('../../src/edges/gateway/app.ts', import.meta.url),
    data: 'memory',
    settings: { ...SETTINGS, ...(typeof options.settings === 'object' && options.settings) },
  });
  const clients: LobbyTestClient[] = [];
  const gauge = async (id: NodeId, name: string): Promise<number> => {
    const node = (await cluster.inspect()).nodes.find((inspection) => inspection.id === id);
    return node?.gauges[name] ?? Number.NaN;
  };
  const guest = async (node: NodeId): Promise<LobbyTestClient> => {
    const client = await LobbyTestClient.connect(await gauge(node, 'lobbyPort'));
    clients.push(client);
    return client;
  };
  return {
    cluster,
    gauge,
    guest,
    online: async (node, name, login) => {
      const client = await guest(node);
      await client.register(name);
      await client.login(name, undefined, login);
      return client;
    },
    violations: () =>
      clients.flatMap(({ model, violations }) =>
        violations.map(({ line, reason }) => `${model.name ?? 'guest'} got ${JSON.stringify(line)}: ${reason}`),
      ),
    [Symbol.asyncDispose]: async () => {
      const closed = await Promise.allSettled(clients.map((client) => client[Symbol.asyncDispose]()));
      await cluster.close();
      for (const result of closed) if (result.status === 'rejected') throw result.reason;
    },
  };
}
