/** The control port: HTTP on the host's own thread, over a target. It reports failures as JSON, and closes gracefully. */
import type { AddressInfo } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { MusterError } from '../../base/index.ts';
import { failureOf } from './errors.ts';
import { checkRequest } from './guard.ts';
import { type ControlAddress, isLoopback } from './loopback.ts';
import { type ControlTarget, type Input, notFound, ROUTES, type Route } from './routes.ts';

export interface ControlServer {
  /** Where it answers: `http://127.0.0.1:8190`. */
  readonly url: string;
  /** Takes no more requests; resolves when those under way are answered, or after a while. Fine to call twice. */
  close(): Promise<void>;
}

const BODY_LIMIT = 64 * 1_024;
const MOST_CONNECTIONS = 128;
const REQUEST_TIMEOUT_MS = 30_000;
const CLOSE_MS = 2_000;

/**
 * Listens. Rejects with `TokenMissing` when others than this machine could reach it and no token is set, and with
 * `PortTaken` or `CannotListen`; each is one clear sentence.
 */
export async function openControl(address: ControlAddress, target: ControlTarget): Promise<ControlServer> {
  const { host, port, token } = address;
  if (token === undefined && !isLoopback(host)) {
    throw new MusterError(
      'TokenMissing',
      `a control port on ${host} can be reached from other machines and needs a token: --control-token TOKEN, or MUSTER_CONTROL_TOKEN in the environment`,
    );
  }
  const { fastify } = await import('fastify');
  const http = fastify({ bodyLimit: BODY_LIMIT, requestTimeout: REQUEST_TIMEOUT_MS, forceCloseConnections: 'idle' });
  http.server.maxConnections = MOST_CONNECTIONS;
  http.addHook('onRequest', async ({ headers }) => checkRequest(headers, token));
  http.setErrorHandler(async (error, _request, reply) => tell(reply, error));
  http.setNotFoundHandler(async ({ method, url }, reply) => tell(reply, notFound(method, url)));
  for (const route of ROUTES) add(http, route, target);
  try {
    await http.listen({ host, port });
  } catch (error) {
    await http.close();
    throw listenError(host, port, error as NodeJS.ErrnoException);
  }
  let closing: Promise<void> | undefined;
  return {
    url: urlOf(host, (http.server.address() as AddressInfo).port),
    close: () => {
      closing ??= close(http);
      return closing;
    },
  };
}

function add(http: FastifyInstance, { method, path, answer }: Route, target: ControlTarget): void {
  http.route({
    method,
    url: path,
    handler: async (request, reply) => {
      const { body, contentType = 'application/json; charset=utf-8' } = await answer(target, inputOf(request));
      return reply.type(contentType).send(contentType.startsWith('application/json') ? JSON.stringify(body) : body);
    },
  });
}

/** What the path says goes before what the body says. */
function inputOf({ body, params }: FastifyRequest): Input {
  if (body !== undefined && body !== null && (typeof body !== 'object' || Array.isArray(body))) {
    throw new MusterError('BadRequest', 'the body is not a JSON object');
  }
  return { ...(body ?? {}), ...(params as Input) };
}

function tell(reply: FastifyReply, error: unknown): FastifyReply {
  const { status, body } = failureOf(error);
  return reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(body));
}

async function close(http: FastifyInstance): Promise<void> {
  const late = setTimeout(() => http.server.closeAllConnections(), CLOSE_MS);
  await http.close();
  clearTimeout(late);
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function listenError(host: string, port: number, error: NodeJS.ErrnoException): MusterError {
  if (error.code === 'EADDRINUSE') {
    const message = `port ${port} on ${host}, meant for control, is taken; choose another with --control-port (0 takes a free one, none does without)`;
    return new MusterError('PortTaken', message, { host, port });
  }
  const reasons: Record<string, string> = {
    EACCES: 'this user may not',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'there is no such address',
  };
  const reason = reasons[error.code ?? ''] ?? error.message;
  return new MusterError('CannotListen', `cannot listen on ${host} port ${port} for control: ${reason}`, {
    host,
    port,
  });
}
