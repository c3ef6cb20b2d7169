/**
 * Planned moves: no call is lost and the state arrives. Judged where nothing else happened to the call or the server: a
 * call that was open only while nodes stopped, started and joined must be answered.
 */
import type { Happening, History, Operation } from '../history.ts';
import { endOf } from './lives.ts';
import type { Checker, Violation } from './violation.ts';

const LOST = 'P9: a planned move loses no call';
const STATE = 'P9: at a planned move the state arrives';

const CALLS = ['tally add', 'loose add'];
/** What may take a call's answer from it, beside a planned move. */
const SPOILERS = new Set([
  'killed',
  'paused',
  'partition',
  'cut',
  'delayed',
  'hung',
  'reordered',
  'server crashes',
  'clock',
]);

export const checkMoves: Checker = (history) => [...lostCalls(history), ...lostStates(history)];

function lostCalls(history: History): Violation[] {
  // Faults on links go on for a while, so a run that has any is judged up to the first of them.
  const spoiled = history.happenings.find(({ what }) => SPOILERS.has(what));
  return history
    .of(...CALLS)
    .filter(
      (call) =>
        call.outcome !== 'ok' &&
        call.outcome !== 'open' &&
        !isImpatient(call) &&
        (spoiled === undefined || (call.settledAt ?? 0) < spoiled.at) &&
        endOf(history, call.node) === Number.POSITIVE_INFINITY,
    )
    .map((call) => ({
      promise: LOST,
      problem: `#${call.id} failed (${call.error ?? ''}), though nodes only stopped, started and joined`,
      matters: [
        call,
        ...history.all('decided').filter(({ at }) => at >= call.invokedAt - 50 && at <= (call.settledAt ?? 0)),
      ],
    }));
}

function isImpatient({ input }: Operation): boolean {
  return (input as { deadlineMs?: number } | null)?.deadlineMs !== undefined;
}

/** The instance after one that ended for a move begins with what that one had. */
function lostStates(history: History): Violation[] {
  const ended = new Map<string, Happening>();
  const violations: Violation[] = [];
  for (const happening of history.all('server starts', 'server turn', 'server ends')) {
    const server = `${String(happening.details.kind)}/${String(happening.details.key)}`;
    const before = ended.get(server);
    ended.delete(server);
    if (happening.what === 'server ends' && MOVES.has(happening.details.reason)) ended.set(server, happening);
    if (happening.what !== 'server starts' || !before || endOf(history, before.node) < happening.order) continue;
    if (before.details.count === happening.details.kept) continue;
    const problem = `${server} ended with ${String(before.details.count)} on ${before.node} and began with ${String(happening.details.kept)} on ${happening.node}`;
    violations.push({ promise: STATE, problem, matters: [before, happening] });
  }
  return violations;
}

const MOVES: ReadonlySet<unknown> = new Set(['moves', 'leaves']);
