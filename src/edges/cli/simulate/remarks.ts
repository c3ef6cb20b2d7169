/** What a run of an app does not put to the test, in a sentence each. Pure. */
import type { HarnessShape } from '../../../chaos/index.ts';

/** Before the first seed. */
export function remarksOn({ hasWorkload, invariants }: HarnessShape): string[] {
  return [
    ...(hasWorkload ? [] : ['the app exports no workload: it does only what it does by itself']),
    ...(invariants > 0
      ? []
      : [
          'the app exports no invariants: checked is that it starts, that the workload throws no error but those of Muster, and that ' +
            'the cluster agrees on its views and comes to rest',
        ]),
  ];
}

/** After the last one. A workload that records nothing leaves the invariants without a history to look at. */
export function remarksAfter({ hasWorkload }: HarnessShape, seeds: number, operations: number): string[] {
  if (!hasWorkload || seeds === 0 || operations > 0) return [];
  return ['0 operations: the workload recorded none, so no history was checked; give what it does to client.record(…)'];
}
