/** Results as a table for people: each subject's median, its spread, and what Muster is to it. */
import type { Figures, Result } from '../harness.ts';
import { columns } from './columns.ts';

const HEAD = ['scenario', 'nodes', 'size', 'subject', 'median', 'min – max', 'ours ÷ it'];

export function table(results: readonly Result[]): string {
  return columns([HEAD, ...results.flatMap(rowsOf)]);
}

function rowsOf({ scenario, nodes, size, unit, better, ours, baselines, ratio, also, skipped }: Result): string[][] {
  const own = [scenario, String(nodes), shown(size), 'muster', ...cells(ours, unit), `(${better} is better)`];
  const rows = [own, ...furtherRows(also?.muster)];
  for (const [name, figures] of Object.entries(baselines)) {
    rows.push(['', '', '', name, ...cells(figures, unit), shown(ratio[name]!)], ...furtherRows(also?.[name]));
  }
  for (const [name, reason] of Object.entries(skipped ?? {})) rows.push(['', '', '', name, 'skipped', reason, '']);
  return rows;
}

/** Figures whose name ends with their unit. */
function furtherRows(further: Readonly<Record<string, Figures>> = {}): string[][] {
  return Object.entries(further).map(([name, { median, min, max }]) => {
    return ['', '', '', '', `${shown(median)} ${name}`, `${shown(min)} – ${shown(max)}`, ''];
  });
}

function cells({ median, min, max }: Figures, unit: string): string[] {
  return [`${shown(median)} ${unit}`, `${shown(min)} – ${shown(max)}`];
}

export function shown(value: number): string {
  if (value >= 10_000) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

/** For little room: 1.2 M, 350 k. */
export function short(value: number): string {
  const [divisor, unit] = value >= 1e6 ? [1e6, ' M'] : value >= 1e4 ? [1e3, ' k'] : [1, ''];
  return `${Number((value / divisor).toPrecision(3))}${unit}`;
}
