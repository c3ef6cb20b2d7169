/**
 * What changed between two runs, beyond noise. What is compared is the ratio to each baseline of the same run, since the
 * machine is in both halves of it; for a scenario without a baseline, the figure itself. Further figures are compared likewise,
 * with those of the same name; which way is better there is for people to say. Noise is what the rounds of each run spread over:
 * only when the two spans do not touch has something changed.
 */
import type { Figures, Result } from '../harness.ts';
import { columns } from './columns.ts';

export interface Change {
  readonly scenario: string;
  /** Which further figure; '' for the scenario's own. */
  readonly of: string;
  /** The baseline, or `-` for the figure itself. */
  readonly to: string;
  readonly before: number | undefined;
  readonly after: number | undefined;
  readonly verdict: 'faster' | 'slower' | 'higher' | 'lower' | 'within noise' | 'new' | 'gone';
  /** Why it is gone, if the later run says so. */
  readonly why?: string;
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
  const keys = [...new Set([...then.keys(), ...now.keys()])].filter((key) => isMatched(key, then, now));
  return keys.map((key) => {
    const [scenario = '', of = '', to = ''] = key.split('\n');
    const [one, other] = [then.get(key), now.get(key)];
    const { better } = after.concat(before).find((result) => nameOf(result) === scenario)!;
    const why = other ? undefined : after.find((result) => nameOf(result) === scenario)?.skipped?.[to];
    const verdict = judge(one, other, of === '' ? better : undefined);
    return { scenario, of, to, before: one?.median, after: other?.median, verdict, ...(why !== undefined && { why }) };
  });
}

/** A further figure that only one of the runs could divide by a baseline's is not news. */
function isMatched(key: string, then: ReadonlyMap<string, Span>, now: ReadonlyMap<string, Span>): boolean {
  if (key.split('\n')[1] === '' || then.has(key) === now.has(key)) return true;
  const same = (other: string): boolean => other.startsWith(key.slice(0, key.lastIndexOf('\n') + 1));
  return ![...(then.has(key) ? now : then).keys()].some(same);
}

function judge(
  before: Span | undefined,
  after: Span | undefined,
  better: Result['better'] | undefined,
): Change['verdict'] {
  if (!before) return 'new';
  if (!after) return 'gone';
  if (before.least <= after.most && after.least <= before.most) return 'within noise';
  const isHigher = after.median > before.median;
  if (better === undefined) return isHigher ? 'higher' : 'lower';
  return isHigher === (better === 'higher') ? 'faster' : 'slower';
}

/** By scenario, further figure and baseline. */
function spansOf(results: readonly Result[]): Map<string, Span> {
  return new Map(
    results.flatMap((result) => {
      const further = Object.entries(result.also?.muster ?? {}).flatMap(([of, figures]) =>
        spansBeside(result, of, figures, (baseline) => result.also?.[baseline]?.[of]),
      );
      return [...spansBeside(result, '', result.ours, (baseline) => result.baselines[baseline]), ...further];
    }),
  );
}

/** To each baseline that has the figure; if none has, the figure itself. */
function spansBeside(
  result: Result,
  of: string,
  ours: Figures,
  theirsOf: (baseline: string) => Figures | undefined,
): [key: string, span: Span][] {
  const beside = Object.keys(result.baselines).flatMap((baseline): [string, Span][] => {
    const theirs = theirsOf(baseline);
    return theirs && isDivisible(theirs) ? [[keyOf(result, of, baseline), ratio(ours, theirs)]] : [];
  });
  return beside.length > 0 ? beside : [[keyOf(result, of, '-'), spanOf(ours)]];
}

/** What grew by nothing, or less, makes no ratio. */
function isDivisible({ min }: Figures): boolean {
  return min > 0;
}

function keyOf(result: Result, of: string, to: string): string {
  return `${nameOf(result)}\n${of}\n${to}`;
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
  const inOrder = ['slower', 'faster', 'higher', 'lower', 'gone', 'new', 'within noise'];
  const sorted = [...changes].sort((a, b) => inOrder.indexOf(a.verdict) - inOrder.indexOf(b.verdict));
  const rows = sorted.map(({ scenario, of, to, before, after, verdict, why }) => [
    ...[verdict, of === '' ? scenario : `${scenario}: ${of}`, to === '-' ? '' : `÷ ${to}`],
    ...[shown(before), shown(after)],
    before && after !== undefined ? `× ${shown(after / before)}` : (why ?? ''),
  ]);
  return columns([['', 'scenario', '', 'before', 'after', ''], ...rows]);
}

function shown(value: number | undefined): string {
  return value === undefined ? '-' : String(Number(value.toPrecision(3)));
}
