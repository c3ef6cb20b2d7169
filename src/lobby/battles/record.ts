/** The whole of one open lobby, as one entry of an owned cache: every change is one linearizable step on it. */
import * as z from 'zod';
import { cache, sequence, topic } from '../../services/index.ts';
import { UserId } from '../presence/sessions.ts';

export const LobbyId = z.int();

export const Member = z.object({
  userId: UserId,
  name: z.string(),
  session: z.string(),
  /** Grows with each battle this session opens or joins: of two records that name him, the one with the higher turn is right. */
  turn: z.int(),
  status: z.int(),
  colour: z.int(),
  scriptPassword: z.string(),
});
export type Member = z.infer<typeof Member>;

export const Bot = z.object({
  name: z.string(),
  owner: UserId,
  status: z.int(),
  colour: z.int(),
  ai: z.string(),
});
export type Bot = z.infer<typeof Bot>;

const TagData = z.object({ key: z.string(), value: z.string() });
const RectData = z.object({
  team: z.int(),
  left: z.int(),
  top: z.int(),
  right: z.int(),
  bottom: z.int(),
});
const Kick = z.object({ session: z.string(), turn: z.int() });

export const LobbyRecord = z.object({
  lobbyId: LobbyId,
  /** Names the founder for good; he is also the first member. */
  founder: UserId,
  type: z.int(),
  nat: z.int(),
  ip: z.string(),
  port: z.int(),
  maxPlayers: z.int(),
  /** Empty: none. */
  password: z.string(),
  rank: z.int(),
  gameHash: z.string(),
  mapHash: z.string(),
  engineName: z.string(),
  engineVersion: z.string(),
  mapName: z.string(),
  title: z.string(),
  gameName: z.string(),
  spectators: z.int(),
  locked: z.boolean(),
  members: z.array(Member),
  bots: z.array(Bot),
  tags: z.array(TagData),
  rects: z.array(RectData),
  disabledUnits: z.array(z.string()),
  /** The last few who were kicked, so that every node can tell a kick from a leave. */
  kicks: z.array(Kick),
  openedAt: z.number(),
});
export type LobbyRecord = z.infer<typeof LobbyRecord>;

export const lobbies = cache('lobbies', {
  key: LobbyId,
  value: LobbyRecord,
  writes: 'owner',
  filled: 'when a lobby opens; deleted when it closes',
  about: 'Open lobbies with members, bots, tags and rectangles. Shown only while the founder is logged in and in it.',
});

export const BattleLine = z.object({
  /** 0: the Coordinator. */
  from: UserId,
  session: z.string(),
  text: z.string(),
  emote: z.boolean(),
  tag: z.nullable(z.string()),
});
export type BattleLine = z.infer<typeof BattleLine>;

export const battleLines = topic('lobby_chat:{lobbyId}', BattleLine, {
  reach: 'cluster',
  actedOnBy: 'every node',
  sentBy: 'the session of the speaker; Consul, when all should hear its answer',
  heardBy: 'the hub of each node with a member of the lobby',
  about: 'What is said in a lobby. A node listens while one of its sessions is in the lobby.',
});

export const lobbyIds = sequence('lobby_ids', {
  block: 100,
  about: 'Ids of lobbies; never used twice, so that no client joins an old one.',
});
export const springIds = sequence('spring_ids', {
  block: 100,
  about: 'The ids by which clients know users; given at registration.',
});

export function memberOf(record: LobbyRecord, userId: number): Member | undefined {
  return record.members.find((member) => member.userId === userId);
}

export function memberNamed(record: LobbyRecord, name: string): Member | undefined {
  return record.members.find((member) => member.name === name);
}
