/**
 * What the match monitor is told: by the lines of hosts, by their `in game` bit, and in private. It runs on the node of the
 * host's session, so each word is passed on once.
 */
import { addressOf } from '../../base/index.ts';
import type { MusterNode } from '../../services/index.ts';
import { lobbies } from '../battles/record.ts';
import { sessions } from '../presence/sessions.ts';
import { decodeClientStatus } from '../status/client-status.ts';
import { type HostLine, readEndData, readHostLine } from './host-lines.ts';
import { matchMonitor } from './monitor.ts';

/** Long enough for the monitor to move to another node meanwhile. */
const TELL_MS = 30_000;

/** The room where autohosts may speak of their games, too. */
export const AUTOHOSTS_ROOM = 'autohosts';

/** A user has said something, as an action in his lobby, or in the autohosts' room. Counts when he hosts a lobby. */
export function heardFromHost(node: MusterNode, userId: number, text: string): void {
  const line = readHostLine(text);
  const lobbyId = line && hostedBy(node, userId);
  if (line && lobbyId !== undefined) tell(node, line, lobbyId, userId);
}

/** Begin and end of the games of hosts that say nothing. For the sessions of this node; to be begun once. */
export function watchHosts(node: MusterNode): void {
  const here = addressOf(node.id, node.incarnation);
  node.registry(sessions).watch(({ key, before, after }) => {
    if (!before || after?.holder !== here || before.value.session !== after.value.session) return;
    const { inGame } = decodeClientStatus(after.value.status);
    if (inGame === decodeClientStatus(before.value.status).inGame) return;
    const lobbyId = hostedBy(node, key);
    if (lobbyId !== undefined) tell(node, inGame ? 'launched' : 'stopped', lobbyId, key);
  });
}

/**
 * A private line of an autohost with the result of its game: a bot, for ratings follow from it. Undefined when it is none; else what to
 * answer, if anything.
 */
export async function resultFromHost(node: MusterNode, userId: number, text: string): Promise<string[] | undefined> {
  if (!text.startsWith('endGameData ')) return undefined;
  if (!node.registry(sessions).lookup(userId)?.value.bot) return ['Only autohosts tell how a game went.'];
  const result = readEndData(text);
  if (!result) return ['The end of game data could not be read.'];
  const isTaken = await node.server(matchMonitor).call('result', userId, result);
  return isTaken ? [] : ['No match of yours is known.'];
}

function hostedBy(node: MusterNode, userId: number): number | undefined {
  for (const [lobbyId, record] of node.cache(lobbies).entries()) if (record.founder === userId) return lobbyId;
  return undefined;
}

function tell(node: MusterNode, line: HostLine, lobbyId: number, userId: number): void {
  node
    .server(matchMonitor)
    .with({ deadlineMs: TELL_MS })
    .call(line, lobbyId, userId)
    .catch((error: unknown) => {
      node.log.write('warn', 'the match monitor did not hear of a game', {
        lobby: lobbyId,
        line,
        error: String(error),
      });
    });
}
