/** One write to a merged table, as it crosses the wire and as it is learnt. */
import type { MapKey, Stamp } from '../../base/index.ts';

export interface MergedWrite {
  readonly key: MapKey;
  readonly deleted: boolean;
  readonly value: unknown;
  /** ms since the epoch after which the entry is absent; 0 is never. */
  readonly expires: number;
  readonly stamp: Stamp;
  /** The origin's number of this write: 1, 2, 3 … over all its merged tables. */
  readonly sequence: number;
}
