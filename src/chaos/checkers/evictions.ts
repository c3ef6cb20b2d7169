/**
 * Evictions: who is only busy stays. A node is evicted for a reason that lasted about a lease: links that lost or delayed
 * frames, or an event loop that stood still for so long.
 */
import type { Happening, History } from '../history.ts';
import type { Checker, Violation } from './violation.ts';

const P13 = 'P13: a node that is only busy is not evicted';

/** A node may stand still for this long and keep its place; a little less than a lease. */
const HARMLESS_MS = 2_000;
/** What is older than this is no reason any more. */
const REASON_MS = 15_000;
const ON_LINKS = ['partition', 'cut', 'delayed', 'reordered', 'small only'];

export const checkEvictions: Checker = (history) =>
  history.all('decided').flatMap((view): Violation[] => {
    const cause = String(view.details.cause ?? '');
    if (!cause.startsWith('eviction ') || linksSuffered(history, view)) return [];
    return cause
      .split(' ')
      .slice(1)
      .filter((id) => stoodStill(history, view, id) < HARMLESS_MS)
      .map((id) => ({
        promise: P13,
        problem: `${id} was evicted, and had stood still for ${stoodStill(history, view, id)} ms`,
        matters: [
          ...history
            .all('paused')
            .filter(({ node }) => node.startsWith(`${id}#`))
            .slice(-2),
          view,
        ],
      }));
  });

/** A fault on any link counts: it may be the authority's. */
function linksSuffered(history: History, view: Happening): boolean {
  const ends = new Map(
    history.all('heal', ...ON_LINKS.map((what) => `${what} no more`)).map(({ details, at }) => [details.fault, at]),
  );
  return history
    .all(...ON_LINKS)
    .some(
      ({ at, details }) => at <= view.at && (ends.get(details.fault) ?? Number.POSITIVE_INFINITY) > view.at - REASON_MS,
    );
}

function stoodStill(history: History, view: Happening, id: string): number {
  return history
    .all('paused')
    .filter(({ node, at }) => node.startsWith(`${id}#`) && at <= view.at && at > view.at - REASON_MS)
    .reduce((sum, { details }) => sum + (details.ms as number), 0);
}
