/** How far `muster simulate` is: what is counted, and the line that says so. Pure. */
import type { RunFigures, SeedAnswer } from '../../../chaos/index.ts';

export interface Progress {
  readonly done: number;
  readonly of: number;
  readonly failed: readonly number[];
  /** Real ms since the first seed began. */
  readonly ms: number;
  readonly figures: RunFigures;
}

const NOTHING: RunFigures = { virtualMs: 0, faults: 0, operations: 0, checked: 0, deliveries: 0, events: 0 };
const HOUR_MS = 3_600_000;
const BAR_CELLS = 24;

export function begin(of: number): Progress {
  return { done: 0, of, failed: [], ms: 0, figures: NOTHING };
}

export function withAnswer(progress: Progress, { seed, figures, failure }: SeedAnswer, ms: number): Progress {
  const sum = progress.figures;
  return {
    ...progress,
    done: progress.done + 1,
    failed: failure ? [...progress.failed, seed] : progress.failed,
    ms,
    figures: {
      virtualMs: sum.virtualMs + figures.virtualMs,
      faults: sum.faults + figures.faults,
      operations: sum.operations + figures.operations,
      checked: sum.checked + figures.checked,
      deliveries: sum.deliveries + figures.deliveries,
      events: sum.events + figures.events,
    },
  };
}

export function seedsPerSecond({ done, ms }: Progress): number {
  return ms > 0 ? (done * 1_000) / ms : 0;
}

/** `412 of 1000 seeds, 6.1 seeds/s, 6.9 virtual hours, 41,022 faults, 287,300 operations, 6,180 promises checked, 1 failed` */
export function progressText(progress: Progress): string {
  const { done, of, failed, figures } = progress;
  return [
    `${done} of ${of} seeds`,
    `${seedsPerSecond(progress).toFixed(1)} seeds/s`,
    `${(figures.virtualMs / HOUR_MS).toFixed(1)} virtual hours`,
    `${grouped(figures.faults)} faults`,
    `${grouped(figures.operations)} operations`,
    `${grouped(figures.checked)} promises checked`,
    ...(failed.length > 0 ? [`${failed.length} failed`] : []),
  ].join(', ');
}

/** The same with a bar in front, cut to the width of the terminal. */
export function progressBar(progress: Progress, columns: number): string {
  const full = Math.floor((BAR_CELLS * progress.done) / progress.of);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_CELLS - full)}] ${progressText(progress)}`.slice(
    0,
    Math.max(0, columns - 1),
  );
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
