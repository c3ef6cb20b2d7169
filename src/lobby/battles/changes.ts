/**
 * Every change of a lobby as a pure function from record to record, for `cache.update`. What is not allowed throws
 * `LobbyRefused` and so changes nothing. No effects here: who is told what follows from the records alone.
 */
import { LobbyRefused } from '../refusal.ts';
import type { StartRect, Tag } from '../roster/events.ts';
import type { BattleInfo, BotRequest, ForcedChange, OpenBattleRequest } from '../session/session.ts';
import { decodeBattleStatus, encodeBattleStatus, MOST_HANDICAP, withOwnFields } from '../status/battle-status.ts';
import { isServersTag } from './match-tag.ts';
import { type Bot, type LobbyRecord, type Member, memberNamed, memberOf } from './record.ts';

/** Who changes. */
export interface Actor {
  readonly userId: number;
  readonly session: string;
  readonly moderator: boolean;
}

/** Bounds, so that no client can make a record grow without end. */
export const LOBBY_BOUNDS = {
  members: 255,
  bots: 64,
  tags: 1_000,
  tagLength: 2_000,
  rects: 64,
  units: 5_000,
  kicks: 32,
} as const;

/** Words on the wire are positive and have 31 bits. */
const MOST_COLOUR = 0x7fff_ffff;

export interface NewLobby {
  readonly lobbyId: number;
  readonly founder: Member;
  readonly ip: string;
  readonly openedAt: number;
  readonly request: OpenBattleRequest;
}

export function newRecord({ lobbyId, founder, ip, openedAt, request }: NewLobby): LobbyRecord {
  return {
    lobbyId,
    founder: founder.userId,
    type: request.type,
    nat: request.nat,
    ip,
    port: request.port,
    maxPlayers: request.maxPlayers,
    password: normalPassword(request.password),
    rank: request.rank,
    gameHash: request.gameHash,
    mapHash: request.mapHash,
    engineName: request.engineName,
    engineVersion: request.engineVersion,
    mapName: request.mapName,
    title: request.title,
    gameName: request.gameName,
    spectators: 0,
    locked: false,
    members: [founder],
    bots: [],
    tags: [],
    rects: [],
    disabledUnits: [],
    kicks: [],
    openedAt,
  };
}

/** `*` and nothing both mean no password. */
export function normalPassword(password: string): string {
  return password === '*' ? '' : password;
}

export function playersIn(record: LobbyRecord): number {
  return record.members.filter((member) => decodeBattleStatus(member.status).player).length;
}

/** Who wants to come in. */
export interface Joiner {
  readonly userId: number;
  readonly moderator: boolean;
  /** The server itself sends him: neither lock, password nor places are asked for. */
  readonly forced?: boolean;
}

/**
 * Whether somebody may come in, as the record alone can tell. Who comes in is a spectator at first, and those do not count against
 * the maximum of players; only a bound of the record itself keeps somebody out of a full lobby. Throws `LobbyRefused`.
 */
export function checkEntry(record: LobbyRecord, joiner: Joiner, password: string): void {
  if (memberOf(record, joiner.userId)) throw new LobbyRefused('InBattleAlready', 'You are already in this battle');
  const waved = joiner.moderator || joiner.forced === true;
  if (record.locked && !waved) throw new LobbyRefused('BattleLocked', 'Battle is locked');
  if (record.password !== '' && normalPassword(password) !== record.password && !waved) {
    throw new LobbyRefused('BattlePassword', 'Invalid password');
  }
  if (record.members.length >= LOBBY_BOUNDS.members) throw new LobbyRefused('BattleFull', 'Battle is full');
}

/** Whether just this stay is in the record: not one that the same user began before or after. */
export function hasStay(record: LobbyRecord, stay: Pick<Member, 'userId' | 'session' | 'turn'>): boolean {
  const present = memberOf(record, stay.userId);
  return present?.session === stay.session && present.turn === stay.turn;
}

export function addMember(record: LobbyRecord, member: Member): LobbyRecord {
  const others = record.members.filter((present) => present.userId !== member.userId);
  return { ...record, members: [...others, member] };
}

/** Takes a member out, with his bots. Nothing changes when that session is not in it. */
export function removeMember(record: LobbyRecord, userId: number, session: string): LobbyRecord {
  const member = memberOf(record, userId);
  if (!member || member.session !== session) return record;
  return {
    ...record,
    members: record.members.filter((present) => present !== member),
    bots: record.bots.filter((bot) => bot.owner !== userId),
  };
}

/** Takes these stays out, with the bots of those who brought some. */
export function removeMembers(record: LobbyRecord, gone: readonly Member[]): LobbyRecord {
  return gone.reduce((before, { userId, session }) => removeMember(before, userId, session), record);
}

export function kick(record: LobbyRecord, actor: Actor, name: string): LobbyRecord {
  requireHost(record, actor);
  const target = requireNamed(record, name);
  if (target.userId === record.founder) throw new LobbyRefused('NotAllowed', 'The host cannot be kicked');
  const kicks = [...record.kicks, { session: target.session, turn: target.turn }].slice(-LOBBY_BOUNDS.kicks);
  return { ...removeMember(record, target.userId, target.session), kicks };
}

/** What a member asks for himself; Consul has its say before. */
export function setOwnStatus(record: LobbyRecord, actor: Actor, status: number, colour: number): LobbyRecord {
  const member = requireMember(record, actor);
  return replaceMember(record, {
    ...member,
    status: withOwnFields(member.status, status),
    colour: colour & MOST_COLOUR,
  });
}

export function replaceMember(record: LobbyRecord, changed: Member): LobbyRecord {
  const before = memberOf(record, changed.userId);
  if (before && before.status === changed.status && before.colour === changed.colour) return record;
  const members = record.members.map((member) => (member.userId === changed.userId ? changed : member));
  return { ...record, members };
}

/** Host's FORCE…: on a member, or on a bot of that name. */
export function force(record: LobbyRecord, actor: Actor, name: string, change: ForcedChange): LobbyRecord {
  requireHost(record, actor);
  const member = memberNamed(record, name);
  if (member) return replaceMember(record, { ...member, ...forced(member, change) });
  const bot = record.bots.find((present) => present.name === name);
  if (!bot) throw new LobbyRefused('NoSuchMember', `${name} is not in this battle`);
  return replaceBot(record, { ...bot, ...forced(bot, change) });
}

function forced(target: { status: number; colour: number }, change: ForcedChange): { status: number; colour: number } {
  if ('colour' in change) return { status: target.status, colour: change.colour & MOST_COLOUR };
  const status = decodeBattleStatus(target.status);
  const after = {
    ...status,
    ...('handicap' in change ? { handicap: Math.max(0, Math.min(MOST_HANDICAP, change.handicap)) } : {}),
    ...('team' in change ? { team: change.team } : {}),
    ...('ally' in change ? { ally: change.ally } : {}),
    ...('spectator' in change ? { player: false } : {}),
  };
  return { status: encodeBattleStatus(after), colour: target.colour };
}

export function updateInfo(record: LobbyRecord, actor: Actor, info: BattleInfo): LobbyRecord {
  requireHost(record, actor);
  const { spectators, locked, mapHash, mapName } = info;
  return { ...record, spectators, locked, mapHash, mapName };
}

export function setTitle(record: LobbyRecord, actor: Actor, title: string): LobbyRecord {
  requireHost(record, actor);
  return { ...record, title };
}

/** Keys are lower-cased; a key that is there keeps its place. Those of the server are passed over. */
export function setTags(record: LobbyRecord, actor: Actor, tags: readonly Tag[]): LobbyRecord {
  requireHost(record, actor);
  const merged = new Map(record.tags.map((tag) => [tag.key, tag.value]));
  for (const { key, value } of tags) {
    if (isServersTag(key) && !actor.moderator) continue;
    if (key === '' || key.length + value.length > LOBBY_BOUNDS.tagLength) {
      throw new LobbyRefused('BadValue', 'A script tag needs a key and must not be too long');
    }
    merged.set(key.toLowerCase(), value);
  }
  if (merged.size > LOBBY_BOUNDS.tags) throw new LobbyRefused('BadValue', 'Too many script tags');
  return { ...record, tags: [...merged].map(([key, value]) => ({ key, value })) };
}

/** Unknown keys are ignored, and those of the server. */
export function removeTags(record: LobbyRecord, actor: Actor, keys: readonly string[]): LobbyRecord {
  requireHost(record, actor);
  const gone = new Set(keys.map((key) => key.toLowerCase()).filter((key) => actor.moderator || !isServersTag(key)));
  return { ...record, tags: record.tags.filter((tag) => !gone.has(tag.key)) };
}

export function addRect(record: LobbyRecord, actor: Actor, rect: StartRect): LobbyRecord {
  requireHost(record, actor);
  const others = record.rects.filter((present) => present.team !== rect.team);
  if (others.length >= LOBBY_BOUNDS.rects) throw new LobbyRefused('BadValue', 'Too many start rectangles');
  const { team, left, top, right, bottom } = rect;
  return { ...record, rects: [...others, { team, left, top, right, bottom }] };
}

export function removeRect(record: LobbyRecord, actor: Actor, team: number): LobbyRecord {
  requireHost(record, actor);
  return { ...record, rects: record.rects.filter((rect) => rect.team !== team) };
}

export function disableUnits(record: LobbyRecord, actor: Actor, units: readonly string[]): LobbyRecord {
  requireHost(record, actor);
  const disabled = [...new Set([...record.disabledUnits, ...units])];
  if (disabled.length > LOBBY_BOUNDS.units) throw new LobbyRefused('BadValue', 'Too many disabled units');
  return { ...record, disabledUnits: disabled };
}

export function enableUnits(record: LobbyRecord, actor: Actor, units: readonly string[] | 'all'): LobbyRecord {
  requireHost(record, actor);
  const enabled = units === 'all' ? new Set(record.disabledUnits) : new Set(units);
  return { ...record, disabledUnits: record.disabledUnits.filter((unit) => !enabled.has(unit)) };
}

/** Members who play, and the host, may bring bots. */
export function addBot(record: LobbyRecord, actor: Actor, request: BotRequest): LobbyRecord {
  const member = requireMember(record, actor);
  if (!decodeBattleStatus(member.status).player && actor.userId !== record.founder) {
    throw new LobbyRefused('NotAllowed', 'Only players may add bots');
  }
  if (record.bots.some((bot) => bot.name === request.name)) {
    throw new LobbyRefused('BotExists', `There is a bot called ${request.name} already`);
  }
  if (record.bots.length >= LOBBY_BOUNDS.bots) throw new LobbyRefused('BadValue', 'Too many bots');
  const bot = { name: request.name, owner: actor.userId, ...cleaned(request), ai: request.ai };
  return { ...record, bots: [...record.bots, bot] };
}

export function updateBot(
  record: LobbyRecord,
  actor: Actor,
  name: string,
  change: { status: number; colour: number },
): LobbyRecord {
  return replaceBot(record, { ...requireOwnBot(record, actor, name), ...cleaned(change) });
}

/** Without unused bits. */
function cleaned({ status, colour }: { status: number; colour: number }): { status: number; colour: number } {
  return { status: encodeBattleStatus(decodeBattleStatus(status)), colour: colour & MOST_COLOUR };
}

export function removeBot(record: LobbyRecord, actor: Actor, name: string): LobbyRecord {
  const gone = requireOwnBot(record, actor, name);
  return { ...record, bots: record.bots.filter((bot) => bot !== gone) };
}

function replaceBot(record: LobbyRecord, changed: Bot): LobbyRecord {
  return { ...record, bots: record.bots.map((bot) => (bot.name === changed.name ? changed : bot)) };
}

function requireOwnBot(record: LobbyRecord, actor: Actor, name: string): Bot {
  requirePresent(record, actor);
  const bot = record.bots.find((present) => present.name === name);
  if (!bot) throw new LobbyRefused('NoSuchBot', `There is no bot called ${name}`);
  if (bot.owner !== actor.userId && actor.userId !== record.founder && !actor.moderator) {
    throw new LobbyRefused('NotAllowed', 'Only its owner, the host or a moderator may do that');
  }
  return bot;
}

export function requireMember(record: LobbyRecord, actor: { userId: number; session: string }): Member {
  const member = memberOf(record, actor.userId);
  if (!member || member.session !== actor.session) throw new LobbyRefused('NotInBattle', 'You are not in this battle');
  return member;
}

function requirePresent(record: LobbyRecord, actor: Actor): void {
  if (!actor.moderator) requireMember(record, actor);
}

function requireNamed(record: LobbyRecord, name: string): Member {
  const member = memberNamed(record, name);
  if (!member) throw new LobbyRefused('NoSuchMember', `${name} is not in this battle`);
  return member;
}

/** The founder's present session, or a moderator. */
export function requireHost(record: LobbyRecord, actor: Actor): void {
  if (!actor.moderator) requireFounder(record, actor);
}

export function requireFounder(record: LobbyRecord, actor: { userId: number; session: string }): void {
  const founder = memberOf(record, record.founder);
  if (actor.userId !== record.founder || founder?.session !== actor.session) {
    throw new LobbyRefused('NotAllowed', 'Only the host may do that');
  }
}
