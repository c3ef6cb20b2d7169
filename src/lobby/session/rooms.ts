/** The rooms of one session. Being in a room is a registered name, so it ends with the node and is seen everywhere. */
import { NameTaken } from '../../base/index.ts';
import { AUTOHOSTS_ROOM, heardFromHost } from '../matches/hosts.ts';
import { LobbyRefused, refusing } from '../refusal.ts';
import { roomLines, roomMembers } from '../rooms/declarations.ts';
import { enterRoom, type Place } from '../rooms/room-list.ts';
import { pause } from './claim.ts';
import { fitsChat, type SessionContext } from './context.ts';
import { Serial } from './serial.ts';
import type { ChatOptions, SessionRooms } from './session.ts';

const MOST_ROOM_NAME = 20;
const MOST_ROOMS = 100;
/** How long a place in a room that an older session of the user still has may take to be given up. */
const STALE_PLACE_MS = 5_000;
const LOOK_AGAIN_MS = 20;

export class LocalRooms implements SessionRooms {
  readonly #session: SessionContext;
  readonly #places = new Map<string, Place>();
  readonly #serial = new Serial();

  constructor(session: SessionContext) {
    this.#session = session;
  }

  joined(): readonly string[] {
    return [...this.#places.keys()];
  }

  join(room: string): Promise<'joined' | 'already'> {
    return this.#session.hub.strongly(`Joining ${room}`, () => this.#join(room), this.#serial);
  }

  async #join(room: string): Promise<'joined' | 'already'> {
    const { hub } = this.#session;
    this.#session.requireLive();
    checkRoomName(room);
    if (this.#places.has(room)) return 'already';
    this.#requireClan(room);
    if (this.#places.size >= MOST_ROOMS) throw new LobbyRefused('NotAllowed', `You are in ${MOST_ROOMS} rooms already`);
    await hub.needRoom(room);
    try {
      const { name: author } = this.#session.info();
      this.#places.set(room, await enterRoom(hub.node, { room, author, takePlace: () => this.#takePlace(room) }));
    } catch (error) {
      hub.releaseRoom(room);
      throw error;
    }
    return 'joined';
  }

  /** The room of a clan is for its members, and for moderators. */
  #requireClan(room: string): void {
    if (this.#isOpen(room)) return;
    throw new LobbyRefused('NotAllowed', `The channel of the clan ${clanOf(room)} is for its members`);
  }

  #isOpen(room: string): boolean {
    const tag = clanOf(room);
    return tag === undefined || tag === this.#session.clan() || this.#session.info().moderator;
  }

  /** The user's clan is another one now. */
  async leaveForeign(): Promise<void> {
    for (const room of this.#places.keys()) if (!this.#isOpen(room)) await this.leave(room);
  }

  async #takePlace(room: string): Promise<Place> {
    const { node } = this.#session.hub;
    const { userId, session } = this.#session.info();
    const deadline = node.now() + STALE_PLACE_MS;
    for (;;) {
      try {
        return await node.registry(roomMembers).register([room, userId], { session });
      } catch (error) {
        if (!(error instanceof NameTaken) || node.now() >= deadline) throw error;
      }
      this.#session.requireLive();
      await pause(node, LOOK_AGAIN_MS);
    }
  }

  leave(room: string): Promise<boolean> {
    return this.#session.hub.strongly(`Leaving ${room}`, () => this.#leave(room), this.#serial);
  }

  async #leave(room: string): Promise<boolean> {
    const place = this.#places.get(room);
    if (!place) return false;
    await place.unregister();
    this.#places.delete(room);
    this.#session.hub.releaseRoom(room);
    return true;
  }

  say(room: string, text: string, options: ChatOptions = {}): Promise<void> {
    return refusing('The message', async () => {
      this.#session.requireLive();
      if (!this.#places.has(room)) throw new LobbyRefused('NotInRoom', `You are not in ${room}`);
      this.#requireClan(room);
      if (!fitsChat(text)) throw new LobbyRefused('TooLong', 'The message is too long');
      this.#session.requireMaySpeak('say in a room');
      const { userId, session } = this.#session.info();
      const line = { from: userId, session, text, emote: options.emote ?? false, tag: options.tag ?? null };
      if (room === AUTOHOSTS_ROOM) heardFromHost(this.#session.hub.node, userId, text);
      if (this.#session.hub.node.broadcast(roomLines(room), line)) return;
      throw new LobbyRefused('Unavailable', 'The server is busy, not everybody got the message');
    });
  }

  /** Leaves all rooms, once what is under way has settled. */
  abandon(): Promise<void> {
    return this.#serial.run(async () => {
      const left = await Promise.allSettled([...this.#places.keys()].map((room) => this.#leave(room)));
      const failed = left.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
    });
  }
}

/** The tag of the clan whose room it is. */
function clanOf(room: string): string | undefined {
  return /^clan_(.*)$/i.exec(room)?.[1]?.toLowerCase();
}

function checkRoomName(room: string): void {
  if (/^[A-Za-z0-9_]+$/.test(room) && room.length <= MOST_ROOM_NAME) {
    if (clanOf(room) === undefined || room === room.toLowerCase()) return;
    throw new LobbyRefused('BadRoomName', `The channel of this clan is called ${room.toLowerCase()}`);
  }
  throw new LobbyRefused(
    'BadRoomName',
    `Invalid channel name (only a-z, A-Z, 0-9 and _ are allowed, at most ${MOST_ROOM_NAME} characters)`,
  );
}
