/** Which side everybody is on in a partition. Pure. */
import { AUTHORITY, InvalidValue, type NodeId } from '../base/index.ts';

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
    if (id !== AUTHORITY && !byAge.includes(id)) throw new InvalidValue('partition', `no node is called ${id}`);
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
