/** All checkers of a chaos run. */
import type { History } from '../history.ts';
import { evidenceFor } from '../shortest/evidence.ts';
import { checkAcknowledgements } from './acknowledgements.ts';
import { checkAgreement } from './agreement.ts';
import { checkAppends, checkTallies } from './appends.ts';
import { checkDeadlines } from './deadlines.ts';
import { checkEffects } from './effects.ts';
import { checkEvictions } from './evictions.ts';
import { checkGaps } from './gaps.ts';
import { checkHeals } from './heals.ts';
import { checkInterest } from './interest.ts';
import { checkJoiners } from './joiners.ts';
import { checkLoads } from './loads.ts';
import { checkMerged } from './merged.ts';
import { checkMoves } from './moves.ts';
import { checkNames } from './names.ts';
import { checkNodeDowns } from './node-downs.ts';
import { checkPubSub } from './pubsub.ts';
import { checkQueues } from './queues.ts';
import { checkLocalReads, checkRegisters, checkSlots } from './registers.ts';
import { checkRetries } from './retries.ts';
import { checkSequences } from './sequences.ts';
import { checkInstances, checkTurns } from './servers.ts';
import { checkStore } from './store.ts';
import { checkTokens } from './tokens.ts';
import { checkViews } from './views.ts';
import type { Checker, Final, Violation } from './violation.ts';
import { checkZombies } from './zombies.ts';

export * from './violation.ts';
export { checkViews };

export const CHECKERS: readonly Checker[] = [
  checkViews,
  checkDeadlines,
  checkAppends,
  checkTallies,
  checkRegisters,
  checkSlots,
  checkLocalReads,
  checkLoads,
  checkMerged,
  checkNames,
  checkInstances,
  checkTurns,
  checkSequences,
  checkPubSub,
  checkAgreement,
  checkJoiners,
  checkInterest,
  checkGaps,
  checkQueues,
  checkMoves,
  checkNodeDowns,
  checkZombies,
  checkEffects,
  checkEvictions,
  checkHeals,
  checkTokens,
  checkStore,
  checkRetries,
  checkAcknowledgements,
];

/** Of each checker's violations only so many are worth the work of looking what of their evidence is needed. */
const MOST_SHORTENED = 3;

export function checkAll(history: History, final: Final): Violation[] {
  return CHECKERS.flatMap((check) =>
    check(history, final).map((violation, at) =>
      at < MOST_SHORTENED ? evidenceFor(check, history, final, violation) : violation,
    ),
  );
}
