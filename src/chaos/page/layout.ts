/** Where everything stands from left to right: the axis of time, faults, the authority, then the nodes. Pure. */
import type { Fault } from './faults.ts';
import type { Segment } from './lives.ts';
import { lanesOf, type Run } from './runs.ts';
import { nodeOf } from './words.ts';

export interface Column {
  readonly id: string;
  /** Where its line of life is. */
  readonly x: number;
  readonly left: number;
  readonly right: number;
  /** Where labels begin. */
  readonly labels: number;
}

export interface PlacedRun {
  readonly run: Run;
  readonly x: number;
}

export interface PlacedFault {
  readonly fault: Fault;
  readonly x: number;
}

export interface Layout {
  readonly columns: ReadonlyMap<string, Column>;
  readonly runs: readonly PlacedRun[];
  readonly faults: readonly PlacedFault[];
  readonly width: number;
  readonly labelWidth: number;
}

export const AXIS = 70;
export const LANE = 13;
export const BOX = 10;
export const FAULT_LANE = 20;
const BEFORE_LINE = 44;
const AFTER_LINE = 14;
const AUTHORITY = 'authority';

export function layOut(segments: readonly Segment[], runs: readonly Run[], faults: readonly Fault[]): Layout {
  const ids = [...new Set(segments.map(({ address }) => nodeOf(address)))].sort(byNumber);
  const labelWidth = ids.length > 5 ? 132 : 158;
  const faultLanes = lanesOf(faults);
  const placedFaults = faults.map((fault, at) => ({ fault, x: AXIS + faultLanes[at]! * FAULT_LANE }));
  let left = AXIS + widest(faultLanes) * FAULT_LANE + 10;
  const columns = new Map<string, Column>();
  const placedRuns: PlacedRun[] = [];
  for (const id of ids) {
    const own = runs.filter(({ address }) => nodeOf(address) === id);
    const lanes = lanesOf(own);
    const x = left + BEFORE_LINE;
    placedRuns.push(...own.map((run, at) => ({ run, x: x + AFTER_LINE + lanes[at]! * LANE })));
    const labels = x + AFTER_LINE + widest(lanes) * LANE + 3;
    const right = labels + labelWidth;
    columns.set(id, { id, x, left, right, labels });
    left = right;
  }
  return { columns, runs: placedRuns, faults: placedFaults, width: left + 8, labelWidth };
}

function widest(lanes: readonly number[]): number {
  return lanes.reduce((most, lane) => Math.max(most, lane + 1), 0);
}

/** The authority first, then the nodes by number. */
function byNumber(a: string, b: string): number {
  const rank = (id: string): number => (id === AUTHORITY ? -1 : Number(/\d+/.exec(id)?.[0] ?? 0));
  return rank(a) - rank(b) || (a < b ? -1 : 1);
}
