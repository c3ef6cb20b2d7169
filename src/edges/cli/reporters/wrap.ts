/** Long lines on a narrow screen: broken between words, and what follows stands under the text it belongs to. Pure. */

/** At least one line, none of more than `width` characters; a word that is longer than that is broken too. */
export function wrapped(text: string, width: number): string[] {
  const room = Math.max(1, width);
  const characters = [...text];
  const hang = hangOf(text.slice(0, room), room);
  const lines: string[] = [];
  let at = 0;
  do {
    const indent = at === 0 ? 0 : hang;
    const end = endOf(characters, at, room - indent);
    lines.push(' '.repeat(indent) + characters.slice(at, end).join(''));
    at = end;
    while (characters[at] === ' ') at += 1;
  } while (at < characters.length);
  return lines;
}

/** Where the text of a line begins: after its first column of padding, or a little further in than the line itself. */
function hangOf(start: string, room: number): number {
  const column = /^\s*\S.*?\s{2,}(?=\S)/.exec(start)?.[0].length;
  const further = /^\s*/.exec(start)![0].length + 2;
  return [column, further].find((at) => at !== undefined && at <= room / 2) ?? 0;
}

/** Where a line ends that begins at `from`: at the last space that comes after a word and fits; else where the room ends. */
function endOf(characters: readonly string[], from: number, room: number): number {
  if (characters.length - from <= room) return characters.length;
  for (let at = from + room; at > from; at--) {
    if (characters[at] === ' ' && characters[at - 1] !== ' ') return at;
  }
  return from + room;
}
