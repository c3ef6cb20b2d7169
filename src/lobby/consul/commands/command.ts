/**
 * What a `$` command of Consul's is: how its line is read, who may use it, what it is given, and what comes out of it. Pure:
 * the outcome says what should be changed, told and done; Consul does it.
 */
import type { LobbyRecord } from '../../battles/record.ts';
import type { ConsulState } from '../state.ts';

export interface Command {
  /** Lower case. */
  readonly name: string;
  readonly rest: string;
  /** Written `$%name`: not echoed to the lobby. */
  readonly silent: boolean;
}

/** Reads a line of lobby chat. Undefined when it is plain chat, as `$ name` is. */
export function parseCommand(line: string): Command | undefined {
  const match = /^\$(%?)([^\s%]\S*)(?:\s+([\s\S]*))?$/.exec(line);
  if (!match) return undefined;
  return { name: match[2]!.toLowerCase(), rest: (match[3] ?? '').trim(), silent: match[1] === '%' };
}

export interface Sender {
  readonly userId: number;
  readonly name: string;
  readonly moderator: boolean;
}

/** Somebody a command can be about, in the lobby or not. */
export interface Target {
  readonly userId: number;
  readonly name: string;
}

/** Who is logged in anywhere. */
export interface People {
  named(name: string): Target | undefined;
  numbered(userId: number): Target | undefined;
  rankOf(userId: number): number;
  /** Whether he is the host of any lobby. */
  isHost(userId: number): boolean;
}

export interface CommandInput {
  readonly state: ConsulState;
  readonly record: LobbyRecord;
  readonly sender: Sender;
  readonly rest: string;
  /** The site's limit of players. */
  readonly limit: number;
  readonly now: number;
  /** Unlike that of any other command. */
  readonly id: string;
  readonly people: People;
  /** What is forbidden to the sender; known only to commands that ask for it. */
  readonly restrictions: ReadonlySet<string>;
}

export interface CommandOutcome {
  /** The state afterwards. */
  readonly state: ConsulState;
  /** To the sender alone. */
  readonly notices: readonly string[];
  /** To the lobby. */
  readonly announcements: readonly string[];
  /** Accepted, so to be echoed to the lobby as the sender's own words, unless silent. */
  readonly accepted: boolean;
  /** One step on the lobby's record; null: it stays as it is. Synchronous and free of effects. */
  readonly change: ((record: LobbyRecord) => LobbyRecord) | null;
  /** To single users, from the Coordinator. */
  readonly tells: readonly { readonly userId: number; readonly text: string }[];
  /** Users whose clients should ring. */
  readonly rings: readonly number[];
  /** What members are made to say in the lobby. */
  readonly says: readonly { readonly userId: number; readonly session: string; readonly text: string }[];
  /** Users who are brought to this lobby. */
  readonly pulls: readonly number[];
  /** The running split is carried out now. */
  readonly splitsNow: boolean;
  /** Why viewers of the lobby should look again. */
  readonly news: 'timeout' | 'ban' | 'unban' | 'reset' | null;
}

/** Who may use a command: a boss is whom the host named; the host may what a boss may, a moderator everything. */
export type Right = 'everybody' | 'boss' | 'host' | 'moderator';

export interface CommandEntry {
  readonly usedBy: Right;
  /** Empty: not listed. */
  readonly help: string;
  /** It looks at what is forbidden to the sender. */
  readonly asksRestrictions?: boolean;
  readonly run: (input: CommandInput) => Partial<CommandOutcome>;
}

export type Entries = readonly (readonly [name: string, entry: CommandEntry])[];

/** An outcome that changes nothing but tells the sender why, and is not echoed. */
export function declined(...notices: string[]): Partial<CommandOutcome> {
  return { notices, accepted: false };
}
