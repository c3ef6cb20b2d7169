/** Which plots the results of a run make: a curve for each that has points, of Muster and of each baseline along it. */
import type { CurvePoint, Figures, Result } from '../harness.ts';
import type { Look, Plot, PlotPoint, Series } from './plot.ts';

export type By = CurvePoint['by'];

interface Point {
  readonly at: number;
  readonly result: Result;
}

export function plotsBy(by: By, results: readonly Result[]): Plot[] {
  const places = results.flatMap((result) =>
    (result.curves ?? []).filter((place) => place.by === by).map(({ of, at }) => ({ of, at, result })),
  );
  return [...new Set(places.map(({ of }) => of))].map((of) =>
    plotOf(
      of,
      by,
      places.filter((place) => place.of === of).sort((a, b) => a.at - b.at),
    ),
  );
}

function plotOf(title: string, by: By, points: readonly Point[]): Plot {
  const { unit } = points[0]!.result;
  if (by === 'load %') {
    return {
      ...{ title, unit: 'µs', along: 'load, % of full speed', x: 'linear', y: 'logarithmic' },
      tick: String,
      series: latencySeries(points),
    };
  }
  const along = by === 'nodes' ? 'nodes' : 'bytes of a message';
  const tick = (at: number): string => (by === 'bytes' && at >= 1_024 ? `${at / 1_024} KB` : String(at));
  const y = by === 'bytes' ? 'logarithmic' : 'linear';
  return { title, unit, along, x: 'logarithmic', y, tick, series: throughputSeries(points) };
}

function throughputSeries(points: readonly Point[]): Series[] {
  const looks: Look[] = ['theirs', 'theirs-more'];
  const others = baselinesOf(points).map((name, at): Series => {
    return { name, look: looks[at % looks.length]!, points: placed(points, ({ baselines }) => baselines[name]) };
  });
  return [{ name: 'muster', look: 'ours', points: placed(points, ({ ours }) => ours) }, ...others];
}

/** The median and the 99th percentile of Muster and of what was measured with a load; bare messages have none. */
function latencySeries(points: readonly Point[]): Series[] {
  const loaded = baselinesOf(points.filter(({ at }) => at > 0));
  const ours: Series[] = [
    { name: 'muster p50', look: 'ours', points: placed(points, ({ ours: figures }) => figures) },
    { name: 'muster p99', look: 'ours-more', points: placed(points, ({ also }) => also?.muster?.['p99 µs']) },
  ];
  const theirs = loaded.flatMap((name): Series[] => [
    { name: `${name} p50`, look: 'theirs', points: placed(points, ({ baselines }) => baselines[name]) },
    { name: `${name} p99`, look: 'theirs-more', points: placed(points, ({ also }) => also?.[name]?.['p99 µs']) },
  ]);
  return [...ours, ...theirs];
}

function baselinesOf(points: readonly Point[]): string[] {
  return [...new Set(points.flatMap(({ result }) => Object.keys(result.baselines)))];
}

function placed(points: readonly Point[], read: (result: Result) => Figures | undefined): PlotPoint[] {
  return points.flatMap(({ at, result }) => {
    const figures = read(result);
    return figures ? [{ at, ...figures }] : [];
  });
}
