/** What a run of benchmarks tells: changes beyond noise, and the page. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Result } from '../../benchmarks/harness.ts';
import { compare, comparison, readResults } from '../../benchmarks/report/compare.ts';
import { page } from '../../benchmarks/report/page.ts';

function result(scenario: string, median: number, spread: number, better: Result['better'] = 'higher'): Result {
  const ours = { median, min: median - spread, max: median + spread };
  return {
    ...{ scenario, nodes: 4, size: 10, unit: 'messages/s', better, ours },
    baselines: { bare: { median: 100, min: 99, max: 101 } },
    ratio: { bare: median / 100 },
  };
}

function verdicts(before: Result[], after: Result[]): string[] {
  return compare(before, after).map(({ verdict }) => verdict);
}

test('a ratio that moved out of the spread of both runs is faster or slower, by what is better; else it is noise', () => {
  assert.deepEqual(verdicts([result('a', 50, 2)], [result('a', 60, 2)]), ['faster']);
  assert.deepEqual(verdicts([result('a', 50, 2)], [result('a', 40, 2)]), ['slower']);
  assert.deepEqual(verdicts([result('a', 50, 2, 'lower')], [result('a', 40, 2, 'lower')]), ['faster']);
  assert.deepEqual(verdicts([result('a', 50, 6)], [result('a', 60, 6)]), ['within noise']);
});

test('a slower machine changes nothing: ours and its baseline are slower alike', () => {
  const slow = result('a', 25, 1);
  const halved = { ...slow, baselines: { bare: { median: 50, min: 49.5, max: 50.5 } } };
  assert.deepEqual(verdicts([result('a', 50, 2)], [halved]), ['within noise']);
});

test('scenarios that are new or gone are told, and a figure without a baseline is compared with itself', () => {
  assert.deepEqual(verdicts([result('a', 50, 2)], [result('b', 50, 2)]), ['gone', 'new']);
  const alone = (median: number): Result => ({ ...result('a', median, 1), baselines: {}, ratio: {} });
  assert.deepEqual(verdicts([alone(50)], [alone(60)]), ['faster']);
});

test('the comparison for people begins with what is slower', () => {
  const before = [result('a', 50, 1), result('b', 50, 1)];
  const lines = comparison(compare(before, [result('a', 60, 1), result('b', 40, 1)])).split('\n');
  assert.match(lines[2]!, /^slower +b \(4 nodes, 10\) +÷ bare +0\.5 +0\.4 +× 0\.8$/);
  assert.match(lines[3]!, /^faster +a /);
});

test('a file that holds no results is refused with its name', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-results-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'results.json');
  assert.throws(() => readResults(file), /results\.json cannot be read/);
  writeFileSync(file, '{"scenario":1}');
  assert.throws(() => readResults(file), /results\.json does not hold results of a run/);
  writeFileSync(file, JSON.stringify([result('a', 1, 0)]));
  assert.equal(readResults(file).length, 1);
});

test('the page has every subject with its figure and its ratio, needs nothing else, and escapes names', () => {
  const html = page([{ ...result('a<b', 50, 2) }], 'a machine & more');
  assert.match(html, /a&lt;b/);
  assert.match(html, /a machine &amp; more/);
  assert.match(html, /aria-label="muster: 50 messages\/s"/);
  assert.match(html, /× 0\.5/);
  assert.doesNotMatch(html, /https?:|<script|<link/);
});
