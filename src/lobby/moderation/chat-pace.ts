/** How fast somebody speaks: three lines within a second, or ten within five, are too fast. Pure. */

const LIMITS = [
  { lines: 3, withinMs: 1_000 },
  { lines: 10, withinMs: 5_000 },
] as const;

/** For how long a line counts. */
export const PACE_MS = 5_000;

/** Times of the lines that still count, the oldest first: never more than the largest limit. */
export type ChatPace = readonly number[];

/** One more line at `now`. After too fast a one counting begins anew. */
export function speak(pace: ChatPace, now: number): { pace: ChatPace; tooFast: boolean } {
  const times = [...recent(pace, now), now];
  const tooFast = LIMITS.some(({ lines, withinMs }) => times.filter((time) => time > now - withinMs).length >= lines);
  return { pace: tooFast ? [] : times, tooFast };
}

export function recent(pace: ChatPace, now: number): ChatPace {
  return pace.filter((time) => time > now - PACE_MS && time <= now);
}
