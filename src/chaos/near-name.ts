/** A name that was probably meant to be another: plural for singular, a letter wrong, another case. Pure. */

/** `workloads`, `worklaod` and `Workload` for `workload`. */
const MOST_EDITS = 2;

/** The one of `names` that is nearest to `wanted` without being it; undefined when none is near. */
export function nearName(names: readonly string[], wanted: string): string | undefined {
  const near = names
    .filter((name) => name !== wanted)
    .map((name) => ({ name, edits: editsBetween(name.toLowerCase(), wanted.toLowerCase()) }))
    .filter(({ edits }) => edits <= MOST_EDITS);
  return near.sort((a, b) => a.edits - b.edits)[0]?.name;
}

/** Letters put in, left out or changed to make one of the other (Levenshtein distance). */
function editsBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const changed = row[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(changed, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[other.length]!;
}
