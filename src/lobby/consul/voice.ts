/** What Consul says, in whose name and to whom; and the moves it sends users on. At most once each, and never answered. */
import type { MusterNode } from '../../services/index.ts';
import { battleLines } from '../battles/record.ts';
import { COORDINATOR } from '../coordinator.ts';
import { userMessages } from '../presence/user-topic.ts';
import { type LobbyNews, lobbyNews } from '../throttles/topics.ts';
import type { CommandOutcome } from './commands/command.ts';

const AS_COORDINATOR = { from: COORDINATOR.userId, fromSession: COORDINATOR.session } as const;

export class Voice {
  readonly #node: MusterNode;
  readonly #lobbyId: number;

  constructor(node: MusterNode, lobbyId: number) {
    this.#node = node;
    this.#lobbyId = lobbyId;
  }

  /** All that a command says, and the moves it asks for. */
  carryOut({ announcements, tells, rings, says, pulls }: CommandOutcome): void {
    for (const text of announcements) this.announce(text);
    for (const { userId, text } of tells) this.tell(userId, text);
    for (const userId of rings) this.ring(userId);
    for (const { text, ...member } of says) this.sayAs(member, text);
    for (const userId of pulls) this.move(userId, this.#lobbyId);
  }

  /** To one user, as a private message of the Coordinator. */
  tell(userId: number, text: string): void {
    this.#node.broadcast(userMessages(userId), { kind: 'private-message', ...AS_COORDINATOR, text, emote: false });
  }

  ring(userId: number): void {
    this.#node.broadcast(userMessages(userId), { kind: 'ring', ...AS_COORDINATOR });
  }

  /** To the lobby, as the Coordinator. */
  announce(text: string): void {
    const { userId: from, session } = COORDINATOR;
    this.#node.broadcast(battleLines(this.#lobbyId), { from, session, text, emote: true, tag: null });
  }

  /** To the lobby, in a member's own name. */
  sayAs({ userId: from, session }: { userId: number; session: string }, text: string): void {
    this.#node.broadcast(battleLines(this.#lobbyId), { from, session, text, emote: false, tag: null });
  }

  /** Sends a user to a lobby, whatever he does just now. */
  move(userId: number, lobbyId: number): void {
    this.#node.broadcast(userMessages(userId), { kind: 'join-lobby', lobbyId, scriptPassword: null });
  }

  /** To who looks at the lobby from outside. */
  news(reason: Extract<LobbyNews, { kind: 'consul' }>['reason']): void {
    this.#node.broadcast(lobbyNews(this.#lobbyId), { kind: 'consul', lobbyId: this.#lobbyId, reason });
  }
}
