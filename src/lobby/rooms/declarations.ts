/** Chat rooms: which there are, who is in them (as long as the member's node lives), and what is said. */
import * as z from 'zod';
import { cache, registry, topic } from '../../services/index.ts';
import { UserId } from '../presence/sessions.ts';

export const Room = z.object({ name: z.string(), topic: z.string(), author: z.string(), createdAt: z.number() });
export type Room = z.infer<typeof Room>;

export const rooms = cache('rooms', {
  key: z.string(),
  value: Room,
  writes: 'owner',
  filled: 'when somebody first joins a room; deleted when empty only if another needs its place',
  about: 'The rooms there are, with topic and author. Members are in room_members.',
});

export const RoomMember = z.object({ session: z.string() });
export type RoomMember = z.infer<typeof RoomMember>;

export const roomMembers = registry('room_members', {
  key: z.tuple([z.string(), UserId]),
  value: RoomMember,
  about: 'Who is in which room, held by the node of the connection; counts only while that session is in `sessions`.',
});

export const RoomLine = z.object({
  from: UserId,
  session: z.string(),
  text: z.string(),
  emote: z.boolean(),
  tag: z.nullable(z.string()),
});
export type RoomLine = z.infer<typeof RoomLine>;

export const roomLines = topic('room:{name}', RoomLine, {
  reach: 'cluster',
  actedOnBy: 'every node',
  sentBy: 'the session of the speaker, on its node',
  heardBy: 'the hub of each node with a member of the room',
  about: 'What is said in a room. A node listens while one of its sessions is in the room.',
});
