/** The flood guard: bytes of one connection within a sliding window, in slots of one second. Pure; does not disconnect. */

export interface FloodLimit {
  readonly bytes: number;
  readonly windowMs: number;
}

/** What was received lately: oldest slot first, never more slots than the window has seconds (and one that is ending). */
export interface FloodWindow {
  readonly slots: readonly { readonly second: number; readonly bytes: number }[];
}

export const emptyWindow: FloodWindow = { slots: [] };

/** Adds `bytes` received at `now` (ms) and says whether that is more than the limit allows. */
export function receive(
  window: FloodWindow,
  limit: FloodLimit,
  now: number,
  bytes: number,
): { window: FloodWindow; flooding: boolean } {
  const second = Math.floor(now / 1_000);
  const oldest = second - Math.ceil(limit.windowMs / 1_000);
  const kept = window.slots.filter((slot) => slot.second > oldest);
  const last = kept.at(-1);
  const slots =
    last?.second === second
      ? [...kept.slice(0, -1), { second, bytes: last.bytes + bytes }]
      : [...kept, { second, bytes }];
  const total = slots.reduce((sum, slot) => sum + slot.bytes, 0);
  return { window: { slots }, flooding: total > limit.bytes };
}
