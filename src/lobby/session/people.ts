/**
 * A session's own user: whom he knows and ignores, and what he may not do. It follows his record in the cluster, so a change
 * made on any node holds here as soon as it is made.
 */
import type { PeopleChange, PeopleList } from '../accounts/social.ts';
import type { UserRecord } from '../accounts/user-record.ts';
import { ChatGuard } from '../moderation/chat-guard.ts';
import { type Act, requireAllowed, whatKeepsFrom } from '../moderation/restrictions.ts';
import { refusing } from '../refusal.ts';
import type { User } from '../roster/events.ts';
import type { SessionContext } from './context.ts';
import { Serial } from './serial.ts';
import type { SessionEnd, SessionPeople } from './session.ts';

/** What a session does about its user's changes. */
export interface PeopleOwner {
  tellPeople(list: PeopleList, names: readonly string[]): void;
  /** Ends the session; `why` is for the client. */
  throwOut(reason: SessionEnd, why: string): void;
  complain(what: string, error: unknown): void;
  /** He belongs to another clan now, or to none. */
  changedClan(): void;
}

const LISTS: readonly PeopleList[] = ['friends', 'requests', 'ignored'];

export class LocalPeople implements SessionPeople {
  readonly #session: SessionContext;
  readonly #owner: PeopleOwner;
  readonly #guard: ChatGuard;
  readonly #telling = new Serial();
  /** Lists that are to be told, and whose names have not been asked for yet. */
  readonly #untold = new Set<PeopleList>();
  #record: UserRecord;
  #ignored: ReadonlySet<number>;
  #stop: (() => void) | undefined;

  constructor(session: SessionContext, owner: PeopleOwner, record: UserRecord) {
    this.#session = session;
    this.#owner = owner;
    this.#record = record;
    this.#ignored = new Set(record.ignored);
    this.#guard = new ChatGuard(session.hub.node, session.hub.people.moderation, {
      userId: record.userId,
      isExempt: record.bot || record.moderator,
      throwOut: (why) => owner.throwOut('banned', why),
    });
  }

  /** From here on nothing that changes is missed. */
  begin(): void {
    const { people } = this.#session.hub;
    this.#stop = people.watch.follow(this.#record.userId, (record) => this.#take(record));
    const present = people.users.peek(this.#record.userId);
    if (present) this.#take(present);
  }

  end(): void {
    this.#stop?.();
    this.#guard.leave();
  }

  get clan(): string | null {
    return this.#record.clan;
  }

  #take(record: UserRecord): void {
    const before = this.#record;
    if (record.version <= before.version) return;
    this.#record = record;
    this.#ignored = new Set(record.ignored);
    const banned = whatKeepsFrom(record, 'login', this.#session.hub.node.wall());
    if (banned !== undefined) this.#owner.throwOut('banned', banned);
    else if (record.name !== before.name) {
      this.#owner.throwOut('renamed', `Your name is ${record.name} now, please log in again`);
    }
    if (record.clan !== before.clan) this.#owner.changedClan();
    for (const list of LISTS) if (!isSame(record[list], before[list])) this.#tell(list);
  }

  #tell(list: PeopleList): void {
    if (this.#untold.has(list)) return;
    this.#untold.add(list);
    const tell = async (): Promise<void> => {
      this.#untold.delete(list);
      this.#owner.tellPeople(list, await this.list(list));
    };
    this.#telling.run(tell).catch((error: unknown) => this.#owner.complain('a list of people was not told', error));
  }

  /** Whether this user hears what another says. Bots and moderators are always heard. */
  hears(from: User): boolean {
    return !this.#ignored.has(from.userId) || from.bot || from.moderator;
  }

  /** Throws `LobbyRefused` `Restricted`. */
  requireAllowed(act: Act): void {
    requireAllowed(this.#record, act, this.#session.hub.node.wall());
  }

  /** Counts a line as said. Throws `LobbyRefused` `Restricted` when it must not be. */
  requireMaySpeak(act: Act): void {
    this.requireAllowed(act);
    this.#guard.line();
  }

  list(list: PeopleList): Promise<readonly string[]> {
    return refusing('The look at the list', () => this.#session.hub.people.social.names(this.#record.userId, list));
  }

  change(kind: PeopleChange, name: string): Promise<void> {
    return this.#session.hub.strongly('The change', async () => {
      this.#session.requireLive();
      await this.#session.hub.people.social.change(kind, this.#record.userId, name);
      await this.#telling.run(async () => {});
    });
  }
}

function isSame(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((value, at) => value === other[at]);
}
