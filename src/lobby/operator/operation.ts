/** What an operator may ask of a running lobby, and what comes back: plain data, checked at the edge. */
import * as z from 'zod';
import { Imposable } from '../moderation/restrictions.ts';

const Name = z.string().min(1).max(100);
/** A hundred years: a ban that is to last longer has no end. */
const MOST_BAN_MS = 100 * 365 * 24 * 3_600_000;

/** Of a user something is taken for a time; null: for good. */
const taking = (reason: string) => ({
  name: Name,
  forMs: z.nullable(z.int().min(1).max(MOST_BAN_MS)).default(null),
  reason: z.string().min(1).max(500).default(reason),
});

export const Operation = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('add-user'),
    name: Name,
    /** What the wire carries: base64 of the password's md5. */
    passwordHash: z.string().max(100),
    email: z.nullable(z.string().max(300)),
  }),
  z.strictObject({ kind: z.literal('set-role'), name: Name, role: z.enum(['moderator', 'bot']), on: z.boolean() }),
  z.strictObject({
    kind: z.literal('set-clan'),
    name: Name,
    /** Null: none. */
    clan: z.nullable(z.string().regex(/^[A-Za-z0-9]{1,10}$/)),
  }),
  z.strictObject({ kind: z.literal('ban-user'), ...taking('banned by the operator') }),
  z.strictObject({ kind: z.literal('unban-user'), name: Name }),
  z.strictObject({ kind: z.literal('mute-user'), ...taking('muted by the operator') }),
  z.strictObject({ kind: z.literal('unmute-user'), name: Name }),
  z.strictObject({
    kind: z.literal('restrict-user'),
    restriction: Imposable,
    ...taking('restricted by the operator'),
  }),
  z.strictObject({ kind: z.literal('allow-user'), restriction: Imposable, name: Name }),
  z.strictObject({ kind: z.literal('list-reports') }),
  z.strictObject({ kind: z.literal('list-automod-rules') }),
  z.strictObject({
    kind: z.literal('add-automod-rule'),
    /** What of a user is compared with the value. */
    of: z.enum(['hardware', 'lobby_hash']),
    value: z.string().min(1).max(500),
    reason: z.string().min(1).max(1_000),
  }),
  z.strictObject({ kind: z.literal('set-automod-rule'), id: z.coerce.number().int().positive(), enabled: z.boolean() }),
  z.strictObject({ kind: z.literal('list-settings') }),
  z.strictObject({ kind: z.literal('set-setting'), name: z.string().max(100), value: z.json() }),
  z.strictObject({ kind: z.literal('reset-setting'), name: z.string().max(100) }),
]);
export type Operation = z.infer<typeof Operation>;

export interface ShownSetting {
  readonly name: string;
  readonly value: unknown;
  /** What would hold if nobody had changed it. */
  readonly otherwise: unknown;
  readonly expected: string;
  readonly about: string;
}

export interface ShownRule {
  readonly id: number;
  /** `hardware` or `lobby_hash`. */
  readonly kind: string;
  readonly value: string;
  readonly reason: string;
  readonly enabled: boolean;
}

export interface ShownReport {
  readonly id: number;
  /** ms since the epoch. */
  readonly at: number;
  /** Null: the server itself. */
  readonly reporter: string | null;
  readonly target: string;
  readonly location: string;
  readonly locationId: number | null;
  readonly reason: string;
  /** What is imposed on the one it is about now, in words. */
  readonly inForce: readonly string[];
}

export interface OperationResult {
  /** What was done, in one sentence. */
  readonly message: string;
  /** The settings the operation was about. */
  readonly settings?: readonly ShownSetting[];
  /** All rules of Automod. */
  readonly rules?: readonly ShownRule[];
  /** The newest reports, the last one first. */
  readonly reports?: readonly ShownReport[];
}
