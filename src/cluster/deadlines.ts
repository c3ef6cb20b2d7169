/** Waiting with a deadline, on the clock that is handed in: for work that is under way, and for a condition to hold. */
import { Timeout } from '../base/index.ts';
import type { Clock } from '../ports/index.ts';

const ASK_AGAIN_MS = 10;

/** What `work` resolves to. Rejects with `Timeout`, outcome unknown, after `deadlineMs`; the work goes on. */
export async function within<T>(clock: Clock, what: string, work: Promise<T>, deadlineMs: number): Promise<T> {
  let cancel = (): void => undefined;
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(deadlineMs, () => reject(new Timeout(what, deadlineMs, 'unknown')));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    cancel();
  }
}

/** Asks `check` again and again until it gives something. Rejects with `Timeout` after `deadlineMs`, or when `isOver`. */
export async function until<T>(
  clock: Clock,
  what: string,
  check: () => T | Promise<T>,
  { deadlineMs, isOver }: { readonly deadlineMs: number; readonly isOver: () => boolean },
): Promise<NonNullable<T>> {
  const end = clock.now() + deadlineMs;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (clock.now() >= end || isOver()) throw new Timeout(what, deadlineMs, 'unknown');
    await new Promise<void>((resolve) => clock.after(ASK_AGAIN_MS, resolve));
  }
}
