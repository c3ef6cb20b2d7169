/** The host's consent to a join: asking for it, as a joiner; remembering who asked and answering, as a host. */
import { type Deferred, deferred } from '../../base/index.ts';
import { sessions } from '../presence/sessions.ts';
import { type UserMessage, userMessages } from '../presence/user-topic.ts';
import { LobbyRefused } from '../refusal.ts';
import type { User, VisibleBattle } from '../roster/events.ts';
import { setting } from '../settings/settings.ts';
import type { SessionContext } from './context.ts';

/** Askers a host's session remembers; older ones are forgotten first. */
const MOST_ASKERS = 256;

type JoinRequest = Extract<UserMessage, { kind: 'join-request' }>;
type JoinAnswer = Extract<UserMessage, { kind: 'join-answer' }>;

interface Asked {
  readonly request: string;
  readonly lobbyId: number;
  readonly answer: Deferred<JoinAnswer>;
}

export class HostConsent {
  readonly #session: SessionContext;
  readonly #askers = new Map<string, { userId: number; request: string }>();
  #asked: Asked | undefined;
  #count = 0;

  constructor(session: SessionContext) {
    this.#session = session;
  }

  /** Resolves when the host of the battle agrees, or need not be asked. Rejects with `HostRefused`, `NoSuchBattle`, `SessionEnded`. */
  async ask(battle: VisibleBattle): Promise<void> {
    const { node } = this.#session.hub;
    const { founder, lobbyId } = battle.summary;
    const host = node.registry(sessions).lookup(founder.userId)?.value;
    if (!host) throw new LobbyRefused('HostRefused', 'The host has lost its connection; please try again in a moment');
    if (!host.authorisesJoins) return;
    const { userId, session, ip } = this.#session.info();
    this.#count += 1;
    const asked: Asked = { request: `${session}:${this.#count}`, lobbyId, answer: deferred<JoinAnswer>() };
    this.#asked = asked;
    const cancel = node.after(setting(node, 'consentMs'), () => {
      asked.answer.reject(new LobbyRefused('HostRefused', 'The host did not answer in time'));
    });
    try {
      const { request } = asked;
      node.broadcast(userMessages(founder.userId), {
        kind: 'join-request',
        from: userId,
        fromSession: session,
        lobbyId,
        ip,
        request,
      });
      const answer = await asked.answer.promise;
      if (!answer.allow) throw new LobbyRefused('HostRefused', answer.reason || 'Denied by host');
    } finally {
      cancel();
      this.#asked = undefined;
    }
  }

  answered(answer: JoinAnswer): void {
    if (this.#asked?.request === answer.request) this.#asked.answer.resolve(answer);
  }

  /** A battle closed: who waits for its host waits in vain. */
  closed(lobbyId: number): void {
    if (this.#asked?.lobbyId === lobbyId)
      this.#asked.answer.reject(new LobbyRefused('NoSuchBattle', 'The battle is closed'));
  }

  abandon(why = new LobbyRefused('SessionEnded', 'This session has ended')): void {
    this.#asked?.answer.reject(why);
  }

  /** Somebody asks to join this session's battle. */
  requested(user: User, message: JoinRequest): void {
    this.#askers.delete(user.name);
    this.#askers.set(user.name, { userId: user.userId, request: message.request });
    if (this.#askers.size > MOST_ASKERS) this.#askers.delete(this.#askers.keys().next().value!);
    this.#session.inbox({ kind: 'join-request', user, ip: message.ip });
  }

  answer(name: string, answer: { allow: true } | { allow: false; reason: string }): boolean {
    const asker = this.#askers.get(name);
    if (!asker) return false;
    this.#askers.delete(name);
    const { request, userId } = asker;
    const reason = answer.allow ? '' : answer.reason;
    const message = { kind: 'join-answer', request, allow: answer.allow, reason } as const;
    return this.#session.hub.node.broadcast(userMessages(userId), message);
  }
}
