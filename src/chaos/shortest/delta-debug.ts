/**
 * Delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002): a small part of a list
 * that still fails. The result is minimal when the runs suffice: no single item of it can go. Pure.
 */

export interface DeltaDebugging {
  /** How often `fails` may be asked. */
  readonly mostRuns: number;
}

/** `items` fail as a whole; `fails` is asked only about parts of them, in their order. An empty part is asked about, too. */
export function deltaDebug<T>(
  items: readonly T[],
  fails: (part: readonly T[]) => boolean,
  { mostRuns }: DeltaDebugging,
): readonly T[] {
  let kept = items;
  let pieces = 2;
  let runs = 0;
  while (kept.length > 0) {
    const size = Math.ceil(kept.length / pieces);
    let smaller: readonly T[] | undefined;
    for (let at = 0; at < kept.length && !smaller; at += size) {
      if (runs++ >= mostRuns) return kept;
      const rest = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (fails(rest)) smaller = rest;
    }
    if (smaller) {
      kept = smaller;
      pieces = Math.max(2, pieces - 1);
    } else if (size === 1) return kept;
    else pieces = Math.min(kept.length, pieces * 2);
  }
  return kept;
}
