/** A gateway on a free port with a lobby in memory, for tests of the gateway alone. */
import { type Certificate, clusterCertificate } from '../../src/edges/gateway/certificate.ts';
import { type Gateway, openGateway } from '../../src/edges/gateway/gateway.ts';
import { DEFAULT_LIMITS, type LimitTable } from '../../src/edges/gateway/limits.ts';
import type { Clock } from '../../src/ports/index.ts';
import { LobbyTestClient, type LoginOptions } from './lobby-client.ts';
import { MemoryLobby } from './memory-lobby.ts';

export const realClock: Pick<Clock, 'now' | 'after' | 'turn'> = {
  now: () => performance.now(),
  after: (ms, act) => {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
  turn: (act) => {
    setImmediate(act);
  },
};

export interface TestGateway extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly lobby: MemoryLobby;
  /** Faults of the server that were logged. */
  readonly errors: string[];
  /** What else was logged, for whoever looks for it. */
  readonly notes: string[];
  /** A registered, logged-in client, closed with the gateway. */
  online(name: string, options?: LoginOptions): Promise<LobbyTestClient>;
  /** A client that has been greeted and has sent nothing. */
  guest(): Promise<LobbyTestClient>;
  /** All violations of all its clients. */
  violations(): string[];
}

export async function openTestGateway(
  options: {
    limits?: Partial<LimitTable>;
    clock?: typeof realClock;
    certificate?: (() => Promise<Certificate>) | null;
    motd?: readonly string[];
  } = {},
): Promise<TestGateway> {
  const lobby = new MemoryLobby();
  const errors: string[] = [];
  const notes: string[] = [];
  const clients: LobbyTestClient[] = [];
  const gateway = await openGateway({
    lobby,
    clock: options.clock ?? realClock,
    log: {
      write: (level, message, fields) => {
        (level === 'debug' ? notes : errors).push(`${message} ${JSON.stringify(fields)}`);
      },
    },
    host: '127.0.0.1',
    port: 0,
    motd: (user) => options.motd ?? [`Welcome, ${user.name}.`],
    ...(options.certificate !== null && {
      certificate: options.certificate ?? (() => clusterCertificate(lobby, Date.now())),
    }),
    limits: { ...DEFAULT_LIMITS, ...options.limits },
  });
  const keep = async (client: Promise<LobbyTestClient>): Promise<LobbyTestClient> => {
    clients.push(await client);
    return client;
  };
  return {
    gateway,
    lobby,
    errors,
    notes,
    online: (name, login) => keep(LobbyTestClient.online(gateway.port, name, login)),
    guest: () => keep(LobbyTestClient.connect(gateway.port)),
    violations: () => clients.flatMap(({ violations }) => violations.map(({ line, reason }) => `${line}: ${reason}`)),
    [Symbol.asyncDispose]: async () => {
      const closed = await Promise.allSettled(clients.map((client) => client[Symbol.asyncDispose]()));
      await gateway.close();
      for (const result of closed) if (result.status === 'rejected') throw result.reason;
    },
  };
}
