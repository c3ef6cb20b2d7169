/** Results as a table for people: each subject's median, its spread, and what Muster is to it. */
import type { Figures, Result } from './harness.ts';

const HEAD = ['scenario', 'nodes', 'size', 'subject', 'median', 'min – max', 'ours ÷ it'];

export function table(results: readonly Result[]): string {
  const rows = [HEAD, ...results.flatMap(rowsOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  return `${[lines[0], widths.map((width) => '-'.repeat(width)).join('  '), ...lines.slice(1)].join('\n')}\n`;
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

function shown(value: number): string {
  if (value >= 10_000) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}
