/**
 * The difference between a lobby as clients believe it and as it should be shown, as events: departures (what must be
 * said before users go) and arrivals (what can be said once users are there). Pure, but for the state that each
 * event's receiver applies before the next is asked for.
 */
import type { Bot, LobbyRecord, Member } from '../battles/record.ts';
import type { Actual } from './actual.ts';
import type {
  BattleBot,
  BattleMember,
  BattleSummary,
  RosterEvent,
  StartRect,
  Tag,
  User,
  VisibleBattle,
} from './events.ts';

/** Bots and members who go, or the closing. */
export function* battleDepartures(
  actual: Actual,
  shown: VisibleBattle | undefined,
  lobbyId: number,
): Generator<RosterEvent> {
  if (!shown) return;
  const record = actual.shownRecord(lobbyId);
  const founder = record && actual.user(record.founder);
  const stays = record !== undefined && isSameStay(shown.members.get(record.founder), founderOf(record), founder);
  if (!stays) {
    yield { kind: 'battle-closed', lobbyId, founder: shown.summary.founder };
    return;
  }
  const wanted = new Map(actual.shownMembers(record).map((member) => [member.userId, member]));
  const leaving = [...shown.members.values()].filter(
    (member) => !isSameStay(member, wanted.get(member.user.userId), actual.user(member.user.userId)),
  );
  const owners = new Set(leaving.map((member) => member.user.userId));
  const bots = new Map(record.bots.map((bot) => [bot.name, bot]));
  for (const bot of [...shown.bots.values()]) {
    if (owners.has(bot.owner.userId) || !isSameBot(bot, bots.get(bot.name)))
      yield { kind: 'bot-removed', lobbyId, bot };
  }
  for (const member of leaving) {
    yield { kind: 'member-left', lobbyId, user: member.user, forced: wasKicked(record, member) };
  }
}

/** Members and bots who come, and everything that changed about a lobby that is shown. */
export function* battleArrivals(actual: Actual, shown: VisibleBattle | undefined): Generator<RosterEvent> {
  if (!shown) return;
  const { lobbyId } = shown.summary;
  const record = actual.shownRecord(lobbyId);
  if (!record) return;
  yield* summaryChanges(actual, shown, record);
  for (const member of actual.shownMembers(record)) yield* memberChanges(actual, shown, member);
  for (const bot of record.bots) yield* botChanges(shown, bot);
  yield* tagChanges(shown, record.tags);
  yield* rectChanges(shown, record.rects);
  yield* unitChanges(shown, record.disabledUnits);
}

/** A lobby's public face and its first member. Undefined when the founder is not logged in. */
export function summarise(
  actual: Actual,
  record: LobbyRecord,
): { battle: BattleSummary; host: BattleMember } | undefined {
  const founder = actual.user(record.founder);
  const member = founderOf(record);
  if (!founder || !member) return undefined;
  return { battle: summaryOf(record, founder), host: toMember(member, founder) };
}

function summaryOf(record: LobbyRecord, founder: User): BattleSummary {
  return Object.freeze({
    lobbyId: record.lobbyId,
    founder,
    type: record.type,
    nat: record.nat,
    ip: record.ip,
    port: record.port,
    maxPlayers: record.maxPlayers,
    passworded: record.password !== '',
    rank: record.rank,
    gameHash: record.gameHash,
    mapHash: record.mapHash,
    engineName: record.engineName,
    engineVersion: record.engineVersion,
    mapName: record.mapName,
    title: record.title,
    gameName: record.gameName,
    spectators: record.spectators,
    locked: record.locked,
  });
}

function* summaryChanges(actual: Actual, shown: VisibleBattle, record: LobbyRecord): Generator<RosterEvent> {
  const { summary } = shown;
  const battle = summaryOf(record, actual.user(record.founder) ?? summary.founder);
  const { lobbyId } = summary;
  if (battle.title !== summary.title) yield { kind: 'battle-title', lobbyId, battle };
  const same =
    battle.spectators === summary.spectators &&
    battle.locked === summary.locked &&
    battle.mapHash === summary.mapHash &&
    battle.mapName === summary.mapName;
  if (!same) yield { kind: 'battle-info', lobbyId, battle };
}

function* memberChanges(actual: Actual, shown: VisibleBattle, member: Member): Generator<RosterEvent> {
  const user = actual.user(member.userId);
  const present = shown.members.get(member.userId);
  const { lobbyId } = shown.summary;
  if (!present && user) yield { kind: 'member-joined', lobbyId, member: toMember(member, user) };
  else if (present && (present.status !== member.status || present.colour !== member.colour)) {
    yield { kind: 'member-status', lobbyId, member: toMember(member, present.user) };
  }
}

function* botChanges(shown: VisibleBattle, bot: Bot): Generator<RosterEvent> {
  const owner = shown.members.get(bot.owner)?.user;
  const present = shown.bots.get(bot.name);
  const { lobbyId } = shown.summary;
  if (!owner) return;
  const { name, status, colour, ai } = bot;
  const wanted: BattleBot = Object.freeze({ name, owner, status, colour, ai });
  if (!present) yield { kind: 'bot-added', lobbyId, bot: wanted };
  else if (present.status !== status || present.colour !== colour) yield { kind: 'bot-updated', lobbyId, bot: wanted };
}

function* tagChanges(shown: VisibleBattle, wanted: readonly Tag[]): Generator<RosterEvent> {
  if (shown.tags === wanted) return;
  const { lobbyId } = shown.summary;
  const present = new Map(shown.tags.map((tag) => [tag.key, tag.value]));
  const kept = new Set(wanted.map((tag) => tag.key));
  const keys = shown.tags.map((tag) => tag.key).filter((key) => !kept.has(key));
  if (keys.length > 0) yield { kind: 'tags-removed', lobbyId, keys };
  const tags = wanted.filter((tag) => present.get(tag.key) !== tag.value);
  if (tags.length > 0) yield { kind: 'tags-set', lobbyId, tags };
}

function* rectChanges(shown: VisibleBattle, wanted: readonly StartRect[]): Generator<RosterEvent> {
  const { lobbyId } = shown.summary;
  const before = shown.rects;
  for (const rect of before) {
    if (!wanted.some((other) => isSameRect(rect, other))) yield { kind: 'rect-removed', lobbyId, team: rect.team };
  }
  for (const rect of wanted) {
    if (!before.some((other) => isSameRect(rect, other))) yield { kind: 'rect-added', lobbyId, rect };
  }
}

function* unitChanges(shown: VisibleBattle, wanted: readonly string[]): Generator<RosterEvent> {
  const { lobbyId } = shown.summary;
  const before = shown.disabledUnits;
  const enabled = before.filter((unit) => !wanted.includes(unit));
  if (enabled.length > 0 && wanted.length === 0) yield { kind: 'units-all-enabled', lobbyId };
  else if (enabled.length > 0) yield { kind: 'units-enabled', lobbyId, units: enabled };
  const units = wanted.filter((unit) => !before.includes(unit));
  if (units.length > 0) yield { kind: 'units-disabled', lobbyId, units };
}

function toMember(member: Member, user: User): BattleMember {
  const { turn, status, colour, scriptPassword } = member;
  return Object.freeze({ user, turn, status, colour, scriptPassword });
}

function founderOf(record: LobbyRecord): Member | undefined {
  return record.members.find((member) => member.userId === record.founder);
}

function isSameStay(shown: BattleMember | undefined, member: Member | undefined, user: User | undefined): boolean {
  if (!shown || !member || !user) return false;
  return shown.user.session === member.session && member.session === user.session && shown.turn === member.turn;
}

function isSameBot(shown: BattleBot, bot: Bot | undefined): boolean {
  return bot !== undefined && bot.owner === shown.owner.userId && bot.ai === shown.ai;
}

function isSameRect(a: StartRect, b: StartRect): boolean {
  return a.team === b.team && a.left === b.left && a.top === b.top && a.right === b.right && a.bottom === b.bottom;
}

function wasKicked(record: LobbyRecord, member: BattleMember): boolean {
  return record.kicks.some((kick) => kick.session === member.user.session && kick.turn === member.turn);
}
