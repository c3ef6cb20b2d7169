/** What a user under moderation is told after his login. Pure. */
import type { ModerationAction } from '../../moderation/moderation.ts';
import { CODE_OF_CONDUCT } from './code-of-conduct.ts';

const FRAME = '-'.repeat(40);
const FOLLOW_UP = 'If this goes on, further and longer restrictions will follow.';

export interface Warning {
  readonly lines: readonly string[];
  /** Whether he has to say that he has read it, and may not enter lobbies until then. */
  readonly toAcknowledge: boolean;
}

/** Undefined when there is nothing to tell: no action holds, or none beyond the bridge. */
export function warningFor(actions: readonly ModerationAction[], phrase: string): Warning | undefined {
  const told = actions.filter(({ restrictions }) => restrictions.some((name) => name !== 'Bridging'));
  if (told.length === 0) return undefined;
  const isMuted = told.some(
    ({ restrictions }) => restrictions.includes('All chat') || restrictions.includes('Direct chat'),
  );
  const toAcknowledge = !isMuted && told.some(({ acknowledged }) => !acknowledged);
  const lines = [
    FRAME,
    'This is a reminder that moderators have taken the following actions on your account:',
    ...told.map(described),
    FOLLOW_UP,
    'Please keep to the code of conduct:',
    ...CODE_OF_CONDUCT,
    ...(toAcknowledge
      ? [`Please answer this message with '${phrase}' (without the quotes). Until then you cannot join lobbies.`]
      : []),
    FRAME,
  ];
  return { lines, toAcknowledge };
}

function described({ restrictions, reason, until }: ModerationAction): string {
  const end = until === null ? 'for good' : `until ${new Date(until).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return `- ${restrictions.join(', ')} (${end}): ${reason}`;
}
