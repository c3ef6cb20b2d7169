/** Colours of the live view, and lines that are cut to its width with them. Pure. */

export type Style = 'bold' | 'dim' | 'good' | 'change' | 'alarm';
export type Paint = (style: Style, text: string) => string;

const CODES: Readonly<Record<Style, number>> = { bold: 1, dim: 2, good: 32, change: 33, alarm: 31 };

export function paintFor(color: boolean): Paint {
  return color ? colored : plain;
}

function colored(style: Style, text: string): string {
  return `\u001b[${CODES[style]}m${text}\u001b[0m`;
}

function plain(_style: Style, text: string): string {
  return text;
}

/** Cuts to so many characters; colour codes take no room and stay complete. */
export function clip(line: string, width: number): string {
  const pieces = line.split(/(\u001b\[\d+m)/);
  let room = width;
  const kept = pieces.map((piece, at) => {
    if (at % 2 === 1) return piece;
    const characters = [...piece];
    const cut =
      characters.length > room ? `${characters.slice(0, Math.max(0, room - 1)).join('')}${room > 0 ? '…' : ''}` : piece;
    room -= Math.min(room, characters.length);
    return cut;
  });
  return kept.join('');
}
