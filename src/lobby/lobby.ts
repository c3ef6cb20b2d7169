/** The lobby on one node as its edges hold it. The cluster-wide state is in the services; this is the way in. */
import type { MusterNode, Standing } from '../services/index.ts';
import type { RosterReader } from './roster/events.ts';
import type { Session } from './session/session.ts';
import type { Infolog, Teller } from './telemetry/client-telemetry.ts';

export interface RegisterRequest {
  name: string;
  /** What the wire carries: base64 of the password's md5. Stored only as a slow salted hash of it. */
  passwordHash: string;
  email?: string;
}

export interface LoginRequest {
  name: string;
  /** What the wire carries: base64 of the password's md5. */
  passwordHash: string;
  /** From `issueToken`; name and password are not looked at then. */
  token?: string;
  /** Of the client, as the gateway sees it or the client says. */
  ip: string;
  /** Two letters; default `??`. */
  country?: string;
  /** Name and version of the lobby client. */
  client: string;
  /** Compatibility flags the client announced. `b`: as a host it authorises joins. */
  flags?: readonly string[];
  /** By which the client tells machines apart. */
  lobbyHash?: string;
  /** Given when the user agrees to the rules; empty when he was sent no code. */
  agreementCode?: string;
}

/** By what a client names its account. */
export type AccountHint = { readonly name: string } | { readonly email: string };

/** What a room list shows. */
export interface RoomSummary {
  readonly name: string;
  readonly members: number;
  readonly topic: string;
}

export interface Roles {
  moderator?: boolean;
  bot?: boolean;
}

export interface Lobby {
  /** What clients of this node believe now. */
  readonly roster: RosterReader;
  /** Makes an account. Rejects with `LobbyRefused`: `BadName`, `NameTaken`, `BadEmail`, `EmailTaken`, `BadPassword`, `Unavailable`. */
  register(request: RegisterRequest): Promise<void>;
  /**
   * Checks the account, ends an older session of the user wherever it is, registers this one in the whole cluster.
   * When it resolves the user is in `roster`; call `begin` on the session to get the stream. Rejects with `LobbyRefused`:
   * `NoSuchUser`, `WrongCase`, `TooManyTries`, `NoLobbyHash`, `WrongPassword`, `Restricted` (banned), `AgreementNeeded`,
   * `WrongCode`, `AlreadyLoggedIn` (the older session could not be ended in time), `SessionEnded` (replaced at once by a
   * still newer login), `Unavailable`.
   */
  login(request: LoginRequest): Promise<Session>;
  /**
   * A token that opens the account as its password would, until another is asked for; one month at most. Rejects with
   * `LobbyRefused` as `login` does.
   */
  issueToken(hint: AccountHint, passwordHash: string): Promise<string>;
  /** The text of that name that all nodes share; the first who asks makes it, and it stays. Rejects with `Unavailable`. */
  secret(name: string, make: () => Promise<string>): Promise<string>;
  /** Takes an event that a client tells of itself, before its login too; `value` is JSON. False when there was no room for it. */
  logEvent(teller: Teller, type: string, value: string): boolean;
  /** Sets a property of a client, likewise. */
  setProperty(teller: Teller, name: string, value: string): boolean;
  /** Keeps the log of a game; its number. Rejects with `Unavailable`. */
  keepInfolog(teller: Teller, infolog: Infolog): Promise<number>;
  /** What a new user has to agree to, line by line; none: nothing. */
  readonly agreement: readonly string[];
  /** All rooms there are, by name. */
  rooms(): RoomSummary[];
  /** Sets an account's roles; they hold from its next login. Rejects with `NoSuchUser`, `Unavailable`. */
  setRoles(name: string, roles: Roles): Promise<void>;
  /** Sessions on this node. */
  readonly sessions: number;
  /**
   * Whether this node is in touch with the others. In doubt, what needs them (logins, registrations, every change) is refused
   * at once with `Unavailable`, and chat goes as far as it gets. Outside, all sessions end (`lost`) too.
   */
  standing(): Standing;
  /** Called when the standing has changed; the sessions that end for it have ended then. */
  onStanding(changed: (standing: Standing) => void): () => void;
}

/** Starts the lobby on a node; to be awaited in the app's `start`. A store that cannot be reached does not stop it. */
export type StartLobby = (node: MusterNode) => Promise<Lobby>;
