/**
 * The results as one self-contained page: how Muster stands to other systems, its curves over nodes, sizes and load, and
 * per scenario Muster beside its baselines, each with its spread. Data in, text out; no script, nothing from elsewhere.
 */
import { CURVES, type Figures, type Result } from '../harness.ts';
import { type By, plotsBy } from './curves.ts';
import { escaped } from './escaped.ts';
import { plotSvg } from './plot.ts';
import { shown } from './table.ts';

const STYLE = `
:root { color-scheme: light dark; --paper: #fcfbf9; --raised: #fff; --ink: #1e2228; --muted: #626976; --faint: #e7e4de;
  --ours: #2458b8; --ours-more: #b3470b; --theirs: #b9b4a8; --theirs-line: #6f6a5e; --theirs-more: #8a5f9e; --spread: #1e222899; }
@media (prefers-color-scheme: dark) { :root { --paper: #14161a; --raised: #1b1e24; --ink: #e9e7e2; --muted: #98a0ad; --faint: #2b3038;
  --ours: #7fa8f5; --ours-more: #f0a067; --theirs: #4d5461; --theirs-line: #aab0bb; --theirs-more: #c79bdd; --spread: #e9e7e299; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif;
  font-variant-numeric: tabular-nums; }
main { max-width: 1000px; margin: 0 auto; padding: 40px 24px 80px; }
h1 { margin: 0; font-size: 26px; letter-spacing: -.01em; }
h2 { margin: 34px 0 2px; font-size: 19px; }
h3 { margin: 0; font-size: 16px; overflow-wrap: anywhere; }
h3 small { font-weight: 400; color: var(--muted); margin-left: 8px; }
.note { margin: 2px 0 14px; color: var(--muted); max-width: 70ch; }
section.card { margin: 0 0 18px; padding: 14px 18px 12px; background: var(--raised); border: 1px solid var(--faint); border-radius: 10px; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(420px, 100%), 1fr)); gap: 16px; }
.plots section.card { margin: 0; }
.row { display: grid; grid-template-columns: 170px 1fr 190px 66px; gap: 12px; align-items: center; padding: 3px 0; }
.row .name { text-align: right; color: var(--muted); overflow-wrap: anywhere; }
.row.ours .name { color: var(--ink); font-weight: 600; }
.row .ratio { text-align: right; color: var(--muted); white-space: nowrap; }
.row.peer { grid-template-columns: 230px 1fr 190px; }
.more { margin: 0 0 3px 182px; color: var(--muted); font-size: 13px; }
svg.bars { display: block; width: 100%; height: 18px; overflow: visible; }
.bar { fill: var(--theirs); } .ours .bar, .bar.ours { fill: var(--ours); }
.spread { stroke: var(--spread); stroke-width: 1.5; }
.even { stroke: var(--ink); stroke-width: 1; }
svg.plot { display: block; width: 100%; overflow: visible; max-width: 560px; margin-top: 6px; font-size: 12.5px; }
svg.plot text { fill: var(--muted); }
svg.plot .grid { stroke: var(--faint); }
svg.plot polyline { fill: none; stroke: currentColor; stroke-width: 2; }
svg.plot circle, svg.plot rect { fill: currentColor; }
svg.plot g .spread { stroke: currentColor; opacity: .45; }
svg.plot .ours { color: var(--ours); } svg.plot .ours-more { color: var(--ours-more); }
svg.plot .theirs { color: var(--theirs-line); } svg.plot .theirs-more { color: var(--theirs-more); }
svg.plot .ours-more polyline, svg.plot .theirs-more polyline { stroke-dasharray: 6 4; }
svg.plot .theirs rect, svg.plot .theirs-more rect { fill: var(--raised); stroke: currentColor; stroke-width: 1.5; }
svg.plot text.ours, svg.plot text.ours-more, svg.plot text.theirs, svg.plot text.theirs-more { fill: currentColor; font-weight: 600; }
@media (max-width: 640px) {
  main { padding: 24px 12px 60px; } section.card { padding: 12px; }
  .row, .row.peer { grid-template-columns: 1fr auto; gap: 0 10px; padding: 5px 0; }
  .row .name { text-align: left; } .row svg { grid-column: 1 / -1; grid-row: 2; } .row .ratio { display: none; }
  .row.absent { grid-template-columns: 1fr; } .more { margin-left: 0; }
}
`;

/** `about` says on what, and when, it was measured. */
export function page(results: readonly Result[], about: string): string {
  const singles = results.filter(({ scenario }) => !scenario.startsWith(CURVES));
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Muster: benchmarks</title><style>${STYLE}</style></head>
<body><main>
<h1>Muster beside what it is compared with</h1>
<p class="note">${escaped(about)}. Figures are medians, thin lines the least and the greatest of the rounds; subjects took turns in one run.</p>
${[peers(singles), ...CURVE_PARTS.map((part) => curves(part, results)), bars(singles)].join('\n')}
</main></body></html>
`;
}

interface CurvePart {
  readonly by: By;
  readonly title: string;
  readonly note: string;
}

const CURVE_PARTS: readonly CurvePart[] = [
  {
    by: 'nodes',
    title: 'By number of nodes',
    note: 'What all nodes do together in a second. With more nodes than cores a level line means that the cost of each delivery stays the same.',
  },
  {
    by: 'bytes',
    title: 'By size of a message',
    note: 'Four nodes; what all of them do together in a second.',
  },
  {
    by: 'load %',
    title: 'Latency beside load',
    note: 'From when a message was due to its handler on another node, while the publisher keeps to a share of its full speed, whatever has arrived.',
  },
];

function curves({ by, title, note }: CurvePart, results: readonly Result[]): string {
  const plots = plotsBy(by, results).flatMap((plot) => {
    const svg = plotSvg(plot);
    if (svg === undefined) return [];
    return [
      `<section class="card"><h3>${escaped(plot.title)}<small>${escaped(plot.unit)}</small></h3>${svg}</section>`,
    ];
  });
  if (plots.length === 0) return '';
  return `<h2>${escaped(title)}</h2><p class="note">${escaped(note)}</p><div class="plots">${plots.join('\n')}</div>`;
}

/** Systems that others use for the same. */
const PEERS = ['moleculer', 'erlang', 'comlink'];

/** As fast as a peer is where the bar has no length; twice as fast and half as fast are as far from there. */
function peers(results: readonly Result[]): string {
  const leads = results.flatMap((result) =>
    PEERS.flatMap((peer) => (result.baselines[peer] ? [leadOf(result, result.baselines[peer])] : [])),
  );
  const most = Math.max(2, ...leads.map((lead) => Math.max(lead, 1 / lead)));
  const parts = PEERS.flatMap((peer) => {
    const beside = results.filter(({ baselines, skipped }) => peer in baselines || (skipped && peer in skipped));
    return beside.length === 0 ? [] : [besideOf(peer, beside, most)];
  });
  if (parts.length === 0) return '';
  return `<h2>Side by side</h2><p class="note">How many times as fast Muster is. The line is where both are as fast; bars to the right are Muster's lead.</p>${parts.join('\n')}`;
}

/** `most` is the lead whose bar goes to the edge. */
function besideOf(peer: string, results: readonly Result[], most: number): string {
  const rows = results.map((result) => {
    const theirs = result.baselines[peer];
    if (!theirs) return skippedRow('row peer absent', result.scenario, result.skipped![peer]!);
    const factor = leadOf(result, theirs);
    const times = `${shown(factor)} × as fast`;
    const label = `${result.scenario}: Muster is ${times} as ${peer}`;
    const reach = (50 * Math.abs(Math.log(factor))) / Math.log(most);
    const from = factor >= 1 ? 50 : 50 - reach;
    return `<div class="row peer"><span class="name">${escaped(result.scenario)}</span>
<svg class="bars" role="img" aria-label="${escaped(label)}"><rect class="bar${factor >= 1 ? ' ours' : ''}" x="${from.toFixed(2)}%" y="2" height="14" width="${reach.toFixed(2)}%"/><line class="even" x1="50%" x2="50%" y1="0" y2="18"/></svg>
<span>${escaped(times)}</span></div>`;
  });
  return `<section class="card"><h3>${escaped(peer)}</h3>${rows.join('')}</section>`;
}

/** How many times as fast Muster is. */
function leadOf({ ours, better }: Result, theirs: Figures): number {
  return better === 'higher' ? ours.median / theirs.median : theirs.median / ours.median;
}

function bars(results: readonly Result[]): string {
  return results.length === 0 ? '' : `<h2>Each scenario</h2>${results.map(section).join('\n')}`;
}

function section({ scenario, nodes, size, unit, better, ours, baselines, ratio, also, skipped }: Result): string {
  const all = { muster: ours, ...baselines };
  const most = Math.max(...Object.values(all).map(({ max }) => max));
  const rows = Object.entries(all).map(
    ([name, figures], at) => row(name, figures, most, unit, at === 0, ratio[name]) + furtherOf(also?.[name]),
  );
  const absent = Object.entries(skipped ?? {}).map(([name, reason]) => skippedRow('row absent', name, reason));
  const about = `${nodes} nodes, ${shown(size)}; ${unit}, ${better} is better`;
  return `<section class="card"><h3>${escaped(scenario)}<small>${escaped(about)}</small></h3>${[...rows, ...absent].join('')}</section>`;
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
<svg class="bars" role="img" aria-label="${escaped(`${name}: ${shown(median)} ${unit}`)}"><rect class="bar" y="2" height="14" rx="2" width="${percent(median)}"/><line class="spread" x1="${percent(min)}" x2="${percent(max)}" y1="9" y2="9"/></svg>
<span>${escaped(`${shown(median)} ${unit}`)}</span><span class="ratio">${times}</span></div>`;
}

/** Figures whose name ends with their unit, and their spread. */
function furtherOf(further: Readonly<Record<string, Figures>> | undefined): string {
  if (!further) return '';
  const told = Object.entries(further).map(
    ([name, { median, min, max }]) => `${shown(median)} ${name} (${shown(min)} – ${shown(max)})`,
  );
  return `<p class="more">${escaped(told.join(' · '))}</p>`;
}

function skippedRow(kind: string, name: string, reason: string): string {
  return `<div class="${kind}"><span class="name">${escaped(name)}</span><span>not measured: ${escaped(reason)}</span></div>`;
}
