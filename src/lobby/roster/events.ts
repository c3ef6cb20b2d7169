/**
 * What a node's clients are told about presence, rooms and battles, as typed events. The order in which the roster emits
 * them is always one a strict client accepts. Event objects are shared by all sessions of a node: never change one, and
 * keep encodings beside them (a `WeakMap` keyed by the event works).
 */

/** A user who is logged in. A new object for each change of status; the session tells one login from the next. */
export interface User {
  readonly userId: number;
  /** The id clients see. */
  readonly springId: number;
  readonly session: string;
  readonly name: string;
  /** Two letters, or `??`. */
  readonly country: string;
  /** Name and version of the lobby client. */
  readonly client: string;
  /** The whole client status word, rank and role bits included. */
  readonly status: number;
  readonly moderator: boolean;
  readonly bot: boolean;
}

/** What everybody is told about a battle when it opens. `founder` is its first member. */
export interface BattleSummary {
  readonly lobbyId: number;
  readonly founder: User;
  /** 0 a game, 1 a replay. */
  readonly type: number;
  readonly nat: number;
  readonly ip: string;
  readonly port: number;
  readonly maxPlayers: number;
  readonly passworded: boolean;
  readonly rank: number;
  readonly gameHash: string;
  readonly mapHash: string;
  readonly engineName: string;
  readonly engineVersion: string;
  readonly mapName: string;
  readonly title: string;
  readonly gameName: string;
  /** As the host last told. */
  readonly spectators: number;
  readonly locked: boolean;
}

export interface BattleMember {
  /** As he was when he came in; his present client status is in `roster.user(...)`. */
  readonly user: User;
  /** Tells one stay of the same session from the next. */
  readonly turn: number;
  readonly status: number;
  readonly colour: number;
  /** For the host and the member himself only. */
  readonly scriptPassword: string;
}

export interface BattleBot {
  readonly name: string;
  readonly owner: User;
  readonly status: number;
  readonly colour: number;
  readonly ai: string;
}

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export interface StartRect {
  readonly team: number;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** For everybody who is logged in. */
export type PublicEvent =
  | { readonly kind: 'user-added'; readonly user: User }
  | { readonly kind: 'user-removed'; readonly user: User }
  | { readonly kind: 'user-status'; readonly user: User }
  /** `host` is the founder as the first member, `tags` those it begins with; no `member-joined` and no `tags-set` follow for them. */
  | {
      readonly kind: 'battle-opened';
      readonly lobbyId: number;
      readonly battle: BattleSummary;
      readonly host: BattleMember;
      readonly tags: readonly Tag[];
    }
  | { readonly kind: 'battle-closed'; readonly lobbyId: number; readonly founder: User }
  /** Spectators, lock or map changed. */
  | { readonly kind: 'battle-info'; readonly lobbyId: number; readonly battle: BattleSummary }
  | { readonly kind: 'battle-title'; readonly lobbyId: number; readonly battle: BattleSummary }
  /** Never for the founder, who is in from the opening. Everybody hears it; the script password is for host and member. */
  | { readonly kind: 'member-joined'; readonly lobbyId: number; readonly member: BattleMember }
  /** `forced`: the host kicked him. */
  | { readonly kind: 'member-left'; readonly lobbyId: number; readonly user: User; readonly forced: boolean };

/** For the members of one battle. */
export type BattleEvent =
  | { readonly kind: 'member-status'; readonly lobbyId: number; readonly member: BattleMember }
  | { readonly kind: 'bot-added'; readonly lobbyId: number; readonly bot: BattleBot }
  | { readonly kind: 'bot-updated'; readonly lobbyId: number; readonly bot: BattleBot }
  | { readonly kind: 'bot-removed'; readonly lobbyId: number; readonly bot: BattleBot }
  | { readonly kind: 'tags-set'; readonly lobbyId: number; readonly tags: readonly Tag[] }
  | { readonly kind: 'tags-removed'; readonly lobbyId: number; readonly keys: readonly string[] }
  | { readonly kind: 'rect-added'; readonly lobbyId: number; readonly rect: StartRect }
  | { readonly kind: 'rect-removed'; readonly lobbyId: number; readonly team: number }
  | { readonly kind: 'units-disabled'; readonly lobbyId: number; readonly units: readonly string[] }
  | { readonly kind: 'units-enabled'; readonly lobbyId: number; readonly units: readonly string[] }
  | { readonly kind: 'units-all-enabled'; readonly lobbyId: number }
  | {
      readonly kind: 'battle-said';
      readonly lobbyId: number;
      readonly user: User;
      readonly text: string;
      readonly emote: boolean;
      /** What the speaker gave with it, for the speaker's own session to recognise. */
      readonly tag: string | null;
    };

/** For the members of one room. */
export type RoomEvent =
  | { readonly kind: 'room-joined'; readonly room: string; readonly user: User }
  | { readonly kind: 'room-left'; readonly room: string; readonly user: User; readonly reason: string }
  | { readonly kind: 'room-topic'; readonly room: string; readonly topic: string; readonly author: string }
  | {
      readonly kind: 'room-said';
      readonly room: string;
      readonly user: User;
      readonly text: string;
      readonly emote: boolean;
      /** What the speaker gave with it, for the speaker's own session to recognise. */
      readonly tag: string | null;
    };

export type RosterEvent = PublicEvent | BattleEvent | RoomEvent;

export interface VisibleBattle {
  readonly summary: BattleSummary;
  /** The founder first, then in the order they were shown. */
  readonly members: ReadonlyMap<number, BattleMember>;
  readonly bots: ReadonlyMap<string, BattleBot>;
  readonly tags: readonly Tag[];
  readonly rects: readonly StartRect[];
  readonly disabledUnits: readonly string[];
}

/** Members as they were when they came in; their present client status is in `roster.user(...)`. */
export interface VisibleRoom {
  readonly name: string;
  readonly topic: string;
  readonly author: string;
  readonly members: ReadonlyMap<number, User>;
}

/**
 * What this node's clients believe at this moment. Inside an event handler it is exactly the state after that event and
 * before the next one, so a joiner's block (who is here, which tags) can be written from it.
 */
export interface RosterReader {
  /** Everybody, the Coordinator included. */
  users(): IterableIterator<User>;
  user(userId: number): User | undefined;
  /** Exact case. */
  userNamed(name: string): User | undefined;
  battles(): IterableIterator<VisibleBattle>;
  battle(lobbyId: number): VisibleBattle | undefined;
  /** The battle a user is in. */
  battleOf(userId: number): VisibleBattle | undefined;
  rooms(): IterableIterator<VisibleRoom>;
  room(name: string): VisibleRoom | undefined;
}
