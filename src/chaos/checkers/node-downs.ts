/**
 * Calls whose node died: to a server that keeps nothing, a call that had reached a node rejects as soon as its caller has
 * installed a view without that node.
 */
import type { Happening, History, Operation } from '../history.ts';
import type { Checker, Violation } from './violation.ts';

const P11 = 'P11: a call whose node died rejects as soon as the death is known';
const SLACK_MS = 400;

export const checkNodeDowns: Checker = (history) => {
  const turns = new Map(history.all('server turn').map((turn) => [turn.details.id, turn]));
  const pauses = history.all('paused', 'hung');
  return history.of('loose add').flatMap((call): Violation[] => {
    const turn = turns.get(call.id);
    if (!turn || turn.node === call.node || call.outcome === 'ok') return [];
    const known = deathKnown(history, call, turn);
    if (!known || pauses.some(({ node }) => node === call.node)) return [];
    const late = (call.settledAt ?? Number.POSITIVE_INFINITY) - known.at;
    if (late <= SLACK_MS) return [];
    const problem = `#${call.id} ran on ${turn.node}, which ${call.node} knew to be gone, and settled ${Math.round(late)} ms later`;
    return [{ promise: P11, problem, matters: [call, turn, known] }];
  });
};

/** The caller's first view without the node that ran the call, while the call was open. */
function deathKnown(history: History, call: Operation, turn: Happening): Happening | undefined {
  return history
    .all('view')
    .find(
      ({ node, order, details }) =>
        node === call.node &&
        order > turn.order &&
        !(details.members as string[]).some((member) => member.startsWith(`${turn.node} `)),
    );
}
