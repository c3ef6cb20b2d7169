/**
 * An answer that lies over the live view until a key puts it away: what does not fit in the event list, such as the help and
 * an inspection. Its lines are wrapped, and it scrolls when the screen is too low for them. Pure.
 */
import { clip, type Paint } from './paint.ts';
import { wrapped } from './wrap.ts';

export interface Sheet {
  readonly title: string;
  readonly lines: readonly string[];
  /** The first row shown, of its rows as they are wrapped. */
  readonly from: number;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Its title and its keys. */
const FRAME_ROWS = 2;

/** How far each key scrolls, in rows, given how many are shown. */
const SCROLLS: Readonly<Record<string, (shown: number) => number>> = {
  up: () => -1,
  down: () => 1,
  pageup: (shown) => -shown,
  pagedown: (shown) => shown,
  home: () => Number.NEGATIVE_INFINITY,
  end: () => Number.POSITIVE_INFINITY,
};

/** The sheet after a key; undefined when the key puts it away. */
export function sheetAfterKey(sheet: Sheet, name: string, size: Size): Sheet | undefined {
  const scroll = SCROLLS[name];
  if (!scroll) return undefined;
  const { from } = placed(sheet, size);
  return placed({ ...sheet, from: from + scroll(shownRows(size)) }, size);
}

/** Exactly `rows` lines of at most `columns` characters. */
export function renderSheet(sheet: Sheet, size: Size, paint: Paint): string[] {
  const rows = rowsOf(sheet, size);
  const shown = shownRows(size);
  const { from } = placed(sheet, size);
  const visible = rows.slice(from, from + shown);
  const filler = Array.from({ length: shown - visible.length }, () => '');
  const keys =
    rows.length > shown
      ? `↑↓ scroll (${from + 1}–${from + visible.length} of ${rows.length}), any other key closes`
      : 'any key closes';
  return [paint('bold', ` ${sheet.title}`), ...visible, ...filler, paint('dim', ` ${keys}`)]
    .map((line) => clip(line, size.columns))
    .slice(0, size.rows);
}

/** Not past its ends. */
function placed(sheet: Sheet, size: Size): Sheet {
  const last = Math.max(0, rowsOf(sheet, size).length - shownRows(size));
  return { ...sheet, from: Math.min(last, Math.max(0, sheet.from)) };
}

function rowsOf({ lines }: Sheet, { columns }: Size): string[] {
  return lines.flatMap((line) => wrapped(` ${line}`, columns));
}

function shownRows({ rows }: Size): number {
  return Math.max(1, rows - FRAME_ROWS);
}
