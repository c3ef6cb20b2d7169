/**
 * What changed between two runs, beyond noise. What is compared is the ratio to each baseline of the same run, since the
 * machine is in both halves of it; for a scenario without a baseline, the figure itself. Noise is what the rounds of each run
 * spread over: only when the two spans do not touch has something changed.
 */
import { readFileSync } from 'node:fs';
import type { Figures, Result } from '../harness.ts';
import { columns } from './columns.ts';

export interface Change {
  readonly scenario: string;
  /** The baseline, or `-` for the figure itself. */
  readonly to: string;
  readonly before: number | undefined;
  readonly after: number | undefined;
  readonly verdict: 'faster' | 'slower' | 'within noise' | 'new' | 'gone';
}

/** A baseline, or the figure itself, with the span that its rounds allow. */
interface Span {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function compare(before: readonly Result[], after: readonly Result[]): Change[] {
  const then = spansOf(before);
  const now = spansOf(after);
  return [...new Set([...then.keys(), ...now.keys()])].map((key) => {
    const [scenario = '', to = ''] = key.split('\n');
    const [one, other] = [then.get(key), now.get(key)];
    const better = after.concat(before).find((result) => nameOf(result) === scenario)!.better;
    return { scenario, to, before: one?.median, after: other?.median, verdict: judge(one, other, better) };
  });
}

function judge(before: Span | undefined, after: Span | undefined, better: Result['better']): Change['verdict'] {
  if (!before) return 'new';
  if (!after) return 'gone';
  if (before.least <= after.most && after.least <= before.most) return 'within noise';
  return after.median > before.median === (better === 'higher') ? 'faster' : 'slower';
}

/** By scenario and baseline. */
function spansOf(results: readonly Result[]): Map<string, Span> {
  const spans = results.flatMap((result) => {
    const baselines = Object.entries(result.baselines);
    if (baselines.length === 0) return [[`${nameOf(result)}\n-`, spanOf(result.ours)] as const];
    return baselines.map(([name, figures]) => [`${nameOf(result)}\n${name}`, ratio(result.ours, figures)] as const);
  });
  return new Map(spans);
}

function nameOf({ scenario, nodes, size }: Result): string {
  return `${scenario} (${nodes} nodes, ${size})`;
}

function spanOf({ median, min, max }: Figures): Span {
  return { median, least: min, most: max };
}

function ratio(ours: Figures, theirs: Figures): Span {
  return {
    median: ours.median / theirs.median,
    least: ours.min / theirs.max,
    most: ours.max / theirs.min,
  };
}

/** For people: what changed first. */
export function comparison(changes: readonly Change[]): string {
  const inOrder = ['slower', 'faster', 'gone', 'new', 'within noise'];
  const sorted = [...changes].sort((a, b) => inOrder.indexOf(a.verdict) - inOrder.indexOf(b.verdict));
  const rows = sorted.map(({ scenario, to, before, after, verdict }) => [
    ...[verdict, scenario, to === '-' ? '' : `÷ ${to}`],
    ...[shown(before), shown(after)],
    before !== undefined && after !== undefined ? `× ${shown(after / before)}` : '',
  ]);
  return columns([['', 'scenario', '', 'before', 'after', ''], ...rows]);
}

function shown(value: number | undefined): string {
  return value === undefined ? '-' : String(Number(value.toPrecision(3)));
}

/** Throws with what is wrong when the file does not hold the results of a run. */
export function readResults(file: string): Result[] {
  let results: unknown;
  try {
    results = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} cannot be read as results of a run: ${(error as Error).message}`);
  }
  const holds = (result: unknown): boolean =>
    typeof result === 'object' && result !== null && 'scenario' in result && 'ours' in result && 'baselines' in result;
  if (!Array.isArray(results) || !results.every(holds)) {
    throw new Error(`${file} does not hold results of a run; \`npm run bench -- --json FILE\` writes them`);
  }
  return results as Result[];
}
