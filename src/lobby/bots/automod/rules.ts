/** Automod's rules as operators keep them, and who is exempt from them. Every change leaves a row in the audit log. */
import type { MusterNode } from '../../../services/index.ts';
import { Users } from '../../accounts/users.ts';
import type { ShownRule } from '../../operator/operation.ts';
import { LobbyRefused } from '../../refusal.ts';
import { LobbyStore } from '../../store/lobby-store.ts';

export type RuleKind = 'hardware' | 'lobby_hash';
export type Exemption = 'developer' | 'trusted';

const MOST_VALUE = 500;
const MOST_REASON = 1_000;

/** Every method rejects with `LobbyRefused` (`BadValue`, `NoSuchUser`), or with what the store failed with. */
export class AutomodRules {
  readonly #node: MusterNode;
  readonly #store: LobbyStore;

  constructor(node: MusterNode) {
    this.#node = node;
    this.#store = new LobbyStore(() => node.store);
  }

  /** Resolves to the rule's id. One that is there already is enabled again, with the new reason. */
  async add(kind: RuleKind, value: string, reason: string, by: number | null): Promise<number> {
    if (value.trim() === '' || value.length > MOST_VALUE) throw new LobbyRefused('BadValue', 'A rule needs a value');
    if (reason.trim() === '') throw new LobbyRefused('BadValue', 'A rule needs a reason');
    const row = { kind, value, reason: reason.slice(0, MOST_REASON), enabled: 1 };
    const [[made]] = await this.#store.transact([
      this.#store.db
        .insertInto('automod_rules')
        .values({ ...row, added_by: by, created_at: this.#node.wall() })
        .onConflict((conflict) => conflict.columns(['kind', 'value']).doUpdateSet({ reason: row.reason, enabled: 1 }))
        .returning('id'),
      this.#audit('automod rule', by, null, { kind, value }),
    ]);
    return made!.id;
  }

  /** False when there is no such rule. */
  async setEnabled(ruleId: number, enabled: boolean, by: number | null): Promise<boolean> {
    const [changed] = await this.#store.transact([
      this.#store.db
        .updateTable('automod_rules')
        .set({ enabled: Number(enabled) })
        .where('id', '=', ruleId)
        .returning('id'),
      this.#audit(enabled ? 'automod rule enabled' : 'automod rule disabled', by, null, { ruleId }),
    ]);
    return changed.length > 0;
  }

  async list(): Promise<ShownRule[]> {
    const rows = await this.#store.run(
      this.#store.db.selectFrom('automod_rules').select(['id', 'kind', 'value', 'reason', 'enabled']).orderBy('id'),
    );
    return rows.map((row) => ({ ...row, enabled: row.enabled === 1 }));
  }

  /** Whether automod leaves a user alone. */
  async exempt(name: string, as: Exemption, wanted: boolean, by: number | null): Promise<void> {
    const { userId } = await new Users(this.#node, this.#store).named(name);
    const value = wanted ? '1' : '0';
    await this.#store.transact([
      this.#store.db
        .insertInto('account_stats')
        .values({ account_id: userId, name: `role:${as}`, value })
        .onConflict((conflict) => conflict.columns(['account_id', 'name']).doUpdateSet({ value })),
      this.#audit('automod exemption', by, userId, { as, wanted }),
    ]);
  }

  #audit(action: string, by: number | null, target: number | null, details: Record<string, unknown>) {
    return this.#store.db.insertInto('audit_log').values({
      at: this.#node.wall(),
      actor_id: by,
      action,
      target_id: target,
      details: JSON.stringify(details),
    });
  }
}
