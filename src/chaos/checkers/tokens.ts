/**
 * Fencing tokens: each new holder of a server has a greater one than all before it, so that whoever has seen it can refuse
 * theirs. A server that is started again where it was may have the same.
 */
import type { Happening } from '../history.ts';
import type { Checker, Violation } from './violation.ts';

const P8 = 'P8: the fencing token of each new holder of a server is greater than all before it';

export const checkTokens: Checker = (history) => {
  const greatest = new Map<string, Happening>();
  const violations: Violation[] = [];
  for (const start of history.all('server starts')) {
    const { kind, key, token } = start.details;
    if (token === undefined) continue;
    const server = `${String(kind)}/${String(key)}`;
    const before = greatest.get(server);
    const isMore = !before || tokenOf(before) < tokenOf(start);
    if (isMore) greatest.set(server, start);
    if (isMore || (before.node === start.node && tokenOf(before) === tokenOf(start))) continue;
    const problem = `${server} starts on ${start.node} with the token ${tokenOf(start)}, and ${before.node} had ${tokenOf(before)}`;
    violations.push({ promise: P8, problem, matters: [before, start] });
  }
  return violations;
};

function tokenOf({ details }: Happening): number {
  return details.token as number;
}
