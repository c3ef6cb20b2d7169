/** Parties as a session offers them. */
import type { PartyNews, PartyView } from './declarations.ts';

/** Requests reject with `LobbyRefused`: `NotInParty`, `NotAllowed`, `PartyTooLarge`, `NoSuchMember`, `NoSuchParty`, `NotOnline`. */
export interface SessionParty {
  /** Makes a party that this user leads. Making another is `NotAllowed`. */
  create(): Promise<PartyView>;
  /** The party this user is in. */
  info(): Promise<PartyView>;
  invite(name: string): Promise<void>;
  /** Comes into the party he was invited to. */
  accept(partyId: number): Promise<PartyView>;
  decline(partyId: number): Promise<void>;
  /** False when he was in none. */
  leave(): Promise<boolean>;
  /** Puts a member out, or takes an invitation back. For the leader. */
  kick(name: string): Promise<void>;
  /** Makes somebody else the leader. For the leader. */
  lead(name: string): Promise<void>;
  say(text: string): Promise<void>;
}

export interface PartyMessage {
  readonly kind: 'party';
  readonly news: PartyNews;
}
