/** What automod reads and writes. */
import type { MusterNode } from '../../../services/index.ts';
import { Users } from '../../accounts/users.ts';
import { moderationNews } from '../../moderation/news.ts';
import type { Restriction } from '../../moderation/restrictions.ts';
import { LobbyStore } from '../../store/lobby-store.ts';
import type { Rule } from '../../tasks/match-rules.ts';
import { fingerprintOf, HARDWARE, type Hardware } from './fingerprint.ts';

const BAN: readonly Restriction[] = ['Login', 'Site'];
const FINGERPRINT_STAT = 'hw_fingerprint';
const EXEMPT = ['role:developer', 'role:trusted'] as const;

export interface Suspect {
  readonly userId: number;
  readonly name: string;
  readonly bot: boolean;
  readonly moderator: boolean;
  readonly developer: boolean;
  readonly trusted: boolean;
  readonly lobbyHash: string;
  /** Empty: nothing is known of his computer. */
  readonly fingerprint: string;
}

export interface AutomodRule extends Rule {
  readonly reason: string;
}

export class AutomodRecords {
  readonly #node: MusterNode;
  readonly #store: LobbyStore;
  readonly #users: Users;

  constructor(node: MusterNode) {
    this.#node = node;
    this.#store = new LobbyStore(() => node.store);
    this.#users = new Users(node, this.#store);
  }

  /** Undefined when there is no such user. Keeps the fingerprint of his computer, where it is a new one. */
  async suspect(userId: number): Promise<Suspect | undefined> {
    const { db } = this.#store;
    const [[account], stats] = await this.#store.transact([
      db.selectFrom('accounts').select(['name', 'bot', 'moderator', 'lobby_hash']).where('id', '=', userId),
      db
        .selectFrom('account_stats')
        .select(['name', 'value'])
        .where('account_id', '=', userId)
        .where('name', 'in', [...HARDWARE, ...EXEMPT, FINGERPRINT_STAT]),
    ]);
    if (!account) return undefined;
    const known = new Map(stats.map(({ name, value }) => [name, value]));
    const fingerprint = fingerprintOf(Object.fromEntries(HARDWARE.map((stat) => [stat, known.get(stat)]))) ?? '';
    if (fingerprint !== '' && fingerprint !== known.get(FINGERPRINT_STAT)) {
      await this.#store.run(this.#stat(userId, FINGERPRINT_STAT, fingerprint));
    }
    return {
      userId,
      name: account.name,
      bot: account.bot === 1,
      moderator: account.moderator === 1,
      developer: known.get('role:developer') === '1',
      trusted: known.get('role:trusted') === '1',
      lobbyHash: account.lobby_hash ?? '',
      fingerprint,
    };
  }

  /** The user's id. Rejects with `LobbyRefused` `NoSuchUser`. */
  async userNamed(name: string): Promise<number> {
    return (await this.#users.named(name)).userId;
  }

  async keepHardware(userId: number, hardware: Hardware): Promise<void> {
    const stats = HARDWARE.flatMap((stat) => {
      const value = hardware[stat];
      return value === undefined ? [] : [this.#stat(userId, stat, value)];
    });
    await this.#store.transact(stats);
  }

  async rules(): Promise<AutomodRule[]> {
    return this.#store.run(
      this.#store.db
        .selectFrom('automod_rules')
        .select(['id', 'kind', 'value', 'reason'])
        .where('enabled', '=', 1)
        .orderBy('id'),
    );
  }

  /** Rules by which he has been banned before. */
  async usedRules(userId: number): Promise<ReadonlySet<number>> {
    const rows = await this.#store.run(
      this.#store.db.selectFrom('automod_bans').select('rule_id').where('account_id', '=', userId),
    );
    return new Set(rows.map(({ rule_id }) => rule_id));
  }

  /**
   * Bans for good: the report, the action and the audit row are one transaction. False when that rule has banned him before,
   * perhaps this moment on another node; nothing is written then.
   */
  async ban(userId: number, rule: AutomodRule): Promise<boolean> {
    let actionId: number;
    try {
      const [, , [action]] = await this.#users.change([userId], this.#banning(userId, rule));
      actionId = action!.id;
    } catch (error) {
      if ((await this.usedRules(userId)).has(rule.id)) return false;
      throw error;
    }
    this.#node.localBroadcast(moderationNews(), {
      kind: 'imposed',
      actionId,
      userId,
      restrictions: [...BAN],
      until: null,
    });
    return true;
  }

  #banning(userId: number, rule: AutomodRule) {
    const { db } = this.#store;
    const at = this.#node.wall();
    const reason = `Automod: ${rule.reason}`;
    return [
      db.insertInto('automod_bans').values({ account_id: userId, rule_id: rule.id, at }),
      db.insertInto('reports').values({
        reporter_id: null,
        target_id: userId,
        location: 'Automod',
        location_id: rule.id,
        reason,
        created_at: at,
      }),
      db
        .insertInto('moderation_actions')
        .values(({ selectFrom }) => ({
          account_id: userId,
          moderator_id: null,
          report_id: selectFrom('reports')
            .select(({ fn }) => fn.max('id').as('id'))
            .where('target_id', '=', userId)
            .where('location', '=', 'Automod')
            .where('location_id', '=', rule.id),
          restrictions: JSON.stringify(BAN),
          reason,
          created_at: at,
          expires_at: null,
        }))
        .returning('id'),
      db.insertInto('audit_log').values({
        at,
        actor_id: null,
        action: 'automod ban',
        target_id: userId,
        details: JSON.stringify({ rule: rule.id, kind: rule.kind }),
      }),
      this.#stat(userId, 'autoban_type', rule.kind),
      this.#stat(userId, 'autoban_id', String(rule.id)),
    ] as const;
  }

  #stat(userId: number, name: string, value: string) {
    return this.#store.db
      .insertInto('account_stats')
      .values({ account_id: userId, name, value })
      .onConflict((conflict) => conflict.columns(['account_id', 'name']).doUpdateSet({ value }));
  }
}
