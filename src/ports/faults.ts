/** Faults on links, as small values: a scope and a verdict. A fault names node ids and outlives incarnations. */
import { type Address, idOf, type NodeId } from '../base/index.ts';
import type { Lane } from './transport.ts';

/** What becomes of a frame. */
export type Verdict = { readonly kind: 'drop' } | { readonly kind: 'delay'; readonly ms: number };

export const drop: Verdict = { kind: 'drop' };
export function delay(ms: number): Verdict {
  return { kind: 'delay', ms };
}

/**
 * Frames from `from` to `to` meet `verdict`. With a lane, only that lane's: a delay on one of the two lanes reorders them
 * against each other.
 */
export interface LinkFault {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly verdict: Verdict;
  readonly lane?: Lane;
}

/** The verdict of the first fault that matches; undefined lets the frame pass. */
export function verdictOn(faults: readonly LinkFault[], from: Address, to: Address, lane: Lane): Verdict | undefined {
  return faultOn(faults, from, to, lane)?.verdict;
}

/** The first fault that matches. */
export function faultOn(faults: readonly LinkFault[], from: Address, to: Address, lane: Lane): LinkFault | undefined {
  if (faults.length === 0) return undefined;
  const [fromId, toId] = [idOf(from), idOf(to)];
  return faults.find(
    (fault) => fault.from === fromId && fault.to === toId && (fault.lane === undefined || fault.lane === lane),
  );
}

/** All links between different groups, both ways. */
export function partitionFaults(groups: readonly (readonly NodeId[])[]): LinkFault[] {
  return groups.flatMap((group, at) =>
    groups.flatMap((other, to) =>
      at === to ? [] : group.flatMap((from) => other.map((id): LinkFault => ({ from, to: id, verdict: drop }))),
    ),
  );
}
