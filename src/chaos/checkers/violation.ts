/** What a checker found: which promise is broken, how, and what of the history shows it. */
import type { Happening, History, Operation } from '../history.ts';

export interface Violation {
  /** The promise of the design, in short. */
  readonly promise: string;
  readonly problem: string;
  readonly matters: readonly (Operation | Happening)[];
  /** `near`: nobody knows what shows it; `matters` is what happened before it, and ends with the moment it was seen. */
  readonly evidence?: 'near';
}

/** What the nodes showed after the faults had ended and the cluster had settled. By address. */
export type Final = ReadonlyMap<string, NodeFinal>;

export interface NodeFinal {
  readonly lists: Readonly<Record<string, readonly number[]>>;
  readonly registers: Readonly<Record<string, number>>;
  readonly slots: Readonly<Record<string, number>>;
  readonly loads: Readonly<Record<string, number>>;
  readonly merged: Readonly<Record<string, number>>;
  /** Holder and value of each name. */
  readonly names: Readonly<Record<string, readonly [holder: string, id: number]>>;
  /** The state of each tally, as its server told this node. */
  readonly tallies: Readonly<Record<string, readonly number[]>>;
}

export type Checker = (history: History, final: Final) => Violation[];

/** What all nodes show of one thing; the first node's, and a violation when another shows something else. */
export function same<K extends keyof NodeFinal>(
  final: Final,
  what: K,
  promise: string,
): { value: NodeFinal[K] | undefined; violations: Violation[] } {
  const [first, ...rest] = [...final];
  if (!first) return { value: undefined, violations: [] };
  const text = stable(first[1][what]);
  const violations = rest
    .filter(([, shown]) => stable(shown[what]) !== text)
    .map(([address, shown]) => ({
      promise,
      problem: `${what} differ when settled: ${first[0]} has ${text}, ${address} has ${stable(shown[what])}`,
      matters: [],
    }));
  return { value: first[1][what], violations };
}

function stable(record: object): string {
  return JSON.stringify(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
