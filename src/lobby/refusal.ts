/** What the lobby refuses, and why, in words a person at a client can read. Not for faults of the cluster itself. */
import { MusterError, toErrorData } from '../base/index.ts';

/** Why: a stable word for programs beside the reason for people. */
export type RefusalCode =
  | 'BadName'
  | 'NameTaken'
  | 'BadEmail'
  | 'EmailTaken'
  | 'BadPassword'
  | 'NoSuchUser'
  | 'WrongCase'
  | 'WrongPassword'
  | 'TooManyTries'
  | 'WrongToken'
  | 'AlreadyLoggedIn'
  | 'SessionEnded'
  | 'NotOnline'
  | 'BadRoomName'
  | 'NotInRoom'
  | 'TooLong'
  | 'BadValue'
  | 'NoSuchBattle'
  | 'InBattleAlready'
  | 'NotInBattle'
  | 'BattleLocked'
  | 'BattleFull'
  | 'BattlePassword'
  | 'HostRefused'
  | 'ConsulRefused'
  | 'NotAllowed'
  | 'NoSuchMember'
  | 'NoSuchBot'
  | 'BotExists'
  | 'Restricted'
  | 'AgreementNeeded'
  | 'WrongCode'
  | 'NoLobbyHash'
  | 'TooSoon'
  | 'TooMany'
  | 'NoSuchQueue'
  | 'QueueFull'
  | 'PartyTooLarge'
  | 'NotInParty'
  | 'NoSuchParty'
  | 'Unavailable';

/** A request was understood and refused; nothing was changed. `message` is the reason, one line, fit to be shown. */
export class LobbyRefused extends MusterError {
  readonly reason: RefusalCode;

  constructor(reason: RefusalCode, message: string, options?: ErrorOptions) {
    super('LobbyRefused', message, { reason }, options);
    this.reason = reason;
  }
}

/** The node is, or may soon be, outside the primary component: what needs the other nodes cannot be done on it. */
export function lostTouch(): LobbyRefused {
  return new LobbyRefused(
    'Unavailable',
    'This server has lost touch with the others; please wait a moment or use another server',
  );
}

/**
 * Turns a failure of the cluster or the store under a request into a refusal that names what failed. A refusal passes
 * unchanged. The outcome of the request may be unknown; the reason then says so.
 */
export function unavailable(what: string, error: unknown): LobbyRefused {
  if (error instanceof LobbyRefused) return error;
  const { code, message, details } = toErrorData(error);
  if (code === 'InvalidValue') return new LobbyRefused('BadValue', oneLine(message), { cause: error });
  const doubt = details.outcome === 'unknown' ? ' It may still have happened.' : '';
  const why = CLUSTER_FAULTS[code] ?? `${code}: ${message}`;
  return new LobbyRefused('Unavailable', oneLine(`${what} failed, please try again (${why}).${doubt}`), {
    cause: error,
  });
}

/** Faults that a person at a client may meet, in words for them. */
const CLUSTER_FAULTS: Readonly<Record<string, string>> = {
  StoreFailed: 'the account store cannot be reached',
  NotPrimary: 'this server has lost touch with the others',
  Timeout: 'there was no answer in time',
  NodeDown: 'a server went down',
  Overloaded: 'the servers are busy',
};

/** Runs `work`; what it throws comes out as a `LobbyRefused`. */
export async function refusing<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw unavailable(what, error);
  }
}

function oneLine(text: string): string {
  return text.replace(/[\r\n\t]+/g, ' ');
}
