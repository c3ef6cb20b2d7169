/** The lobby that a Consul looks after, and the people in and around it, as it finds them: its record, their logins, the store. */
import type { MusterNode } from '../../services/index.ts';
import { type LobbyRecord, lobbies, type Member } from '../battles/record.ts';
import { presentUser, presentUsers } from '../presence/seats.ts';
import type { SessionInfo } from '../presence/sessions.ts';
import { LobbyRefused } from '../refusal.ts';
import { setting } from '../settings/settings.ts';
import { type ClientStatus, decodeClientStatus } from '../status/client-status.ts';
import type { People } from './commands/command.ts';
import { absentMembers, type Person } from './decisions.ts';
import { Lookups } from './lookups.ts';
import { isMuted } from './restrictions.ts';
import type { Gatekeeper } from './state.ts';

const FRIENDS_MATTER: Readonly<Record<'enter' | 'play', readonly Gatekeeper[]>> = {
  enter: ['friends', 'clan'],
  play: ['friendsplay'],
};

type Change = (record: LobbyRecord) => LobbyRecord;

export class OwnLobby {
  readonly #lookups: Lookups;
  readonly #node: MusterNode;
  readonly #lobbyId: number;

  constructor(node: MusterNode, lobbyId: number) {
    this.#node = node;
    this.#lobbyId = lobbyId;
    this.#lookups = new Lookups(node);
  }

  /** As this node knows it now. */
  record(): LobbyRecord | undefined {
    return this.#node.cache(lobbies).get(this.#lobbyId);
  }

  requireRecord(): LobbyRecord {
    return required(this.record());
  }

  /** As its owner knows it. */
  read(): Promise<LobbyRecord | undefined> {
    return this.#node.cache(lobbies).read(this.#lobbyId);
  }

  /** One step on the record; `change` is synchronous and free of effects. Rejects with `NoSuchBattle` when it is closed. */
  async update(change: Change): Promise<LobbyRecord> {
    return required(await this.#node.cache(lobbies).update(this.#lobbyId, (record) => record && change(record)));
  }

  async close(): Promise<void> {
    await this.#node.cache(lobbies).delete(this.#lobbyId);
  }

  /** All lobbies there are. */
  all(): LobbyRecord[] {
    return [...this.#node.cache(lobbies).entries()].map(([, record]) => record);
  }

  /** Members whose login is not there any more. */
  absent(record: LobbyRecord): Member[] {
    return absentMembers(record, (userId) => this.#info(userId)?.session);
  }

  /** How many may play where nobody says otherwise. */
  siteLimit(): number {
    return setting(this.#node, 'playerLimit');
  }

  /** Somebody who wants to come in, or to play. Whom the gatekeeper counts as his friends is looked up only where it matters. */
  async person(userId: number, gatekeeper: Gatekeeper, purpose: 'enter' | 'play'): Promise<Person> {
    const friends = FRIENDS_MATTER[purpose].includes(gatekeeper) ? await this.#friendsOf(userId, gatekeeper) : [];
    return { userId, rank: this.statusOf(userId).rank, friends };
  }

  async #friendsOf(userId: number, gatekeeper: Gatekeeper): Promise<readonly number[]> {
    if (gatekeeper !== 'clan') return this.#lookups.friendsOf(userId);
    const inside = this.record()?.members.map((member) => member.userId) ?? [];
    return this.#lookups.clanMatesOf(userId, inside);
  }

  async restrictionsOf(userId: number): Promise<ReadonlySet<string>> {
    return (await this.#lookups.restrictionsOf([userId])).get(userId) ?? new Set();
  }

  /** Those of these members whom a moderator has forbidden to talk in lobbies. */
  async mutedOf(userIds: readonly number[]): Promise<Member[]> {
    const restrictions = await this.#lookups.restrictionsOf(userIds);
    const muted = userIds.filter((userId) => isMuted(restrictions.get(userId)));
    return this.record()?.members.filter(({ userId }) => muted.includes(userId)) ?? [];
  }

  /** Whether that very login is there. */
  isOnline({ userId, session }: Pick<Member, 'userId' | 'session'>): boolean {
    return this.#info(userId)?.session === session;
  }

  statusOf(userId: number): ClientStatus {
    return decodeClientStatus(this.#info(userId)?.status ?? 0);
  }

  people(): People {
    const named = (name: string): SessionInfo | undefined => {
      const wanted = name.toLowerCase();
      return presentUsers(this.#node).find(({ name: present }) => present.toLowerCase() === wanted);
    };
    return {
      named,
      numbered: (userId) => this.#info(userId),
      rankOf: (userId) => this.statusOf(userId).rank,
      isHost: (userId) => this.all().some(({ founder }) => founder === userId),
    };
  }

  #info(userId: number): SessionInfo | undefined {
    return presentUser(this.#node, userId);
  }
}

function required(record: LobbyRecord | undefined): LobbyRecord {
  if (!record) throw new LobbyRefused('NoSuchBattle', 'The battle is closed');
  return record;
}
