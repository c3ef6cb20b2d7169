/** The party side of one session. Which party that is stands in a cache; all else is asked of the party's server. */

import { NoSuchServer } from '../../base/index.ts';
import type { ServerHandle } from '../../services/index.ts';
import { type Answer, valueIn } from '../answer.ts';
import { isInternalName } from '../internal-users.ts';
import { type PartyNews, type PartyView, partyIds, partyOf } from '../parties/declarations.ts';
import type { SessionParty } from '../parties/door.ts';
import type { Person } from '../parties/party.ts';
import { type PartyServer, party } from '../parties/party-server.ts';
import { LobbyRefused } from '../refusal.ts';
import { fitsChat, type SessionContext } from './context.ts';
import type { Joiners } from './matchmaking.ts';
import { Serial } from './serial.ts';

type Handle = ServerHandle<PartyServer>;

export class LocalParty implements SessionParty {
  readonly #session: SessionContext;
  readonly #serial = new Serial();

  constructor(session: SessionContext) {
    this.#session = session;
  }

  /** The party's id, as this node knows it. */
  id(): number | undefined {
    return this.#session.hub.node.cache(partyOf).get(this.#session.userId)?.partyId;
  }

  create(): Promise<PartyView> {
    return this.#inTurn('Making the party', async () => {
      const { node } = this.#session.hub;
      if (this.id() !== undefined) throw new LobbyRefused('NotAllowed', 'You are in a party already');
      const handle = node.server(party, await node.sequence(partyIds).next());
      await handle.start();
      const answer = await handle.call('create', this.#person());
      if (!answer.ok) await handle.stop();
      return valueIn(answer);
    });
  }

  info(): Promise<PartyView> {
    return this.#ask('Asking the party', async (mine) => ({ ok: true, value: await mine.call('summary') }));
  }

  invite(name: string): Promise<void> {
    return this.#do('The invitation', (mine) => {
      const asked = this.#session.hub.roster.userNamed(name);
      if (!asked || isInternalName(name)) throw new LobbyRefused('NotOnline', `${name} is not online`);
      return mine.call('invite', this.#session.userId, { userId: asked.userId, name });
    });
  }

  accept(partyId: number): Promise<PartyView> {
    return this.#inTurn('Joining the party', () =>
      answerOf(() => this.#session.hub.node.server(party, partyId).call('accept', this.#person())),
    );
  }

  async decline(partyId: number): Promise<void> {
    const { hub, userId } = this.#session;
    await this.#inTurn('The answer', () => answerOf(() => hub.node.server(party, partyId).call('decline', userId)));
  }

  leave(): Promise<boolean> {
    return this.#inTurn('Leaving the party', async () => {
      const partyId = this.id();
      if (partyId === undefined) return false;
      const { hub, userId } = this.#session;
      await answerOf(() => hub.node.server(party, partyId).call('leave', userId));
      return true;
    });
  }

  kick(name: string): Promise<void> {
    return this.#do('The kick', (mine) => mine.call('kick', this.#session.userId, name));
  }

  lead(name: string): Promise<void> {
    return this.#do('The change of leader', (mine) => mine.call('lead', this.#session.userId, name));
  }

  say(text: string): Promise<void> {
    return this.#do('The message', (mine) => {
      if (!fitsChat(text)) throw new LobbyRefused('TooLong', 'The message is too long');
      this.#session.requireMaySpeak('say in a party');
      return mine.call('say', this.#session.userId, text);
    });
  }

  told(news: PartyNews): void {
    this.#session.inbox({ kind: 'party', news });
  }

  /** The members who follow this user into a queue; nobody but himself when he is in no party. Throws `NotAllowed`. */
  async followers(): Promise<Joiners> {
    const { hub, userId } = this.#session;
    const partyId = this.id();
    if (partyId === undefined) return { id: `user:${userId}`, userIds: [userId] };
    const userIds = await hub.node.server(party, partyId).call('followersOf', userId);
    if (!userIds) throw new LobbyRefused('NotAllowed', 'Only the leader of the party may join a queue');
    return { id: `party:${partyId}`, userIds };
  }

  #person(): Person {
    const { userId, name, session } = this.#session.info();
    return { userId, name, session };
  }

  async #do(what: string, ask: (mine: Handle) => Promise<Answer<null>>): Promise<void> {
    await this.#ask(what, ask);
  }

  #ask<T>(what: string, ask: (mine: Handle) => Promise<Answer<T>>): Promise<T> {
    return this.#inTurn(what, () => {
      const partyId = this.id();
      if (partyId === undefined) throw new LobbyRefused('NotInParty', 'You are not in a party');
      return answerOf(() => ask(this.#session.hub.node.server(party, partyId)));
    });
  }

  #inTurn<T>(what: string, work: () => Promise<T>): Promise<T> {
    const checked = async (): Promise<T> => {
      this.#session.requireLive();
      return work();
    };
    return this.#session.hub.strongly(what, checked, this.#serial);
  }
}

async function answerOf<T>(ask: () => Promise<Answer<T>>): Promise<T> {
  try {
    return valueIn(await ask());
  } catch (error) {
    if (error instanceof NoSuchServer) throw new LobbyRefused('NoSuchParty', 'There is no such party any more');
    throw error;
  }
}
