/** What a life that the cluster went on without leaves of its merged tables to the next one. */
import type { Address } from '../../base/index.ts';
import type { MergedTable } from './merged-table.ts';
import type { MergedWrite } from './merged-write.ts';

type TableWrite = readonly [table: number, write: MergedWrite];

/** Plain data. */
export interface Inheritance {
  readonly writes: readonly TableWrite[];
  /** How far each origin's writes are in it. */
  readonly progress: readonly (readonly [origin: Address, whole: number, seen: number])[];
}

export const DISCARDED = 'merged writes of the earlier life are older than the oldest tombstone; discarded';

export function inheritanceOf(tables: readonly MergedTable[], progress: Inheritance['progress']): Inheritance {
  const writes = tables.flatMap((table, number) => [...table.writes()].map((write): TableWrite => [number, write]));
  return { writes, progress };
}

/** Its writes without those that are older than their table's horizon and not known here: they may have been deleted meanwhile. */
export function usable(
  { writes }: Inheritance,
  tables: readonly MergedTable[],
): { readonly writes: readonly TableWrite[]; readonly discarded: number } {
  const taken = writes.filter(
    ([table, { key, deleted, stamp }]) => !tables[table]!.isPastHorizon(key, deleted, stamp.time),
  );
  return { writes: taken, discarded: writes.length - taken.length };
}
