/**
 * What a command is: how its arguments are read, who may give it, what it does, and which of the events it causes are
 * its reply. The commands themselves stand beside this file, by theme.
 */
import type {
  Lobby,
  LobbyRefused,
  LoginRequest,
  RosterEvent,
  RosterReader,
  Session,
  User,
} from '../../../lobby/index.ts';
import type { Arguments } from '../protocol/grammar.ts';

/** What any connection offers a command. */
export interface Context {
  readonly lobby: Lobby;
  /** The client's IP address, as its socket says. */
  readonly address: string;
  /** Of who has logged in here. */
  readonly userId: number | undefined;
  /** Whether what is said on this connection is encrypted. */
  readonly isSecure: boolean;
  /** Writes lines to the client, each with the command's `#id`. */
  reply(...lines: string[]): void;
  /** Sends what was written, then ends the connection. */
  close(): void;
  /** Writes to the log what a command was refused for, where that is a fault of the cluster or its store. */
  warnOf(refusal: LobbyRefused): void;
}

/** What a connection that has not logged in offers. */
export interface GuestContext extends Context {
  /** Makes this connection that session's; writes the login block. */
  begin(session: Session): void;
  /** Tells the client to begin TLS, goes on under it and greets again. Rejects with `LobbyRefused` where that cannot be. */
  secure(): Promise<void>;
  /** The login that waits for its user to agree to the rules, kept from one command to the next. */
  readonly unagreed: { request?: LoginRequest };
}

/** What a logged-in connection offers. */
export interface UserContext extends Context {
  readonly session: Session;
  readonly roster: RosterReader;
  readonly self: User;
  /** The command's `#id ` or empty; unique enough to recognise one's own copy of a chat line. */
  readonly tag: string;
}

interface Contexts {
  readonly anybody: Context;
  readonly guest: GuestContext;
  readonly user: UserContext;
}

/** Who may give a command: before login, after it, always. */
export type Access = keyof Contexts;

interface Definition<A, C> {
  /** It needs nothing but this node, so that it does not wait long for the commands before it. Default false. */
  readonly isLocal?: boolean;
  /** It may take as long as another person: the client's next commands do not wait for it. Default false. */
  readonly waitsForSomebody?: boolean;
  /** Reads the arguments from left to right. Throws `BadArguments`. */
  parse(args: Arguments): A;
  /** Carries it out. A `LobbyRefused` it rejects with is answered with `refused`. */
  run(context: C, args: A): void | Promise<void>;
  /** Whether an event that arrives while it runs is its own effect, and so part of the reply. Default: none is. */
  causes?(event: RosterEvent, args: A, context: C): boolean;
  /** The line for a refusal; default `FAILED`, and silence for what a client could not have meant. */
  refused?(refusal: LobbyRefused, args: A): string;
}

/** A command whose arguments have been read. */
export interface Prepared<C> {
  run(context: C): void | Promise<void>;
  causes(event: RosterEvent, context: C): boolean;
  refused(refusal: LobbyRefused): string | undefined;
}

export interface CommandFor<K extends Access> {
  readonly access: K;
  readonly isLocal: boolean;
  readonly waitsForSomebody: boolean;
  prepare(args: Arguments): Prepared<Contexts[K]>;
}

export type Command = { [K in Access]: CommandFor<K> }[Access];
export type CommandTable = Readonly<Record<string, Command>>;

function define<K extends Access, A>(access: K, definition: Definition<A, Contexts[K]>): CommandFor<K> {
  return {
    access,
    isLocal: definition.isLocal ?? false,
    waitsForSomebody: definition.waitsForSomebody ?? false,
    prepare: (reader) => {
      const args = definition.parse(reader);
      return {
        run: (context) => definition.run(context, args),
        causes: (event, context) => definition.causes?.(event, args, context) ?? false,
        refused: (refusal) => definition.refused?.(refusal, args),
      };
    },
  };
}

export const forAnybody = <A>(definition: Definition<A, Context>): Command => define('anybody', definition);
export const forGuest = <A>(definition: Definition<A, GuestContext>): Command => define('guest', definition);
export const forUser = <A>(definition: Definition<A, UserContext>): Command => define('user', definition);

export const noArguments = (): undefined => undefined;
