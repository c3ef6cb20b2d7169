/** Every change of a party, as a pure function from state to state. What is not allowed throws `LobbyRefused`. */
import * as z from 'zod';
import { LobbyRefused } from '../refusal.ts';
import { PartyInvite, PartyMember, type PartyView } from './declarations.ts';

export const MOST_MEMBERS = 16;
export const MOST_INVITES = 16;

export const PartyState = z.object({
  leader: z.int(),
  /** Who is in it for longest first. */
  members: z.array(PartyMember),
  invites: z.array(PartyInvite),
});
export type PartyState = z.infer<typeof PartyState>;

export interface Person {
  readonly userId: number;
  readonly name: string;
  readonly session: string;
}

export function found({ userId, name, session }: Person): PartyState {
  return { leader: userId, members: [{ userId, name, session, goneSince: null }], invites: [] };
}

export function memberOf(state: PartyState, userId: number): PartyMember | undefined {
  return state.members.find((member) => member.userId === userId);
}

/** Any member may ask somebody; asking again changes nothing. */
export function invite(state: PartyState, by: number, asked: PartyInvite): PartyState {
  requireMember(state, by);
  if (memberOf(state, asked.userId)) throw new LobbyRefused('NotAllowed', `${asked.name} is in your party already`);
  if (state.invites.some(({ userId }) => userId === asked.userId)) return state;
  if (state.invites.length >= MOST_INVITES) throw new LobbyRefused('PartyTooLarge', 'Too many are invited already');
  return { ...state, invites: [...state.invites, asked] };
}

export function uninvite(state: PartyState, userId: number): PartyState {
  const invites = state.invites.filter((asked) => asked.userId !== userId);
  return invites.length === state.invites.length ? state : { ...state, invites };
}

/** Only who was asked comes in. Being in already is fine. */
export function accept(state: PartyState, person: Person): PartyState {
  if (memberOf(state, person.userId)) return state;
  if (!state.invites.some(({ userId }) => userId === person.userId)) {
    throw new LobbyRefused('NotAllowed', 'You are not invited to this party');
  }
  if (state.members.length >= MOST_MEMBERS) throw new LobbyRefused('PartyTooLarge', 'The party is full');
  const { userId, name, session } = person;
  const members = [...state.members, { userId, name, session, goneSince: null }];
  return { ...uninvite(state, userId), members };
}

/** When the leader leaves, who is in it for longest leads. The last one's leaving leaves a party without members. */
export function remove(state: PartyState, userId: number): PartyState {
  const members = state.members.filter((member) => member.userId !== userId);
  if (members.length === state.members.length) return state;
  const leader = state.leader === userId ? (members[0]?.userId ?? userId) : state.leader;
  return { ...state, members, leader };
}

export function lead(state: PartyState, by: number, name: string): PartyState {
  requireLeader(state, by);
  return { ...state, leader: named(state, name).userId };
}

export function requireMember(state: PartyState, userId: number): PartyMember {
  const member = memberOf(state, userId);
  if (!member) throw new LobbyRefused('NotInParty', 'You are not in this party');
  return member;
}

export function requireLeader(state: PartyState, userId: number): void {
  requireMember(state, userId);
  if (state.leader !== userId) throw new LobbyRefused('NotAllowed', 'Only the leader of the party may do that');
}

export function named(state: PartyState, name: string): PartyMember {
  const member = state.members.find((one) => one.name === name);
  if (!member) throw new LobbyRefused('NoSuchMember', `${name} is not in your party`);
  return member;
}

/** Follows logins: who has lost his connection stays, and is in `back` when he has one again; who is not there is in `gone`. */
export function followPresence(
  state: PartyState,
  sessionOf: (userId: number) => string | undefined,
  isPresent: (userId: number) => boolean,
  wall: number,
): { state: PartyState; back: number[]; gone: number[] } {
  const back: number[] = [];
  const members = state.members.map((member) => {
    const session = sessionOf(member.userId);
    if (session === undefined) return member.goneSince === null ? { ...member, goneSince: wall } : member;
    if (session !== member.session || member.goneSince !== null) back.push(member.userId);
    return session === member.session && member.goneSince === null ? member : { ...member, session, goneSince: null };
  });
  const gone = members.filter(({ userId }) => !isPresent(userId));
  const isSame = members.every((member, at) => member === state.members[at]);
  return { state: isSame ? state : { ...state, members }, back, gone: gone.map(({ userId }) => userId) };
}

export function view(partyId: number, state: PartyState): PartyView {
  return {
    partyId,
    leader: memberOf(state, state.leader)?.name ?? '',
    members: state.members.map(({ name }) => name),
    invited: state.invites.map(({ name }) => name),
  };
}
