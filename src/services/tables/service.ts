/**
 * Tables: replication of keyed entries, and the only place that knows acknowledgement, flush, catch-up and tombstones.
 * Caches, the registry, kept server state and the list of servers that must run all stand on it.
 */
import type { NodeCore } from '../../node/index.ts';
import type { FlushParticipant, Membership } from '../membership/index.ts';
import { CatchUp } from './catch-up.ts';
import { MergedTables } from './merged-tables.ts';
import { OwnedTables } from './owned-tables.ts';

const SWEEP_MS = 1_000;

export class Tables {
  readonly owned: OwnedTables;
  readonly merged: MergedTables;
  readonly #catchUp: CatchUp;

  constructor(core: NodeCore, membership: Membership) {
    this.owned = new OwnedTables(core, membership);
    this.merged = new MergedTables(core, membership);
    this.#catchUp = new CatchUp(core, membership, this.owned, this.merged);
    core.every(SWEEP_MS, () => {
      this.owned.sweep();
      this.merged.sweep();
    });
  }

  /** The last participant of each flush: when all services have seen it, work begins. */
  servesAfter(): FlushParticipant {
    return { flushed: () => this.owned.serve() };
  }

  get pending(): Record<string, number> {
    return { ...this.owned.pending, ...this.merged.pending, catchUp: this.#catchUp.pending };
  }

  get counters(): Record<string, number> {
    return { ...this.merged.counters, ...this.#catchUp.counters, writesRetained: this.owned.retained };
  }

  /** Entries here, by table; expired ones that were not swept yet count. */
  get sizes(): Record<string, number> {
    const all = [...this.owned.all, ...this.merged.all];
    return Object.fromEntries(all.map((table) => [table.name, table.size]));
  }

  digests(now: number): Record<string, string> {
    const all = [...this.owned.all, ...this.merged.all];
    return Object.fromEntries(all.map((table) => [table.name, table.digest(now)]));
  }
}
