/**
 * The lobby's TCP door on one node: listens, makes a client of each socket, counts them, and lets go of them when the
 * node stops. One gateway serves one lobby.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { deferred, MusterError } from '../../base/index.ts';
import type { Lobby, RosterReader, User } from '../../lobby/index.ts';
import type { Clock, Level } from '../../ports/index.ts';
import type { NodeLog, Standing } from '../../services/index.ts';
import type { Certificate } from './certificate.ts';
import { LobbyClient, type LogFields } from './client.ts';
import { Connection } from './connection.ts';
import { DEFAULT_LIMITS, type LimitTable } from './limits.ts';
import { Outlet } from './outlet.ts';
import { Stream } from './stream.ts';

export interface GatewayOptions {
  readonly lobby: Lobby;
  readonly clock: Pick<Clock, 'now' | 'after' | 'turn'>;
  readonly log: NodeLog;
  /** Where to listen; a name or an address. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** What a user is greeted with after login, one line each. */
  motd(user: User, roster: RosterReader): readonly string[];
  /** Asked for when a client wants TLS, until it was given once. Without it there is no TLS. */
  certificate?(): Promise<Certificate>;
  /** Default: those of the protocol. */
  readonly limits?: LimitTable;
}

export interface Gateway {
  /** The port it listens on. */
  readonly port: number;
  /** Sockets open now. */
  readonly connections: number;
  /** Stops accepting, tells its clients, ends their sessions; resolves when all are gone or cut off. Fine to call twice. */
  close(): Promise<void>;
}

/** Why a gateway cannot listen: `PortTaken`, `PortForbidden`, `NoSuchAddress` or `ListenFailed`; the message is one clear sentence. */
export class ListenError extends MusterError {}

/** What becomes of a client under each standing of its node. */
const TELL: Readonly<Record<Standing, (client: LobbyClient) => void>> = {
  primary: (client) => client.trust(),
  doubtful: (client) => client.doubt(),
  outside: (client) => client.lose(),
};

/** How long clients and their sessions have when the gateway closes. */
const CLOSE_MS = 3_000;

/** Listens. Rejects with `ListenError`. */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const clients = new Map<LobbyClient, Socket>();
  const limits = options.limits ?? DEFAULT_LIMITS;
  const stream = new Stream();
  const outlet = new Outlet(options.clock);
  const allGone = deferred<void>();
  let closing: Promise<void> | undefined;
  /** Connections there were so far: with node and incarnation a number tells one from all others in the log. */
  let connection = 0;
  let secureContext: Promise<SecureContext> | undefined;

  function secure(certificate: () => Promise<Certificate>): Promise<SecureContext> {
    secureContext ??= certificate().then(createSecureContext);
    secureContext.catch(() => {
      secureContext = undefined;
    });
    return secureContext;
  }

  function accept(socket: Socket): void {
    connection += 1;
    const number = connection;
    const log = (level: Level, what: string, fields: LogFields): void =>
      options.log.write(level, `gateway: ${what}`, { connection: number, ...fields });
    const client = new LobbyClient({
      lobby: options.lobby,
      clock: options.clock,
      stream,
      limits,
      secureContext: options.certificate && (() => secure(options.certificate!)),
      address: plainAddress(socket.remoteAddress),
      motd: options.motd,
      report: (what, error, who) => log('error', what, { ...who, error: String(error) }),
      warn: (what, error, who) => log('warn', what, { ...who, error: String(error) }),
      note: (what, who) => log('debug', what, who),
      gone: () => {
        clients.delete(client);
        if (closing && clients.size === 0) allGone.resolve();
      },
    });
    clients.set(client, socket);
    client.greet(
      new Connection({
        socket,
        clock: options.clock,
        outlet,
        owner: client,
        limits: limits.guest,
        longLines: limits.longLines,
        writeQueueBytes: limits.writeQueueBytes,
      }),
    );
    tellStanding(client);
  }

  function tellStanding(client: LobbyClient): void {
    TELL[options.lobby.standing()](client);
  }

  const stopWatching = options.lobby.onStanding(() => [...clients.keys()].forEach(tellStanding));

  const server = createServer({ allowHalfOpen: true }, accept);
  server.maxConnections = limits.connections;
  const port = await listen(server, options.host, options.port);
  server.on('error', (error) =>
    options.log.write('error', 'gateway: the listening socket failed', { error: String(error) }),
  );

  async function close(): Promise<void> {
    server.close();
    stopWatching();
    for (const client of [...clients.keys()]) client.shutDown();
    if (clients.size === 0) allGone.resolve();
    const cancel = options.clock.after(CLOSE_MS, () => allGone.resolve());
    await allGone.promise;
    cancel();
    for (const socket of clients.values()) socket.destroy();
  }

  return {
    port,
    get connections() {
      return clients.size;
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  const ready = deferred<void>();
  server.once('error', ready.reject);
  server.listen({ host, port }, ready.resolve);
  try {
    await ready.promise;
  } catch (error) {
    throw listenError(host, port, error);
  }
  server.off('error', ready.reject);
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw listenError(host, port, new Error('no address'));
  return address.port;
}

const REASONS: Record<string, { code: string; say: (host: string, port: number) => string }> = {
  EADDRINUSE: { code: 'PortTaken', say: (host, port) => `port ${port} on ${host} is taken by another program` },
  EACCES: {
    code: 'PortForbidden',
    say: (host, port) => `port ${port} on ${host} needs more rights than this program has`,
  },
  EADDRNOTAVAIL: { code: 'NoSuchAddress', say: (host) => `${host} is not an address of this machine` },
  ENOTFOUND: { code: 'NoSuchAddress', say: (host) => `${host} is not the name of a machine` },
};

function listenError(host: string, port: number, cause: unknown): ListenError {
  const reason = REASONS[(cause as { code?: string }).code ?? ''];
  const message = reason?.say(host, port) ?? `cannot listen on port ${port} of ${host}: ${String(cause)}`;
  return new ListenError(reason?.code ?? 'ListenFailed', message, { host, port }, { cause });
}

/** IPv4 addresses come dressed as IPv6 on a socket that takes both. */
function plainAddress(address: string | undefined): string {
  return (address ?? '0.0.0.0').replace(/^::ffff:/, '');
}
