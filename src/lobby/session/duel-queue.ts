/** `$1v1me` and `$un1v1`: into the queue for duels and out of it, by a word to the Coordinator. */
import { parseCommand } from '../consul/commands/index.ts';
import { LobbyRefused } from '../refusal.ts';
import type { SessionContext } from './context.ts';

/** The first queue there is. */
const DUEL_QUEUE = 1;
const WANTS: ReadonlyMap<string, 'join' | 'leave'> = new Map([
  ['1v1me', 'join'],
  ['un1v1', 'leave'],
]);

export function isForDuelQueue(line: string): boolean {
  return WANTS.has(parseCommand(line)?.name ?? '');
}

/** What to answer; undefined when the line is something else. */
export async function askForDuel(
  { matchmaking }: Pick<SessionContext, 'matchmaking'>,
  line: string,
): Promise<readonly string[] | undefined> {
  const wish = WANTS.get(parseCommand(line)?.name ?? '');
  if (!wish) return undefined;
  try {
    await matchmaking[wish](DUEL_QUEUE);
  } catch (error) {
    if (error instanceof LobbyRefused) return [error.message];
    throw error;
  }
  return [wish === 'join' ? 'You are waiting for a 1v1 now. Say $un1v1 to wait no longer.' : 'You wait no longer.'];
}
