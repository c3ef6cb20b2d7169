/** The results as one self-contained page: per scenario Muster beside its baselines, each with its spread. Data in, text out. */
import type { Figures, Result } from '../harness.ts';
import { shown } from './table.ts';

const STYLE = `
:root { color-scheme: light dark; --paper: #fcfbf9; --raised: #fff; --ink: #1e2228; --muted: #69707c; --faint: #e7e4de;
  --ours: #2458b8; --theirs: #b9b4a8; --spread: #1e222899; }
@media (prefers-color-scheme: dark) { :root { --paper: #14161a; --raised: #1b1e24; --ink: #e9e7e2; --muted: #98a0ad; --faint: #262a31;
  --ours: #7fa8f5; --theirs: #4d5461; --spread: #e9e7e299; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif;
  font-variant-numeric: tabular-nums; }
main { max-width: 1000px; margin: 0 auto; padding: 40px 24px 80px; }
h1 { margin: 0; font-size: 26px; letter-spacing: -.01em; }
.machine { margin: 2px 0 26px; color: var(--muted); }
section { margin: 0 0 18px; padding: 14px 18px 12px; background: var(--raised); border: 1px solid var(--faint); border-radius: 10px; }
h2 { margin: 0; font-size: 16px; }
h2 small { font-weight: 400; color: var(--muted); margin-left: 8px; }
.row { display: grid; grid-template-columns: 150px 1fr 190px 60px; gap: 12px; align-items: center; padding: 3px 0; }
.row .name { text-align: right; color: var(--muted); }
.row.ours .name { color: var(--ink); font-weight: 600; }
.row .ratio { text-align: right; color: var(--muted); }
svg { display: block; width: 100%; height: 18px; overflow: visible; }
.bar { fill: var(--theirs); } .ours .bar { fill: var(--ours); }
.spread { stroke: var(--spread); stroke-width: 1.5; }
`;

/** `machine` says on what it was measured. */
export function page(results: readonly Result[], machine: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Muster: benchmarks</title><style>${STYLE}</style></head>
<body><main>
<h1>Muster beside what it is compared with</h1>
<p class="machine">${escaped(machine)}. Bars are medians, lines the least and the greatest of the rounds; subjects took turns in one run.</p>
${results.map(section).join('\n')}
</main></body></html>
`;
}

function section({ scenario, nodes, size, unit, better, ours, baselines, ratio }: Result): string {
  const all = { muster: ours, ...baselines };
  const most = Math.max(...Object.values(all).map(({ max }) => max));
  const rows = Object.entries(all).map(([name, figures], at) => row(name, figures, most, unit, at === 0, ratio[name]));
  const about = `${nodes} nodes, ${shown(size)}; ${unit}, ${better} is better`;
  return `<section><h2>${escaped(scenario)}<small>${escaped(about)}</small></h2>${rows.join('')}</section>`;
}

function row(
  name: string,
  { median, min, max }: Figures,
  most: number,
  unit: string,
  isOurs: boolean,
  ratio: number | undefined,
): string {
  const percent = (value: number): string => `${((100 * value) / most).toFixed(2)}%`;
  const times = ratio === undefined ? '' : `× ${shown(ratio)}`;
  return `<div class="row${isOurs ? ' ours' : ''}"><span class="name">${escaped(name)}</span>
<svg role="img" aria-label="${escaped(`${name}: ${shown(median)} ${unit}`)}"><rect class="bar" y="2" height="14" rx="2" width="${percent(median)}"/><line class="spread" x1="${percent(min)}" x2="${percent(max)}" y1="9" y2="9"/></svg>
<span>${escaped(`${shown(median)} ${unit}`)}</span><span class="ratio">${times}</span></div>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
