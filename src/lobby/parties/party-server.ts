/**
 * One party: who leads it, who is in it, who may come. It tells its members what happens, and takes them out of all queues when
 * their number changes, for they are matched as one group.
 */
import { Server, server } from '../../services/index.ts';
import { type Answer, answering } from '../answer.ts';
import { leaveAllQueues } from '../matchmaking/leaving.ts';
import { presentUser } from '../presence/seats.ts';
import { sessions } from '../presence/sessions.ts';
import { userMessages } from '../presence/user-topic.ts';
import { LobbyRefused } from '../refusal.ts';
import { PartyId, type PartyInvite, type PartyNews, type PartyView, partyOf } from './declarations.ts';
import {
  accept,
  followPresence,
  found,
  invite,
  lead,
  memberOf,
  named,
  PartyState,
  type Person,
  remove,
  requireLeader,
  requireMember,
  uninvite,
  view,
} from './party.ts';

const TICK_MS = 1_000;
/** How long a party that was started waits for its founder. */
const FOUNDING_MS = 30_000;

const NOBODY: PartyState = Object.freeze({ leader: 0, members: [], invites: [] });

export class PartyServer extends Server<number, PartyState> {
  #startedAt = 0;
  /** Whether the cache and this party agree; a node may have died between a change of the one and of the other. */
  #agrees = false;
  init(kept: PartyState | undefined): PartyState {
    this.#startedAt = this.node.now();
    this.every(TICK_MS, 'tick');
    return kept ?? NOBODY;
  }

  override async info(): Promise<void> {
    const ticked = await answering('The check of the party', () => this.#tick());
    if (!ticked.ok) this.node.log.write('warn', 'a party could not be checked yet', { why: ticked.message });
  }

  create(person: Person): Promise<Answer<PartyView>> {
    return answering('Making the party', async () => {
      if (this.state.members.length === 0) {
        await this.#claim(person.userId);
        this.state = found(person);
      }
      return this.#view();
    });
  }

  summary(): PartyView {
    return this.#view();
  }

  /** The members' ids, for the leader who takes them into a queue; null for others. */
  followersOf(leader: number): number[] | null {
    return this.state.leader === leader ? this.state.members.map(({ userId }) => userId) : null;
  }

  invite(by: number, asked: PartyInvite): Promise<Answer<null>> {
    return answering('The invitation', async () => {
      this.state = invite(this.state, by, asked);
      const name = requireMember(this.state, by).name;
      this.#tell(asked.userId, { event: 'invited', partyId: this.key, by: name });
      return null;
    });
  }

  accept(person: Person): Promise<Answer<PartyView>> {
    return answering('Joining the party', async () => {
      const after = accept(this.state, person);
      if (after === this.state) return this.#view();
      await this.#leaveQueues(person.userId);
      await this.#claim(person.userId);
      this.state = after;
      this.#tellAll({ event: 'joined', partyId: this.key, name: person.name });
      return this.#view();
    });
  }

  decline(userId: number): Promise<Answer<null>> {
    return answering('The answer', async () => {
      this.#uninvite(userId);
      return null;
    });
  }

  /** He does not come: he said so, or has gone. */
  #uninvite(userId: number): void {
    const asked = this.state.invites.find((one) => one.userId === userId);
    this.state = uninvite(this.state, userId);
    if (asked) this.#tellAll({ event: 'declined', partyId: this.key, name: asked.name });
  }

  leave(userId: number): Promise<Answer<null>> {
    return answering('Leaving the party', async () => {
      await this.#remove(userId);
      return null;
    });
  }

  kick(by: number, name: string): Promise<Answer<null>> {
    return answering('The kick', async () => {
      requireLeader(this.state, by);
      const invited = this.state.invites.find((asked) => asked.name === name);
      if (invited) this.state = uninvite(this.state, invited.userId);
      else await this.#remove(named(this.state, name).userId);
      return null;
    });
  }

  lead(by: number, name: string): Promise<Answer<null>> {
    return answering('The change of leader', async () => {
      const before = this.state;
      this.state = lead(before, by, name);
      if (before.leader !== this.state.leader) this.#tellAll({ event: 'leader', partyId: this.key, name });
      return null;
    });
  }

  say(by: number, text: string): Promise<Answer<null>> {
    return answering('The message', async () => {
      const { name } = requireMember(this.state, by);
      this.#tellAll({ event: 'message', partyId: this.key, name, text });
      return null;
    });
  }

  async #tick(): Promise<void> {
    if (this.state.members.length === 0) return this.#awaitFounder();
    if (!this.#agrees) await this.#agree();
    const sessionOf = (userId: number) => this.node.registry(sessions).lookup(userId)?.value.session;
    const isPresent = (userId: number) => presentUser(this.node, userId) !== undefined;
    const { state, back, gone } = followPresence(this.state, sessionOf, isPresent, this.node.wall());
    this.state = state;
    for (const userId of back) this.#tell(userId, { event: 'info', party: this.#view() });
    for (const userId of gone) await this.#remove(userId);
    for (const { userId } of this.state.invites) if (!isPresent(userId)) this.#uninvite(userId);
  }

  async #awaitFounder(): Promise<void> {
    if (this.node.now() - this.#startedAt <= FOUNDING_MS) return;
    await this.#agree();
    this.stop();
  }

  /** Lets go of whom the cache alone has here, and of members whom it does not. */
  async #agree(): Promise<void> {
    const held = [...this.node.cache(partyOf).entries()].filter(([, { partyId }]) => partyId === this.key);
    for (const [userId] of held) if (!memberOf(this.state, userId)) await this.#release(userId);
    for (const { userId } of this.state.members) {
      const there = await this.node.cache(partyOf).read(userId);
      if (there?.partyId !== this.key) await this.#remove(userId);
    }
    this.#agrees = true;
  }

  async #release(userId: number): Promise<void> {
    await this.node.cache(partyOf).update(userId, (held) => (held?.partyId === this.key ? undefined : held));
  }

  /** Nothing happens to who is not in it. The last one closes it. */
  async #remove(userId: number): Promise<void> {
    const before = this.state;
    const member = memberOf(before, userId);
    if (!member) return;
    await this.#leaveQueues(before.leader);
    await this.#release(userId);
    this.#tellAll({ event: 'left', partyId: this.key, name: member.name });
    this.state = remove(before, userId);
    const leader = memberOf(this.state, this.state.leader);
    if (!leader) return this.stop();
    if (this.state.leader !== before.leader) {
      this.#tellAll({ event: 'leader', partyId: this.key, name: leader.name });
    }
  }

  /** A user is in one party at a time. */
  async #claim(userId: number): Promise<void> {
    const { value } = await this.node.cache(partyOf).insertNew(userId, { partyId: this.key });
    if (value.partyId !== this.key) throw new LobbyRefused('NotAllowed', 'You are in a party already');
  }

  /** All members, for they wait as one group; and who comes in, with his own. */
  async #leaveQueues(userId: number): Promise<void> {
    for (const one of new Set([userId, ...this.state.members.map((member) => member.userId)])) {
      await leaveAllQueues(this.node, one);
    }
  }

  #view(): PartyView {
    return view(this.key, this.state);
  }

  #tellAll(news: PartyNews): void {
    for (const { userId } of this.state.members) this.#tell(userId, news);
  }

  #tell(userId: number, news: PartyNews): void {
    this.node.broadcast(userMessages(userId), { kind: 'party', news });
  }
}

export const party = server(
  'party',
  {
    key: PartyId,
    placement: 'one per key',
    state: PartyState,
    keeps: 'state',
    about: 'One party: leader, members, invitations. Runs until the last member has left.',
  },
  PartyServer,
);
