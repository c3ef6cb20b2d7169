/**
 * Moderation: reports, and actions that keep a user from things until they expire or are lifted. What was resolved holds on
 * every node, for a user who is online anywhere at once. A server makes its own: `new Moderation(this.node)`.
 */
import type { Insertable } from 'kysely';
import * as z from 'zod';
import { cache, type MusterNode } from '../../services/index.ts';
import { Users } from '../accounts/users.ts';
import { LobbyRefused } from '../refusal.ts';
import { LobbyStore } from '../store/lobby-store.ts';
import type { AuditLogTable } from '../store/schema.ts';
import { moderationNews } from './news.ts';
import { type ImposedRestriction, inForce, Restriction, restrictionOn } from './restrictions.ts';

const MOST_REASON = 1_000;
const MOST_LOCATION = 100;
/** Actions of a user that are looked at; older ones that still hold are not many. */
const MOST_ACTIONS = 100;

const MOST_REPORTS = 20;
const REPORTS_MS = 3_600_000;

export const reportsMade = cache('reports_made', {
  key: z.int(),
  value: z.int(),
  writes: 'owner',
  ttlMs: REPORTS_MS,
  filled: 'when a user reports another',
  about: 'How many reports a user has made lately; too many are refused until an hour after the last.',
});

export interface Imposition {
  readonly userId: number;
  readonly restrictions: readonly Restriction[];
  readonly reason: string;
  /** Who imposes it; null: the server itself. */
  readonly by: number | null;
  /** Null: until it is lifted. */
  readonly forMs: number | null;
  readonly reportId?: number;
}

export interface Report {
  /** Null: the server itself. */
  readonly reporterId: number | null;
  readonly targetId: number;
  /** Where it happened: `battle`, `Automod`, … */
  readonly location: string;
  readonly locationId: number | null;
  readonly reason: string;
}

/** An action in force. */
export interface ModerationAction {
  readonly actionId: number;
  readonly restrictions: readonly Restriction[];
  readonly reason: string;
  readonly until: number | null;
  readonly acknowledged: boolean;
}

/** Every method rejects with `LobbyRefused` (`NoSuchUser`, `BadValue`), or with what the store or the cluster failed with. */
export class Moderation {
  readonly #node: MusterNode;
  readonly #store: LobbyStore;
  readonly #users: Users;

  constructor(node: MusterNode, store = new LobbyStore(() => node.store), users = new Users(node, store)) {
    this.#node = node;
    this.#store = store;
    this.#users = users;
  }

  /** Resolves to the action's id when the restrictions hold everywhere. `Login` ends his session, wherever it is. */
  async impose({ userId, restrictions, reason, by, forMs, reportId }: Imposition): Promise<number> {
    const names = [...new Set(restrictions)].map((name) => Restriction.parse(name));
    if (names.length === 0) throw new LobbyRefused('BadValue', 'An action needs a restriction');
    if (forMs !== null && !(forMs > 0)) throw new LobbyRefused('BadValue', 'An action lasts for longer than nothing');
    await this.#users.get(userId);
    const now = this.#node.wall();
    const until = forMs === null ? null : Math.round(now + forMs);
    const row = {
      account_id: userId,
      moderator_id: by,
      report_id: reportId ?? null,
      restrictions: JSON.stringify(names),
      reason: cut(reason, MOST_REASON),
      created_at: now,
      expires_at: until,
    };
    const [[made]] = await this.#users.change(
      [userId],
      [
        this.#store.db.insertInto('moderation_actions').values(row).returning('id'),
        this.#audit('impose', by, userId, { restrictions: names, reason: row.reason, until }),
      ],
    );
    const actionId = made!.id;
    this.#node.localBroadcast(moderationNews(), { kind: 'imposed', actionId, userId, restrictions: names, until });
    return actionId;
  }

  /** False when the action is not there, or was lifted before. */
  async lift(actionId: number, by: number | null): Promise<boolean> {
    const { db } = this.#store;
    const [action] = await this.#store.run(
      db
        .selectFrom('moderation_actions')
        .select('account_id')
        .where('id', '=', actionId)
        .where('lifted_at', 'is', null),
    );
    if (!action) return false;
    const userId = action.account_id;
    const [lifted] = await this.#users.change(
      [userId],
      [
        db
          .updateTable('moderation_actions')
          .set({ lifted_at: this.#node.wall() })
          .where('id', '=', actionId)
          .where('lifted_at', 'is', null)
          .returning('id'),
        this.#audit('lift', by, userId, { actionId }),
      ],
    );
    return lifted.length > 0;
  }

  /** Those in force. */
  async restrictionsOf(userId: number): Promise<readonly ImposedRestriction[]> {
    const now = this.#node.wall();
    return (await this.#users.get(userId)).restrictions.filter((restriction) => inForce(restriction, now));
  }

  /** Of these restrictions, the one in force that ends last. */
  async isRestricted(userId: number, ...names: readonly Restriction[]): Promise<ImposedRestriction | undefined> {
    return restrictionOn(await this.#users.get(userId), names, this.#node.wall());
  }

  /** Actions in force, the oldest first. */
  async actionsOf(userId: number): Promise<readonly ModerationAction[]> {
    const now = this.#node.wall();
    const rows = await this.#store.run(
      this.#store.db
        .selectFrom('moderation_actions')
        .select(['id', 'restrictions', 'reason', 'expires_at', 'acknowledged_at'])
        .where('account_id', '=', userId)
        .where('lifted_at', 'is', null)
        .where(({ eb, or }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
        .orderBy('id')
        .limit(MOST_ACTIONS),
    );
    return rows.map(({ id, restrictions, reason, expires_at, acknowledged_at }) => ({
      actionId: id,
      restrictions: Restriction.array().parse(JSON.parse(restrictions)),
      reason,
      until: expires_at,
      acknowledged: acknowledged_at !== null,
    }));
  }

  /** The user has read what was imposed on him so far. */
  async acknowledge(userId: number): Promise<void> {
    await this.#store.run(
      this.#store.db
        .updateTable('moderation_actions')
        .set({ acknowledged_at: this.#node.wall() })
        .where('account_id', '=', userId)
        .where('acknowledged_at', 'is', null),
    );
  }

  /** Resolves to the report's id. A report needs a reason; of one user only so many are taken (`TooMany`). */
  async report({ reporterId, targetId, location, locationId, reason }: Report): Promise<number> {
    if (reason.trim() === '') throw new LobbyRefused('BadValue', 'A report needs a reason');
    await this.#users.get(targetId);
    if (reporterId !== null) await this.#countReport(reporterId);
    const [[made]] = await this.#store.transact([
      this.#store.db
        .insertInto('reports')
        .values({
          reporter_id: reporterId,
          target_id: targetId,
          location: cut(location, MOST_LOCATION),
          location_id: locationId,
          reason: cut(reason, MOST_REASON),
          created_at: this.#node.wall(),
        })
        .returning('id'),
      this.#audit('report', reporterId, targetId, { location: cut(location, MOST_LOCATION), locationId }),
    ]);
    const reportId = made!.id;
    this.#node.localBroadcast(moderationNews(), { kind: 'reported', reportId, reporterId, targetId });
    return reportId;
  }

  async #countReport(reporterId: number): Promise<void> {
    await this.#node.cache(reportsMade).update(reporterId, (made = 0) => {
      if (made >= MOST_REPORTS) throw new LobbyRefused('TooMany', 'You have made many reports lately, please wait');
      return made + 1;
    });
  }

  #audit(action: string, by: number | null, targetId: number, details: Record<string, unknown>) {
    const row: Insertable<AuditLogTable> = {
      at: this.#node.wall(),
      actor_id: by,
      action,
      target_id: targetId,
      details: JSON.stringify(details),
    };
    return this.#store.db.insertInto('audit_log').values(row);
  }
}

/** One line, of so many characters at most. */
function cut(text: string, most: number): string {
  return text
    .replace(/[\r\n\t]+/g, ' ')
    .trim()
    .slice(0, most);
}
