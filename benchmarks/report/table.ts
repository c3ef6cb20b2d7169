/** Results as a table for people: each subject's median, its spread, and what Muster is to it. */
import type { Figures, Result } from '../harness.ts';
import { columns } from './columns.ts';

const HEAD = ['scenario', 'nodes', 'size', 'subject', 'median', 'min – max', 'ours ÷ it'];

export function table(results: readonly Result[]): string {
  return columns([HEAD, ...results.flatMap(rowsOf)]);
}

function rowsOf({ scenario, nodes, size, unit, better, ours, baselines, ratio }: Result): string[][] {
  const own = [scenario, String(nodes), shown(size), 'muster', ...cells(ours, unit), `(${better} is better)`];
  const others = Object.entries(baselines).map(([name, figures]) => [
    ...['', '', '', name],
    ...cells(figures, unit),
    shown(ratio[name]!),
  ]);
  return [own, ...others];
}

function cells({ median, min, max }: Figures, unit: string): string[] {
  return [`${shown(median)} ${unit}`, `${shown(min)} – ${shown(max)}`];
}

export function shown(value: number): string {
  if (value >= 10_000) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}
