/**
 * Names of the dead: no look-up shows a holder outside the view of the node that looks, and none stands in the way of a new
 * registration.
 */
import type { Happening, History, Operation } from '../history.ts';
import type { Checker, Violation } from './violation.ts';

const P7 = 'P7: a holder outside the view has no names';

export const checkZombies: Checker = (history) => [...shown(history), ...inTheWay(history)];

function shown(history: History): Violation[] {
  return history.all('looked up').flatMap((look): Violation[] => {
    const { holders, members } = look.details as unknown as {
      readonly holders: Readonly<Record<string, string>>;
      readonly members: readonly string[];
    };
    const zombie = Object.entries(holders).find(([, holder]) => !members.includes(holder));
    if (!zombie) return [];
    const problem = `${look.node} shows ${zombie[0]} as held by ${zombie[1]}, which is not in its view`;
    return [{ promise: P7, problem, matters: [look] }];
  });
}

/** A registration that is refused for a holder that its node had known to be gone when it asked. */
function inTheWay(history: History): Violation[] {
  return history
    .of('register')
    .filter(({ outcome }) => outcome === 'refused')
    .flatMap((register): Violation[] => {
      const holder = /held by (\S+#\d+)/.exec(register.error ?? '')?.[1];
      if (holder === undefined) return [];
      const gone = goneFor(history, register, holder);
      if (!gone) return [];
      const problem = `#${register.id} was refused for ${holder}, which ${register.node} knew to be gone`;
      return [{ promise: P7, problem, matters: [gone, register] }];
    });
}

/** The view without the holder that the node had when it asked. */
function goneFor(history: History, register: Operation, holder: string): Happening | undefined {
  const view = history.all('view').findLast(({ node, order }) => node === register.node && order < register.invoked);
  if (!view || (view.details.members as string[]).some((member) => member.startsWith(`${holder} `))) return undefined;
  const hadIt = history
    .all('view')
    .some(
      ({ node, order, details }) =>
        node === register.node &&
        order < view.order &&
        (details.members as string[]).some((member) => member.startsWith(`${holder} `)),
    );
  return hadIt ? view : undefined;
}
