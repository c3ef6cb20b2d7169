/** A party in memory, for tests of the gateway alone: that of one user, whom nobody ever joins. */
import type { PartyView, SessionParty } from '../../src/lobby/index.ts';
import { LobbyRefused } from '../../src/lobby/refusal.ts';

export class MemoryParty implements SessionParty {
  readonly #name: string;
  #party: PartyView | undefined;
  /** What it was asked to do. */
  readonly asked: string[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  async create(): Promise<PartyView> {
    if (this.#party) throw new LobbyRefused('NotAllowed', 'You are in a party already');
    this.#party = { partyId: 7, leader: this.#name, members: [this.#name], invited: [] };
    return this.#party;
  }

  async info(): Promise<PartyView> {
    return this.#mine();
  }

  async invite(name: string): Promise<void> {
    const party = this.#mine();
    this.#party = { ...party, invited: [...party.invited, name] };
  }

  async accept(partyId: number): Promise<PartyView> {
    this.#party = { partyId, leader: 'bob', members: ['bob', this.#name], invited: [] };
    return this.#party;
  }

  async decline(partyId: number): Promise<void> {
    this.asked.push(`decline ${partyId}`);
  }

  async leave(): Promise<boolean> {
    const was = this.#party !== undefined;
    this.#party = undefined;
    return was;
  }

  async kick(name: string): Promise<void> {
    this.#mine();
    this.asked.push(`kick ${name}`);
  }

  async lead(name: string): Promise<void> {
    this.#party = { ...this.#mine(), leader: name };
  }

  async say(text: string): Promise<void> {
    this.#mine();
    this.asked.push(`say ${text}`);
  }

  #mine(): PartyView {
    if (!this.#party) throw new LobbyRefused('NotInParty', 'You are not in a party');
    return this.#party;
  }
}
