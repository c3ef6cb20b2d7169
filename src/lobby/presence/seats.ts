/**
 * Seats: what keeps a user there for a while after his connection was lost, whatever it was lost with. As long as his seat is
 * held, everybody goes on seeing him, also in his battle; when he logs in again meanwhile, on any node, he goes on with
 * the same session. Who leaves in so many words has no seat any more; who stays away, or is banned meanwhile, is removed by the
 * doorkeeper.
 */
import * as z from 'zod';
import { cache, type MusterNode, Server, server } from '../../services/index.ts';
import { users } from '../accounts/user-record.ts';
import { whatKeepsFrom } from '../moderation/restrictions.ts';
import { setting } from '../settings/settings.ts';
import { SessionInfo, sessions, UserId } from './sessions.ts';

const Seat = z.object({
  info: SessionInfo,
  /** How often it was taken up again. */
  resumed: z.int(),
});
type Seat = z.infer<typeof Seat>;

export const seats = cache('seats', {
  key: UserId,
  value: Seat,
  writes: 'owner',
  filled: 'at each login; deleted when the user leaves, or was without a connection for the grace time',
  about: 'Users who are, or count as, present. Of one without an entry in `sessions` the connection was lost.',
});

/** A user as everybody should see him, connected or not. */
export function presentUser(node: MusterNode, userId: number): SessionInfo | undefined {
  return node.registry(sessions).lookup(userId)?.value ?? node.cache(seats).get(userId)?.info;
}

/** All users as everybody should see them. */
export function presentUsers(node: MusterNode): SessionInfo[] {
  const connected = node.registry(sessions);
  const away = [...node.cache(seats).entries()].flatMap(([userId, { info }]) =>
    connected.lookup(userId) ? [] : [info],
  );
  return [...connected.select().map(({ value }) => value), ...away];
}

/**
 * Calls `changed` when what is to be seen of a user may be another, with what it is now; `before` is what one of the two, his
 * connection or his seat, said of him before. Returns how to stop.
 */
export function watchPresence(
  node: MusterNode,
  changed: (userId: number, now: SessionInfo | undefined, before: SessionInfo | undefined) => void,
): () => void {
  const tell = (userId: number, before: SessionInfo | undefined): void =>
    changed(userId, presentUser(node, userId), before);
  const stops = [
    node.registry(sessions).watch(({ key, before }) => tell(key, before?.value)),
    node.cache(seats).watch(({ key, before }) => tell(key, before?.info)),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/**
 * What a login has to go on with: the held session, when clients would see the same user, and else `info` itself; a seat that
 * cannot be taken up is given away. The user's name must be free.
 */
export async function takeSeat(node: MusterNode, info: SessionInfo): Promise<SessionInfo> {
  if (setting(node, 'graceMs') === 0 || !node.cache(seats).has(info.userId)) return info;
  const seat = await node
    .cache(seats)
    .update(info.userId, (held) => (held && isSameUser(held.info, info) ? resumedBy(held, info) : undefined));
  return seat?.info ?? info;
}

function resumedBy({ info, resumed }: Seat, { connection, ip, authorisesJoins }: SessionInfo): Seat {
  return { info: { ...info, connection, ip, authorisesJoins }, resumed: resumed + 1 };
}

/** Whether all that clients were told of a user still holds. */
function isSameUser(held: SessionInfo, now: SessionInfo): boolean {
  return (
    held.name === now.name &&
    held.country === now.country &&
    held.client === now.client &&
    held.moderator === now.moderator &&
    held.bot === now.bot
  );
}

/** From now on the seat of this login is held. */
export async function keepSeat(node: MusterNode, info: SessionInfo): Promise<void> {
  if (setting(node, 'graceMs') === 0) return;
  await node.cache(seats).update(info.userId, (held) => ({ info, resumed: held?.resumed ?? 0 }));
}

/** What is known of the user has changed; a seat that is another's, or was left meanwhile, stays as it is. */
export async function changeSeat(node: MusterNode, info: SessionInfo): Promise<void> {
  if (!node.cache(seats).has(info.userId)) return;
  await node
    .cache(seats)
    .update(info.userId, (held) => (held?.info.connection === info.connection ? { ...held, info } : held));
}

/** Gives away the seat of that login. */
export async function leaveSeat(node: MusterNode, { userId, connection }: SessionInfo): Promise<void> {
  if (!node.cache(seats).has(userId)) return;
  await node.cache(seats).update(userId, (held) => (held?.info.connection === connection ? undefined : held));
}

const TICK_MS = 500;

interface Absence {
  readonly resumed: number;
  readonly session: string;
  readonly since: number;
}

/** Removes who stays away. What it knows of absences is lost with its node: the next one counts from when it begins. */
class Doorkeeper extends Server {
  readonly #absent = new Map<number, Absence>();

  init(): undefined {
    this.every(TICK_MS, 'tick');
    this.after(0, 'tick');
  }

  override async info(): Promise<void> {
    const now = this.node.now();
    const graceMs = setting(this.node, 'graceMs');
    const overdue: [number, Absence][] = [];
    for (const [userId, seat] of this.node.cache(seats).entries()) {
      const absence = this.#absence(userId, seat, now);
      if (absence && (now - absence.since >= graceMs || this.#isBanned(userId))) overdue.push([userId, absence]);
    }
    const removed = await Promise.allSettled(overdue.map((entry) => this.#remove(...entry)));
    for (const result of removed) {
      if (result.status === 'rejected')
        this.node.log.write('warn', 'a user who stays away could not be removed yet', { why: String(result.reason) });
    }
    for (const userId of this.#absent.keys()) if (!this.node.cache(seats).has(userId)) this.#absent.delete(userId);
  }

  /** He could not come back: nobody waits for him. */
  #isBanned(userId: number): boolean {
    const record = this.node.cache(users).get(userId);
    return record !== undefined && whatKeepsFrom(record, 'login', this.node.wall()) !== undefined;
  }

  #absence(userId: number, { info, resumed }: Seat, now: number): Absence | undefined {
    if (this.node.registry(sessions).lookup(userId)) {
      this.#absent.delete(userId);
      return undefined;
    }
    const known = this.#absent.get(userId);
    if (known?.session === info.session && known.resumed === resumed) return known;
    const absence = { session: info.session, resumed, since: now };
    this.#absent.set(userId, absence);
    return absence;
  }

  /** Unless he came back meanwhile. */
  async #remove(userId: number, { session, resumed }: Absence): Promise<void> {
    await this.node
      .cache(seats)
      .update(userId, (held) => (held?.info.session === session && held.resumed === resumed ? undefined : held));
  }
}

export const doorkeeper = server(
  'doorkeeper',
  {
    placement: 'singleton',
    about: 'Takes the seats of users who have been without a connection for the grace time, or are banned meanwhile.',
  },
  Doorkeeper,
);
