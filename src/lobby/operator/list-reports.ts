/** What users reported of each other, for an operator. */
import type { MusterNode } from '../../services/index.ts';
import { Moderation } from '../moderation/moderation.ts';
import type { LobbyStore } from '../store/lobby-store.ts';
import type { ShownReport } from './operation.ts';

const MOST_SHOWN = 50;

/** The newest ones, the last one first. */
export async function listReports(node: MusterNode, store: LobbyStore): Promise<ShownReport[]> {
  const rows = await store.run(
    store.db
      .selectFrom('reports')
      .innerJoin('accounts as target', 'target.id', 'reports.target_id')
      .leftJoin('accounts as reporter', 'reporter.id', 'reports.reporter_id')
      .select(['reports.id', 'target_id', 'location', 'location_id', 'reason', 'reports.created_at'])
      .select(['target.name as target_name', 'reporter.name as reporter_name'])
      .orderBy('reports.id', 'desc')
      .limit(MOST_SHOWN),
  );
  const moderation = new Moderation(node, store);
  const targets = [...new Set(rows.map(({ target_id }) => target_id))];
  const actions = await Promise.all(targets.map((id) => moderation.actionsOf(id)));
  const inForce = new Map(targets.map((id, at) => [id, actions[at]!.flatMap(({ restrictions }) => restrictions)]));
  return rows.map((row) => ({
    id: row.id,
    at: Number(row.created_at),
    reporter: row.reporter_name,
    target: row.target_name,
    location: row.location,
    locationId: row.location_id,
    reason: row.reason,
    inForce: inForce.get(row.target_id)!,
  }));
}
