/** What a run of benchmarks tells: changes beyond noise, and the page. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Result } from '../../benchmarks/harness.ts';
import { BenchUsageError, parseBenchOptions } from '../../benchmarks/options.ts';
import { compare, comparison } from '../../benchmarks/report/compare.ts';
import { page } from '../../benchmarks/report/page.ts';
import { apart, linearTicks, logarithmicTicks, type Plot, plotSvg } from '../../benchmarks/report/plot.ts';
import { fileOf, keep, readResults } from '../../benchmarks/report/results.ts';

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

test('further figures are compared with those of the same name, without a word about better', () => {
  const figures = (median: number): Result['ours'] => ({ median, min: median - 1, max: median + 1 });
  const run = (ours: number, theirs: number, grown: number): Result => ({
    ...result('a', 50, 1),
    also: { muster: { 'p99 µs': figures(ours), 'MB grown': figures(grown) }, bare: { 'p99 µs': figures(theirs) } },
  });
  const changes = compare([run(100, 10, 0)], [run(200, 10, 0)]).map(({ of, to, verdict }) => [of, to, verdict]);
  assert.deepEqual(changes, [
    ['', 'bare', 'within noise'],
    ['p99 µs', 'bare', 'higher'],
    ['MB grown', '-', 'within noise'],
  ]);
  assert.deepEqual(
    compare([run(100, 50, 0)], [run(50, 50, 30)]).map(({ verdict }) => verdict),
    ['within noise', 'lower', 'higher'],
  );
  assert.match(
    comparison(compare([run(100, 10, 0)], [run(200, 10, 0)])),
    /higher +a \(4 nodes, 10\): p99 µs +÷ bare +10 +20 +× 2\n/,
  );
});

test('a baseline that is not on this machine any more is gone, with the reason', () => {
  const { baselines: _, ...rest } = result('a', 50, 1);
  const after: Result = { ...rest, baselines: {}, ratio: {}, skipped: { bare: 'not installed' } };
  const changes = compare([result('a', 50, 1)], [after]);
  assert.deepEqual(
    changes.map(({ to, verdict, why }) => [to, verdict, why]),
    [
      ['bare', 'gone', 'not installed'],
      ['-', 'new', undefined],
    ],
  );
  assert.match(comparison(changes), /gone +a .*not installed/);
});

function temporaryFolder(t: { after(act: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'muster-results-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('a file that holds no results is refused with its name; an older one has no date', (t) => {
  const file = join(temporaryFolder(t), 'results.json');
  assert.throws(() => readResults(file), /results\.json cannot be read/);
  for (const wrong of ['{"scenario":1}', '{"results":[1]}', 'null', '[{}]']) {
    writeFileSync(file, wrong);
    assert.throws(() => readResults(file), /results\.json does not hold results of a run/, wrong);
  }
  writeFileSync(file, JSON.stringify([result('a', 1, 0)]));
  assert.equal(readResults(file).results.length, 1);
  assert.equal(readResults(file).at, '');
});

test('results are kept by day; what is measured again replaces what the day had of it; the newest is found', (t) => {
  const folder = temporaryFolder(t);
  const run = (day: number, ...results: Result[]): Parameters<typeof keep>[1] => {
    return { at: `2026-03-0${day}T10:00:00.000Z`, machine: 'a machine', results };
  };
  assert.throws(() => fileOf('kept', folder), /nothing is kept in/);
  keep(folder, run(1, result('a', 1, 0), result('b', 1, 0)));
  const file = keep(folder, run(1, result('b', 2, 0), result('c', 2, 0)));
  assert.equal(file, join(folder, '2026-03-01.json'));
  assert.deepEqual(
    readResults(file).results.map(({ scenario, ours }) => [scenario, ours.median]),
    [
      ['a', 1],
      ['b', 2],
      ['c', 2],
    ],
  );
  assert.throws(() => keep(folder, { ...run(1), machine: 'another' }), /measured on another machine: a machine/);
  const next = keep(folder, run(2, result('a', 3, 0)));
  assert.equal(fileOf('kept', folder), next);
  assert.equal(fileOf('some.json', folder), 'some.json');
});

test('options: what is asked for together has to make sense', () => {
  assert.deepEqual(parseBenchOptions(['--quick', '--only', 'curves']), {
    ...{ quick: true, only: 'curves', keep: false },
    ...{ json: undefined, html: undefined, from: undefined, compare: undefined },
  });
  const wrong: [string[], RegExp][] = [
    [['--keep', '--quick'], /^--keep is for full runs/],
    [['--from', 'a', '--keep'], /^--from measures nothing/],
    [['--what'], /^Unknown option '--what'/],
  ];
  for (const [args, message] of wrong) {
    assert.throws(
      () => parseBenchOptions(args),
      (error) => error instanceof BenchUsageError && message.test(error.message) && !error.message.includes('\n'),
    );
  }
});

test('the page has every subject with its figure and its ratio, needs nothing else, and escapes names', () => {
  const html = page([{ ...result('a<b', 50, 2) }], 'a machine & more');
  assert.match(html, /a&lt;b/);
  assert.match(html, /a machine &amp; more/);
  assert.match(html, /aria-label="muster: 50 messages\/s"/);
  assert.match(html, /× 0\.5/);
  assert.doesNotMatch(html, /https?:|<script|<link/);
});

const FIGURES = { median: 10, min: 9, max: 12 };

test('the page shows further figures, who was not measured and why, and how Muster stands to other systems', () => {
  const html = page(
    [
      {
        ...result('pubsub/x', 50, 2),
        baselines: { moleculer: { median: 5, min: 4, max: 6 } },
        ratio: { moleculer: 10 },
        also: { muster: { 'p99 µs': FIGURES } },
        skipped: { erlang: 'no erl & no luck' },
      },
      { ...result('calls/y', 50, 2, 'lower'), baselines: { moleculer: { median: 25, min: 24, max: 26 } } },
    ],
    'a machine',
  );
  assert.match(html, /10 p99 µs \(9 – 12\)/);
  assert.match(html, /erlang<\/span><span>not measured: no erl &amp; no luck/);
  assert.match(html, /aria-label="pubsub\/x: Muster is 10 × as fast as moleculer"/);
  assert.match(html, /aria-label="calls\/y: Muster is 0\.5 × as fast as moleculer"/);
});

test('points of a curve become one plot of Muster and each baseline, told in words too, and no bars of their own', () => {
  const point = (nodes: number, median: number): Result => ({
    ...result(`curves/fan-out/${nodes}-nodes`, median, 1),
    curves: [{ of: 'fan-out', by: 'nodes', at: nodes }],
  });
  const html = page([point(4, 2_000_000), point(2, 1_000_000)], 'a machine');
  assert.match(html, /aria-label="fan-out, messages\/s, by nodes: muster 1 M at 2, 2 M at 4; bare 100 at 2, 100 at 4"/);
  assert.doesNotMatch(html, /Each scenario|By size|Latency/);
  const load = (at: number): Result => ({
    ...result(`pubsub/latency-${at}`, 50, 1),
    curves: [{ of: 'latency', by: 'load %', at }],
    also: { muster: { 'p99 µs': FIGURES }, bare: { 'p99 µs': FIGURES } },
  });
  const latency = page([load(10), load(90)], 'a machine');
  assert.match(
    latency,
    /aria-label="latency, µs, by load, % of full speed: muster p50 50 at 10, 50 at 90; muster p99 10 at/,
  );
  assert.match(latency, /Each scenario/);
});

test('what is drawn stays inside of the drawing, in order, and labels do not meet', () => {
  const series = (name: string, look: Plot['series'][number]['look'], values: number[]): Plot['series'][number] => {
    return {
      name,
      look,
      points: values.map((median, at) => ({ at: 2 ** (at + 1), median, min: median / 2, max: median * 1.5 })),
    };
  };
  for (const y of ['linear', 'logarithmic'] as const) {
    const plot: Plot = {
      ...{ title: 't', unit: 'u', along: 'nodes', x: 'logarithmic', y, tick: String },
      series: [
        series('muster', 'ours', [3e6, 5e6, 40]),
        series('limit', 'theirs', [6e6, 1e6, 41]),
        series('raw-broadcastchannel', 'theirs-more', [1, 2, 39]),
      ],
    };
    const svg = plotSvg(plot)!;
    const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!.map(Number);
    const xs = [...svg.matchAll(/ (?:x|x1|x2|cx)="([-\d.]+)"/g)].map(([, value]) => Number(value));
    const ys = [...svg.matchAll(/ (?:y|y1|y2|cy)="([-\d.]+)"/g)].map(([, value]) => Number(value));
    assert.ok(xs.length > 20 && xs.every((value) => value >= 0 && value <= width!), `x in ${y}`);
    assert.ok(
      ys.every((value) => value >= 0 && value <= height!),
      `y in ${y}`,
    );
    const [line] = svg.match(/<polyline points="([^"]+)"/)!.slice(1);
    const places = line!.split(' ').map((place) => place.split(',').map(Number));
    assert.ok(places[0]![0]! < places[1]![0]! && places[1]![0]! < places[2]![0]!, 'left to right');
    assert.ok(places[1]![1]! < places[0]![1]! && places[0]![1]! < places[2]![1]!, 'more is higher');
    for (const [, x, name] of svg.matchAll(/<text class="[^"]+" x="([^"]+)" y="[^"]+">([^<]+)/g)) {
      assert.ok(Number(x) + 8.4 * name!.length <= width!, `${name} is cut off`);
    }
    const labels = [...svg.matchAll(/<text class="[^"]+" x="[^"]+" y="([^"]+)"/g)].map(([, value]) => Number(value));
    assert.equal(labels.length, 3);
    assert.ok(labels[1]! - labels[0]! >= 14.9 && labels[2]! - labels[1]! >= 14.9, String(labels));
  }
  assert.equal(
    plotSvg({ title: 't', unit: 'u', along: 'x', x: 'linear', y: 'linear', tick: String, series: [] }),
    undefined,
  );
});

test('axes have few, round numbers around all points; labels keep apart also at the bottom', () => {
  const points = (...values: number[]): { at: number; median: number; min: number; max: number }[] => {
    return values.map((value) => ({ at: 1, median: value, min: value, max: value }));
  };
  assert.deepEqual(linearTicks(points(3.7e6)), [0, 1e6, 2e6, 3e6, 4e6]);
  assert.deepEqual(linearTicks(points(4e6)), [0, 1e6, 2e6, 3e6, 4e6]);
  assert.deepEqual(logarithmicTicks(points(40, 900)), [10, 100, 1_000]);
  assert.deepEqual(logarithmicTicks(points(100)), [100, 1_000]);
  assert.deepEqual(apart([10, 12, 60]), [10, 25, 60]);
  const low = apart([205, 206, 207]);
  assert.ok(low[2]! <= 208 && low[1]! <= low[2]! - 15 && low[0]! <= low[1]! - 15);
});
