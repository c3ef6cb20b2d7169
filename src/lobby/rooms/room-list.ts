/**
 * Which rooms there are. One that nobody is in stays, but their number has an end: whoever would make one too many takes the place
 * of the oldest empty one.
 */
import type { MusterNode, Registration } from '../../services/index.ts';
import { LobbyRefused } from '../refusal.ts';
import { type RoomMember, roomMembers, rooms } from './declarations.ts';

export const MOST_ROOMS_ANYWHERE = 10_000;

export type Place = Registration<[string, number], RoomMember>;

export interface Entry {
  readonly room: string;
  /** Who comes in, and has made the room if there was none. */
  readonly author: string;
  readonly takePlace: () => Promise<Place>;
  readonly mostRooms?: number;
}

/**
 * Takes a place in a room, which is listed then. Rejects with `LobbyRefused` when there are too many and somebody is in each, and with
 * what `takePlace` rejects with.
 */
export async function enterRoom(node: MusterNode, entry: Entry): Promise<Place> {
  await list(node, entry);
  const place = await entry.takePlace();
  try {
    // Until then it may have gone as an empty one.
    await list(node, entry);
  } catch (error) {
    await place.unregister();
    throw error;
  }
  return place;
}

async function list(node: MusterNode, { room, author, mostRooms = MOST_ROOMS_ANYWHERE }: Entry): Promise<void> {
  if (node.cache(rooms).has(room)) return;
  if (node.cache(rooms).size >= mostRooms) await removeOldestEmpty(node);
  await node.cache(rooms).insertNew(room, { name: room, topic: 'topic', author, createdAt: node.wall() });
}

async function removeOldestEmpty(node: MusterNode): Promise<void> {
  const inUse = roomsInUse(node);
  const empty = [...node.cache(rooms).entries()].filter(([name]) => !inUse.has(name));
  if (empty.length === 0) throw new LobbyRefused('NotAllowed', 'There are too many rooms already; join one of them');
  const [name, room] = empty.reduce((oldest, one) => (one[1].createdAt < oldest[1].createdAt ? one : oldest));
  await node.cache(rooms).delete(name);
  // Who came in before it went may not have seen that it did; who comes later sees it and lists it again.
  if (roomsInUse(node).has(name)) await node.cache(rooms).insertNew(name, room);
}

function roomsInUse(node: MusterNode): Set<string> {
  return new Set(
    node
      .registry(roomMembers)
      .select()
      .map(({ key: [room] }) => room),
  );
}
