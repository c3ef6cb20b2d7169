/**
 * What one logged-in connection can ask and is told. Requests reject with `LobbyRefused` and change nothing then; the
 * effects of the others arrive as events, for this session as for everybody else, and have arrived here when the request's
 * promise resolves (chat lines excepted: one's own copy may follow a little later, and carries the `tag` given with it).
 * No sockets and no protocol strings here.
 */
import type { PeopleChange, PeopleList } from '../accounts/social.ts';
import type { MatchmakingMessage, SessionMatchmaking } from '../matchmaking/door.ts';
import type { PartyMessage, SessionParty } from '../parties/door.ts';
import type { RosterEvent, RosterReader, StartRect, Tag, User } from '../roster/events.ts';

/**
 * Why a session ended. `dropped`: its connection was lost; `lost`: its node could no longer vouch for it; `renamed`: the user has
 * another name now.
 */
export type SessionEnd = 'left' | 'dropped' | 'replaced' | 'lost' | 'shutdown' | 'banned' | 'renamed';

export type { PeopleChange, PeopleList };

/** What concerns this session alone. */
export type InboxMessage =
  | { readonly kind: 'private-message'; readonly from: User; readonly text: string; readonly emote: boolean }
  | { readonly kind: 'ring'; readonly from: User }
  /** In the battle where both are: a line only this member sees. */
  | { readonly kind: 'battle-private'; readonly from: User; readonly text: string }
  /** To a host whose client authorises joins: answer with `battle.answerJoin`. */
  | { readonly kind: 'join-request'; readonly user: User; readonly ip: string }
  | MatchmakingMessage
  | PartyMessage;

/** Where a session's news goes. None of these may throw. They may be called while a request of this session is under way. */
export interface SessionSink {
  /** In order, one at a time. Only what this session should see: all public events, and those of its rooms and battle. */
  event(event: RosterEvent): void;
  inbox(message: InboxMessage): void;
  /** One of the user's lists has changed; whole, in the order of names. */
  people?(list: PeopleList, names: readonly string[]): void;
  /** Once; nothing follows. Not called when the session was ended from this side by `end`. */
  ended(reason: SessionEnd): void;
}

export interface ChatOptions {
  /** Said as an action (`/me`). Default false. */
  emote?: boolean;
  /** Comes back with one's own copy of the message. */
  tag?: string;
}

export interface SessionRooms {
  /** The names of the rooms this session is in. */
  joined(): readonly string[];
  /** Joins, making the room if there is none. `already` when the session is in it. The own `room-joined` event has been delivered when it resolves. */
  join(room: string): Promise<'joined' | 'already'>;
  /** Leaves; false when it was not in it. The own `room-left` event has been delivered when it resolves. */
  leave(room: string): Promise<boolean>;
  /** Says a line to all members, this session included. Rejects with `NotInRoom`. */
  say(room: string, text: string, options?: ChatOptions): Promise<void>;
}

export interface OpenBattleRequest {
  type: number;
  nat: number;
  /** Empty or `*`: none. */
  password: string;
  port: number;
  maxPlayers: number;
  gameHash: string;
  rank: number;
  mapHash: string;
  engineName: string;
  engineVersion: string;
  mapName: string;
  title: string;
  gameName: string;
}

export interface BattleInfo {
  spectators: number;
  locked: boolean;
  mapHash: string;
  mapName: string;
}

export interface BotRequest {
  name: string;
  status: number;
  colour: number;
  ai: string;
}

/** What a host may force on a member or bot-owner: exactly one of these. */
export type ForcedChange =
  | { readonly handicap: number }
  | { readonly team: number }
  | { readonly ally: number }
  | { readonly colour: number }
  | { readonly spectator: true };

/** Everything about the one battle a session can be in. What needs a battle rejects with `NotInBattle`; what needs the host, with `NotAllowed`. */
export interface SessionBattle {
  /** The battle this session is in. */
  id(): number | undefined;
  /** Opens a battle with this user as its host. Resolves to its id, the own `battle-opened` event having been delivered. */
  open(request: OpenBattleRequest): Promise<number>;
  /**
   * Joins; waits for the host's consent where his client authorises joins (at most `consentMs`, a setting, default 10,000).
   * Rejects with `NoSuchBattle`, `InBattleAlready`, `BattleLocked`, `BattlePassword`, `BattleFull`, `ConsulRefused`, `HostRefused`.
   */
  join(lobbyId: number, options?: { password?: string; scriptPassword?: string }): Promise<void>;
  /** The host's answer to a `join-request`. False when nobody of that name is waiting. */
  answerJoin(name: string, answer: { allow: true } | { allow: false; reason: string }): Promise<boolean>;
  /** False when it was in none. The founder's leaving closes the battle. */
  leave(): Promise<boolean>;
  /** Bits a client may not set are ignored; Consul decides the rest. Refused or unchanged: the old status comes again as `member-status`, to this session only. */
  setStatus(status: number, colour: number): Promise<void>;
  /** `$name args` goes to Consul; anything else to all members. */
  say(text: string, options?: ChatOptions): Promise<void>;
  /** A line for one member. For the host; others are `NotAllowed`. */
  sayPrivate(name: string, text: string): Promise<void>;
  updateInfo(info: BattleInfo): Promise<void>;
  setTitle(title: string): Promise<void>;
  /** What the host's client says about its settings, for Consul: `teamSize`, `nbTeams`, `boss`, `preset`; others are ignored. */
  updateHost(data: Readonly<Record<string, unknown>>): Promise<void>;
  setTags(tags: readonly Tag[]): Promise<void>;
  removeTags(keys: readonly string[]): Promise<void>;
  addRect(rect: StartRect): Promise<void>;
  removeRect(team: number): Promise<void>;
  disableUnits(units: readonly string[]): Promise<void>;
  enableUnits(units: readonly string[]): Promise<void>;
  enableAllUnits(): Promise<void>;
  addBot(bot: BotRequest): Promise<void>;
  updateBot(name: string, status: number, colour: number): Promise<void>;
  removeBot(name: string): Promise<void>;
  force(name: string, change: ForcedChange): Promise<void>;
  kick(name: string): Promise<void>;
}

/** Whom the user knows. Those concerned need not be online; who is, is told his changed lists by the sink. */
export interface SessionPeople {
  /** Names, in their order. */
  list(list: PeopleList): Promise<readonly string[]>;
  /** Rejects with `NoSuchUser`, `BadValue`, `TooMany`. The own changed lists have been told when it resolves. */
  change(kind: PeopleChange, name: string): Promise<void>;
}

/** What a user is told of his own account. */
export interface AccountInfo {
  /** ms since the epoch. */
  readonly registeredAt: number;
  readonly email: string | null;
  /** Whole hours of the matches he was a member of. */
  readonly hoursInGame: number;
}

/** The user's own account. */
export interface SessionAccount {
  /** Rejects with `Unavailable`. */
  info(): Promise<AccountInfo>;
  /** Both as the wire carries passwords. Rejects with `WrongPassword`, `TooManyTries`, `BadPassword`. */
  changePassword(oldHash: string, newHash: string): Promise<void>;
  /** Rejects with `BadEmail`, `EmailTaken`. */
  changeEmail(email: string): Promise<void>;
  /** Ends the session, as `renamed`. Rejects with `BadName`, `NameTaken`, `TooSoon`, `Restricted`. */
  rename(name: string): Promise<void>;
}

export interface ReportRequest {
  name: string;
  /** Where it happened: `battle`, `chat`, … */
  location: string;
  /** Of the battle, … */
  locationId: number | null;
  reason: string;
}

/** What moderators and bots are told of a user. */
export interface UserTrace {
  readonly name: string;
  readonly springId: number;
  /** As last given at a login; empty: never. */
  readonly lobbyHash: string;
  /** While he is online. */
  readonly ip: string | null;
}

export interface Session {
  readonly id: string;
  readonly rooms: SessionRooms;
  readonly battle: SessionBattle;
  readonly people: SessionPeople;
  readonly account: SessionAccount;
  readonly matchmaking: SessionMatchmaking;
  readonly party: SessionParty;
  /** This user as registered now. */
  user(): User;
  /**
   * Begins the stream: from this call on the sink gets every event, and what the roster shows now is the snapshot to
   * write first. Synchronous, so nothing is missed or repeated; inbox messages that came earlier follow in a later turn.
   * To be called once. When the session has ended already, `ended` follows in a later turn.
   */
  begin(sink: SessionSink): RosterReader;
  /** Sets the bits a client may set: 0 in game, 1 away. Unchanged: the present status comes again, to this session only. */
  setStatus(status: number): Promise<void>;
  /** Sends a line to one user. Rejects with `NotOnline`. A line to the Coordinator may be a command for Consul. */
  sayPrivate(name: string, text: string, options?: { emote?: boolean }): Promise<void>;
  ring(name: string): Promise<void>;
  /** Rejects with `NoSuchUser`, `BadValue` (no reason), `Restricted`. */
  report(request: ReportRequest): Promise<void>;
  /** For moderators and bots; others are `NotAllowed`. Rejects with `NoSuchUser`. */
  trace(name: string): Promise<UserTrace>;
  /**
   * Ends the session: leaves everything, frees the user for another login. Never rejects; fine to call twice. `flood`: the user's
   * next login has to wait.
   */
  end(why?: 'flood'): Promise<void>;
  /**
   * Its connection was lost: rooms are left and the user is free for another login, but the others go on seeing him, in his
   * battle too, for the grace time (the setting `graceMs`). A login within it that looks the same goes on with this session.
   * Never rejects; fine to call twice.
   */
  drop(): Promise<void>;
}
