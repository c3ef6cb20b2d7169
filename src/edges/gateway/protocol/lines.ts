/**
 * The lines a server sends, each made from what it is about. Who gets a line, and when, is not decided here. No line
 * has its line end yet.
 */
import { hashText } from '../../../base/index.ts';
import type {
  BattleBot,
  BattleMember,
  BattleSummary,
  InboxMessage,
  PeopleList,
  RoomSummary,
  StartRect,
  Tag,
  User,
  VisibleRoom,
} from '../../../lobby/index.ts';
import { formatLine, joinSentences } from './grammar.ts';

/** Clients read the digits and the dot, and expect more than 0.36. */
const PROTOCOL_VERSION = '0.38-muster';
const NAT_UDP_PORT = 8201;

/** Lists are split over several lines of about this many characters. */
const LONG_LINE = 8_000;

/** One line, or as many as are needed, with `items` packed behind `head`. None for no items. */
function packed(head: string, items: readonly string[], separator: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const item of items) {
    if (line !== '' && line.length + separator.length + item.length > LONG_LINE) {
      lines.push(formatLine(head, line));
      line = '';
    }
    line += line === '' ? item : separator + item;
  }
  if (line !== '') lines.push(formatLine(head, line));
  return lines;
}

export const greeting = (): string => formatLine('TASSERVER', PROTOCOL_VERSION, '*', NAT_UDP_PORT, 0);
/** Clients begin their handshake when they read it. */
export const START_TLS = 'OK cmd=STLS';
/** An extension's command was carried out; never without its name, which would mean `START_TLS`. */
export const ok = (what: string): string => formatLine('OK', `cmd=${what}`);
/** An extension's command was refused. */
export const no = (what: string, reason = ''): string =>
  formatLine('NO', reason === '' ? `cmd=${what}` : joinSentences([`cmd=${what}`, reason]));
export const serverMessage = (text: string): string => formatLine('SERVERMSG', text);
/** To every client of a node that stops. */
export const SHUTDOWN = 's.system.shutdown';
/** Why a client is thrown out. */
export const disconnect = (why: string): string => formatLine('s.system.disconnect', why);
/** The command was not understood, or not allowed now. */
export const commandFailed = (command: string, why: string): string => serverMessage(`${command} failed. ${why}`);
/** The command was understood and refused. */
export const refused = (command: string, reason: string): string =>
  formatLine('FAILED', joinSentences([`msg=${reason}`, `cmd=${command}`]));

export const addUser = (user: User): string =>
  formatLine('ADDUSER', user.name, user.country, user.springId, user.client);
export const removeUser = (user: User): string => formatLine('REMOVEUSER', user.name);
export const clientStatus = (user: User): string => formatLine('CLIENTSTATUS', user.name, user.status);

/** A host may name his map's hash by any word; clients give up the server when they are told one that is no whole number. */
const mapHash = ({ mapHash: word }: BattleSummary): string =>
  /^-?\d{1,10}$/.test(word) ? word : `${hashText(word) | 0}`;

export function battleOpened(battle: BattleSummary): string {
  const sentences = [battle.engineName, battle.engineVersion, battle.mapName, battle.title, battle.gameName];
  return formatLine(
    'BATTLEOPENED',
    battle.lobbyId,
    battle.type,
    battle.nat,
    battle.founder.name,
    battle.ip,
    battle.port,
    battle.maxPlayers,
    battle.passworded ? 1 : 0,
    battle.rank,
    mapHash(battle),
    joinSentences(sentences),
  );
}

export const battleInfo = (battle: BattleSummary): string =>
  formatLine(
    'UPDATEBATTLEINFO',
    battle.lobbyId,
    battle.spectators,
    battle.locked ? 1 : 0,
    mapHash(battle),
    battle.mapName,
  );
export const battleClosed = (lobbyId: number): string => formatLine('BATTLECLOSED', lobbyId);
export const battleTitle = (battle: BattleSummary): string =>
  formatLine('s.battle.update_lobby_title', joinSentences([battle.lobbyId, battle.title]));
export const battleIds = (ids: readonly number[]): string => formatLine('s.battles.id_list', joinSentences(ids));

export const joinedBattle = (lobbyId: number, user: User): string => formatLine('JOINEDBATTLE', lobbyId, user.name);
/** For the member himself and the host. */
export const joinedBattleWithPassword = (lobbyId: number, { user, scriptPassword }: BattleMember): string =>
  scriptPassword === '' ? joinedBattle(lobbyId, user) : formatLine('JOINEDBATTLE', lobbyId, user.name, scriptPassword);
export const leftBattle = (lobbyId: number, user: User): string => formatLine('LEFTBATTLE', lobbyId, user.name);

export const openBattle = (lobbyId: number): string => formatLine('OPENBATTLE', lobbyId);
export const joinBattle = (battle: BattleSummary): string => formatLine('JOINBATTLE', battle.lobbyId, battle.gameHash);
export const REQUEST_BATTLE_STATUS = 'REQUESTBATTLESTATUS';
export const FORCE_QUIT_BATTLE = 'FORCEQUITBATTLE';

export const battleStatus = ({ user, status, colour }: BattleMember): string =>
  formatLine('CLIENTBATTLESTATUS', user.name, status, colour);
export const addBot = (lobbyId: number, bot: BattleBot): string =>
  formatLine('ADDBOT', lobbyId, bot.name, bot.owner.name, bot.status, bot.colour, bot.ai);
export const updateBot = (lobbyId: number, bot: BattleBot): string =>
  formatLine('UPDATEBOT', lobbyId, bot.name, bot.status, bot.colour);
export const removeBot = (lobbyId: number, bot: BattleBot): string => formatLine('REMOVEBOT', lobbyId, bot.name);
export const setTags = (tags: readonly Tag[]): string[] =>
  packed(
    'SETSCRIPTTAGS',
    tags.map(({ key, value }) => `${key}=${value}`.replaceAll('\t', ' ')),
    '\t',
  );
export const removeTags = (keys: readonly string[]): string[] => packed('REMOVESCRIPTTAGS', keys, ' ');
export const addRect = (rect: StartRect): string =>
  formatLine('ADDSTARTRECT', rect.team, rect.left, rect.top, rect.right, rect.bottom);
export const removeRect = (team: number): string => formatLine('REMOVESTARTRECT', team);
export const disableUnits = (units: readonly string[]): string[] => packed('DISABLEUNITS', units, ' ');
export const enableUnits = (units: readonly string[]): string[] => packed('ENABLEUNITS', units, ' ');
export const ENABLE_ALL_UNITS = 'ENABLEALLUNITS';
export const saidBattle = (user: User, text: string, emote: boolean): string =>
  formatLine(emote ? 'SAIDBATTLEEX' : 'SAIDBATTLE', user.name, text);

export const joined = (room: string, user: User): string => formatLine('JOINED', room, user.name);
export const left = (room: string, user: User, reason = ''): string =>
  reason === '' ? formatLine('LEFT', room, user.name) : formatLine('LEFT', room, user.name, reason);
export const topic = (room: string, author: string, text: string): string =>
  formatLine('CHANNELTOPIC', room, author === '' ? '*' : author, text).trimEnd();
export const said = (room: string, user: User, text: string, emote: boolean): string =>
  formatLine(emote ? 'SAIDEX' : 'SAID', room, user.name, text);
export const channel = (room: RoomSummary): string =>
  formatLine('CHANNEL', room.name, room.members, room.topic).trimEnd();
/** What a joiner is told about the room, himself among its members. */
export const joinedRoom = (room: VisibleRoom, self: User): string[] => [
  formatLine('JOIN', room.name),
  joined(room.name, self),
  topic(room.name, room.author, room.topic),
  ...packed(
    `CLIENTS ${room.name}`,
    [...room.members.values()].map((user) => user.name),
    ' ',
  ),
];

type Inbox<K extends InboxMessage['kind']> = Extract<InboxMessage, { kind: K }>;
export const saidPrivate = ({ from, text, emote }: Inbox<'private-message'>): string =>
  formatLine(emote ? 'SAIDPRIVATEEX' : 'SAIDPRIVATE', from.name, text);
export const ring = ({ from }: Inbox<'ring'>): string => formatLine('RING', from.name);
export const battlePrivate = ({ from, text }: Inbox<'battle-private'>): string =>
  formatLine('SAIDBATTLEEX', from.name, text);
export const joinRequest = ({ user, ip }: Inbox<'join-request'>): string =>
  formatLine('JOINBATTLEREQUEST', user.name, ip);

const PEOPLE: Readonly<Record<PeopleList, string>> = {
  friends: 'FRIENDLIST',
  requests: 'FRIENDREQUESTLIST',
  ignored: 'IGNORELIST',
};
export const peopleList = (list: PeopleList, names: readonly string[]): string[] => [
  `${PEOPLE[list]}BEGIN`,
  ...names.map((name) => formatLine(PEOPLE[list], `userName=${name}`)),
  `${PEOPLE[list]}END`,
];

/** What a new user has to agree to. */
export const agreement = (text: readonly string[]): string[] => [
  ...text.map((line) => formatLine('AGREEMENT', line)),
  'AGREEMENTEND',
];
