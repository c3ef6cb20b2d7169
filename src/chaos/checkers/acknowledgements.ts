/**
 * Who leaves a strong write unacknowledged goes: where a link between two members carries small frames only, both look alive
 * to each other, and writes wait. If one of these waits in vain and the link stays as it is, somebody is evicted in time.
 */
import { timingOf } from '../../services/index.ts';
import type { Checker, Violation } from './violation.ts';

const P12 = 'P12: a member that leaves a strong write unacknowledged is evicted';
const WRITES = ['append', 'put', 'delete', 'insert', 'swap', 'claim slot'];
const { ackMs, leaseMs, marginMs } = timingOf();
/** The debt, the time a complaint has to last, the rest of a lease, and some for messages. */
const EVICTED_MS = ackMs + 2 * leaseMs + marginMs + 2_000;

export const checkAcknowledgements: Checker = (history) => {
  const ends = new Map(history.all('small only no more').map(({ details, at }) => [details.fault, at]));
  const views = history.all('decided');
  return history.all('small only').flatMap((fault): Violation[] => {
    const until = ends.get(fault.details.fault) ?? Number.POSITIVE_INFINITY;
    const write = history
      .of(...WRITES)
      .find(({ invokedAt, error }) => invokedAt >= fault.at && invokedAt + EVICTED_MS < until && isTimeout(error));
    if (!write) return [];
    // Any change of the view begins the waiting anew.
    if (views.some(({ at }) => at >= fault.at && at <= write.invokedAt + EVICTED_MS)) return [];
    const { from, to } = fault.details;
    const problem = `#${write.id} waited in vain while ${from} reached ${to} with small frames only, and nobody was evicted within ${EVICTED_MS} ms`;
    return [{ promise: P12, problem, matters: [fault, write] }];
  });
};

function isTimeout(error: string | undefined): boolean {
  return error?.startsWith('Timeout') ?? false;
}
