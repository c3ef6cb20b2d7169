/** A name that was probably meant to be another: plural for singular, a letter wrong, another case. */

/** The one of `names` that is nearest to `name` without being it; undefined when none is near. */
export function nearName(names: readonly string[], name: string): string | undefined {
  const most = Math.min(2, Math.max(1, Math.floor(name.length / 3)));
  const near = names
    .filter((other) => other !== name)
    .map((other) => ({ other, edits: editsBetween(other.toLowerCase(), name.toLowerCase()) }))
    .filter(({ edits }) => edits <= most);
  return near.sort((a, b) => a.edits - b.edits)[0]?.other;
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
