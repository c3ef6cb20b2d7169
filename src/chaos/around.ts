/** What is worth seeing near a violation, whatever was violated: faults, deaths, views. Pure. */
import type { Happening } from './history.ts';

const OF_LINKS: ReadonlySet<string> = new Set([
  ...['partition', 'heal', 'cut', 'cut no more', 'delayed', 'delayed no more', 'reordered', 'reordered no more'],
]);

const OTHERS: ReadonlySet<string> = new Set([
  ...['decided', 'killed', 'stopping', 'paused', 'clock', 'clock right again', 'slow disk', 'disk fast again'],
  ...['start', 'add', 'error', 'invariant violated', 'faults end'],
]);

export function isAround({ what }: Happening): boolean {
  return OF_LINKS.has(what) || OTHERS.has(what);
}

export function isOfLinks({ what }: Happening): boolean {
  return OF_LINKS.has(what);
}
