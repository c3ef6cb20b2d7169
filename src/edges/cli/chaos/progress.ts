/** How far `muster chaos` is, as text. Pure. */
import type { ThreadsFigures } from '../../../chaos/index.ts';

const BAR_CELLS = 24;

/** `1:12 of 2:00, round 5, 187 faults, 9,040 operations, 71,300 notes, 60 promises checked` */
export function progressText({ ms, rounds, faults, operations, notes, checked }: ThreadsFigures, ofMs: number): string {
  return [
    `${clockText(ms)} of ${clockText(ofMs)}`,
    `${rounds} rounds`,
    `${grouped(faults)} faults`,
    `${grouped(operations)} operations`,
    `${grouped(notes)} notes`,
    `${grouped(checked)} promises checked`,
  ].join(', ');
}

/** The same with a bar in front, cut to the width of the terminal. */
export function progressBar(figures: ThreadsFigures, ofMs: number, columns: number): string {
  const full = Math.min(BAR_CELLS, Math.floor((BAR_CELLS * figures.ms) / ofMs));
  const bar = `[${'#'.repeat(full)}${'.'.repeat(BAR_CELLS - full)}]`;
  return `${bar} ${progressText(figures, ofMs)}`.slice(0, Math.max(0, columns - 1));
}

function clockText(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
