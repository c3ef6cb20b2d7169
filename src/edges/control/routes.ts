/**
 * What the control port answers: a table of routes over a target. Bodies are checked here; what a request does is the
 * target's matter. No HTTP library is named.
 */
import * as z from 'zod';
import { MusterError } from '../../base/index.ts';
import { Operation, type OperationResult } from '../../lobby/operator/operation.ts';
import { parseValue } from '../../services/index.ts';
import type { ClusterInspection } from './inspection.ts';
import { passwordHash } from './password.ts';

/** A command line that was carried out, how long it took, and what else came of it. */
export interface CommandAnswer {
  readonly command: string;
  readonly ms: number;
  readonly [effect: string]: unknown;
}

/** What stands behind the port. Each rejects with a `MusterError` that says why it could not be done. */
export interface ControlTarget {
  /** Carries out a line of the command language, as from standard input. */
  command(line: string): Promise<CommandAnswer>;
  inspect(): Promise<ClusterInspection>;
  /** In the text format of Prometheus. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** Does something to the lobby's accounts or settings. */
  operate(operation: Operation): Promise<OperationResult>;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** Gets the parts of the path and the body in one object. */
  readonly answer: (target: ControlTarget, input: Input) => Promise<Reply>;
}

export type Input = Readonly<Record<string, unknown>>;

export interface Reply {
  readonly body: unknown;
  /** Default: JSON. */
  readonly contentType?: string;
}

const Command = z.strictObject({ command: z.string().min(1).max(2_000) });
/** An account's password as people type it; the lobby knows it as clients send it. */
const NewUser = z.strictObject({
  name: z.string(),
  password: z.string().min(1).max(1_000),
  email: z.string().nullable().default(null),
});

const operates =
  (kind: Operation['kind']) =>
  async (target: ControlTarget, input: Input): Promise<Reply> => ({
    body: await target.operate(parseValue('the request', Operation, { ...input, kind })),
  });

export const ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: '/command',
    answer: async (target, input) => ({
      body: await target.command(parseValue('the request', Command, input).command),
    }),
  },
  { method: 'GET', path: '/inspect', answer: async (target) => ({ body: await target.inspect() }) },
  {
    method: 'GET',
    path: '/metrics',
    answer: async (target) => {
      const { contentType, text } = await target.metrics();
      return { body: text, contentType };
    },
  },
  {
    method: 'POST',
    path: '/users',
    answer: async (target, input) => {
      const { name, password, email } = parseValue('the request', NewUser, input);
      return { body: await target.operate({ kind: 'add-user', name, passwordHash: passwordHash(password), email }) };
    },
  },
  { method: 'PUT', path: '/users/:name/role', answer: operates('set-role') },
  { method: 'PUT', path: '/users/:name/clan', answer: operates('set-clan') },
  { method: 'PUT', path: '/users/:name/ban', answer: operates('ban-user') },
  { method: 'DELETE', path: '/users/:name/ban', answer: operates('unban-user') },
  { method: 'PUT', path: '/users/:name/mute', answer: operates('mute-user') },
  { method: 'DELETE', path: '/users/:name/mute', answer: operates('unmute-user') },
  { method: 'PUT', path: '/users/:name/restrictions/:restriction', answer: operates('restrict-user') },
  { method: 'DELETE', path: '/users/:name/restrictions/:restriction', answer: operates('allow-user') },
  { method: 'GET', path: '/reports', answer: operates('list-reports') },
  { method: 'GET', path: '/automod/rules', answer: operates('list-automod-rules') },
  { method: 'POST', path: '/automod/rules', answer: operates('add-automod-rule') },
  { method: 'PUT', path: '/automod/rules/:id', answer: operates('set-automod-rule') },
  { method: 'GET', path: '/settings', answer: operates('list-settings') },
  { method: 'PUT', path: '/settings/:name', answer: operates('set-setting') },
  { method: 'DELETE', path: '/settings/:name', answer: operates('reset-setting') },
];

export function notFound(method: string, path: string): MusterError {
  const there = ROUTES.map((route) => `${route.method} ${route.path}`).join(', ');
  return new MusterError('NotFound', `there is no ${method} ${path.slice(0, 200)}; there are ${there}`);
}
