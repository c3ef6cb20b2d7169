/** What a match server says to players, hosts and the queue's watchers. Each word leaves when the state it shows is safe. */

import type { MusterNode } from '../../services/index.ts';
import { battleLines } from '../battles/record.ts';
import { COORDINATOR } from '../coordinator.ts';
import { userMessages } from '../presence/user-topic.ts';
import { type AttemptKey, queueUpdates } from './declarations.ts';
import type { Answer, Group } from './state.ts';

export function invite(node: MusterNode, [queueId, attempt]: AttemptKey, answers: readonly Answer[]): void {
  for (const { userId, said } of answers) {
    if (said === 'nothing') node.broadcast(userMessages(userId), { kind: 'ready-check', queueId, attempt });
  }
}

export function callInto(node: MusterNode, lobbyId: number, userIds: readonly number[]): void {
  for (const userId of userIds) {
    node.broadcast(userMessages(userId), { kind: 'join-lobby', lobbyId, scriptPassword: null });
  }
}

export function orderHost(node: MusterNode, host: number, text: string): void {
  const { userId: from, session: fromSession } = COORDINATOR;
  node.broadcast(userMessages(host), { kind: 'private-message', from, fromSession, text, emote: false });
}

/** In the players' own names, as hosts ask for it: the first calls a vote, the others agree. */
export function startGame(
  node: MusterNode,
  queueId: number,
  lobbyId: number,
  players: readonly { userId: number; session: string }[],
): void {
  players.forEach(({ userId: from, session }, at) => {
    const text = at === 0 ? '!cv forcestart' : '!y';
    node.broadcast(battleLines(lobbyId), { from, session, text, emote: false, tag: null });
  });
  const userIds = players.map(({ userId }) => userId);
  node.broadcast(queueUpdates(queueId), { kind: 'match-made', queueId, lobbyId, userIds });
}

export function sayCalledOff(node: MusterNode, lobbyId: number): void {
  const { userId: from, session } = COORDINATOR;
  const text = 'The match cannot be started: not all players are here and synced.';
  node.broadcast(battleLines(lobbyId), { from, session, text, emote: true, tag: null });
}

export function sayCancelled(
  node: MusterNode,
  [queueId, attempt]: AttemptKey,
  groups: readonly Group[],
  back: readonly string[],
): void {
  for (const { id, members } of groups) {
    const returns = back.includes(id);
    for (const { userId } of members) {
      node.broadcast(userMessages(userId), { kind: 'match-cancelled', queueId, attempt, returns });
    }
  }
}
