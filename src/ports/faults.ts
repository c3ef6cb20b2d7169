/** Faults on links, as small values: a scope and a verdict. A fault names node ids and outlives incarnations. */
import type { NodeId } from '../base/index.ts';

/** What becomes of a frame. */
export type Verdict = { readonly kind: 'drop' } | { readonly kind: 'delay'; readonly ms: number };

export const drop: Verdict = { kind: 'drop' };
export function delay(ms: number): Verdict {
  return { kind: 'delay', ms };
}

/** Frames from `from` to `to` meet `verdict`; the first rule that matches decides. */
export interface LinkFault {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly verdict: Verdict;
}

/** All links between different groups, both ways. */
export function partitionFaults(groups: readonly (readonly NodeId[])[]): LinkFault[] {
  return groups.flatMap((group, at) =>
    groups.flatMap((other, to) =>
      at === to ? [] : group.flatMap((from) => other.map((id): LinkFault => ({ from, to: id, verdict: drop }))),
    ),
  );
}
