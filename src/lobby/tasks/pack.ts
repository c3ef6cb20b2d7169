/** Whether groups that stay together fill teams exactly. */

/** How many placings are tried before it is given up: no more than a moment's work. */
const MOST_TRIES = 5_000;

/**
 * The team of each group, so that each of `teamCount` teams has exactly `teamSize` members; undefined when there is no way,
 * or none was found in a bounded number of tries. Deterministic.
 */
export function pack(sizes: readonly number[], teamSize: number, teamCount: number): number[] | undefined {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total !== teamSize * teamCount) return undefined;
  // Large groups have the fewest places to go.
  const order = sizes.map((_, at) => at).sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  const room = new Array<number>(teamCount).fill(teamSize);
  const teams = new Array<number>(sizes.length).fill(0);
  let tries = 0;
  const place = (next: number): boolean => {
    if (next === order.length) return true;
    const group = order[next]!;
    for (let team = 0; team < teamCount; team++) {
      // Of teams with the same room one is as good as the other.
      if (room[team]! < sizes[group]! || room.indexOf(room[team]!) < team) continue;
      tries += 1;
      if (tries > MOST_TRIES) return false;
      room[team]! -= sizes[group]!;
      teams[group] = team;
      if (place(next + 1)) return true;
      room[team]! += sizes[group]!;
    }
    return false;
  };
  return place(0) ? teams : undefined;
}
