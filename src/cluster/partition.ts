/** Which side everybody is on in a partition. Pure. */
import { AUTHORITY, InvalidValue, type NodeId } from '../base/index.ts';
import { drop, type LinkFault, partitionFaults } from '../ports/index.ts';
import type { Cut, Partition } from './cluster.ts';

/** The faults that make the partition. `byAge` lists the nodes, oldest first. Throws `InvalidValue`. */
export function faultsOf(partition: Partition, byAge: readonly NodeId[]): LinkFault[] {
  if (!isCuts(partition)) return partitionFaults(completeGroups(partition, byAge));
  if (partition.length === 0) throw new InvalidValue('partition', 'expected at least one cut');
  return partition.flatMap((cut) => faultsOfCut(cut, byAge));
}

function isCuts(partition: Partition): partition is readonly Cut[] {
  return partition.every((part) => !Array.isArray(part));
}

function faultsOfCut({ from, to, oneWay = false }: Cut, known: readonly NodeId[]): LinkFault[] {
  if (!(from?.length > 0 && to?.length > 0))
    throw new InvalidValue('partition', 'a cut has nodes on both of its sides');
  for (const id of [...from, ...to]) assertKnown(id, known);
  const both = from.find((id) => to.includes(id));
  if (both !== undefined) throw new InvalidValue('partition', `${both} is on both sides of a cut`);
  return from.flatMap((a) =>
    to.flatMap((b): LinkFault[] => {
      const there = { from: a, to: b, verdict: drop };
      return oneWay ? [there] : [there, { from: b, to: a, verdict: drop }];
    }),
  );
}

function assertKnown(id: NodeId, known: readonly NodeId[]): void {
  if (id !== AUTHORITY && !known.includes(id)) throw new InvalidValue('partition', `no node is called ${id}`);
}

/**
 * The groups with everybody in them. The authority, unnamed, stands with the largest group, of equals with the one that has
 * the oldest node; nodes named nowhere stand with the authority. `byAge` lists the nodes, oldest first.
 * Throws `InvalidValue` for fewer than two groups, unknown ids, or one named twice.
 */
export function completeGroups(groups: readonly (readonly NodeId[])[], byAge: readonly NodeId[]): NodeId[][] {
  const all = groups.map((group) => [...group]);
  const named = all.flat();
  if (all.length < 2 || all.some((group) => group.length === 0)) {
    throw new InvalidValue('partition', 'expected at least two groups, none of them empty');
  }
  for (const id of named) {
    assertKnown(id, byAge);
    if (named.indexOf(id) !== named.lastIndexOf(id)) throw new InvalidValue('partition', `${id} is named twice`);
  }
  const home = all.find((group) => group.includes(AUTHORITY)) ?? largest(all, byAge);
  if (!home.includes(AUTHORITY)) home.push(AUTHORITY);
  home.push(...byAge.filter((id) => !named.includes(id)));
  return all;
}

function largest(groups: readonly NodeId[][], byAge: readonly NodeId[]): NodeId[] {
  const ageOf = (group: readonly NodeId[]): number => Math.min(...group.map((id) => byAge.indexOf(id)));
  return [...groups].sort((a, b) => b.length - a.length || ageOf(a) - ageOf(b))[0]!;
}
