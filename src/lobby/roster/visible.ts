/** What this node's clients believe: changed by applying events, nothing else. It makes no event itself. */
import { INTERNAL_USERS } from '../internal-users.ts';
import type {
  BattleBot,
  BattleMember,
  BattleSummary,
  RosterEvent,
  RosterReader,
  StartRect,
  Tag,
  User,
  VisibleBattle,
  VisibleRoom,
} from './events.ts';

interface Battle extends VisibleBattle {
  summary: BattleSummary;
  readonly members: Map<number, BattleMember>;
  readonly bots: Map<string, BattleBot>;
  tags: readonly Tag[];
  rects: readonly StartRect[];
  disabledUnits: readonly string[];
}

interface Room extends VisibleRoom {
  topic: string;
  author: string;
  readonly members: Map<number, User>;
}

type Kind = RosterEvent['kind'];
type Appliers = { [K in Kind]: (visible: Parts, event: Extract<RosterEvent, { kind: K }>) => void };

interface Parts {
  readonly users: Map<number, User>;
  readonly names: Map<string, User>;
  readonly battles: Map<number, Battle>;
  readonly battleOf: Map<number, number>;
  readonly rooms: Map<string, Room>;
}

export class Visible implements RosterReader {
  readonly #parts: Parts = {
    users: new Map(INTERNAL_USERS.map((user) => [user.userId, user])),
    names: new Map(INTERNAL_USERS.map((user) => [user.name, user])),
    battles: new Map(),
    battleOf: new Map(),
    rooms: new Map(),
  };

  apply(event: RosterEvent): void {
    (APPLIERS[event.kind] as (visible: Parts, event: RosterEvent) => void)(this.#parts, event);
  }

  users(): IterableIterator<User> {
    return this.#parts.users.values();
  }

  user(userId: number): User | undefined {
    return this.#parts.users.get(userId);
  }

  userNamed(name: string): User | undefined {
    return this.#parts.names.get(name);
  }

  battles(): IterableIterator<VisibleBattle> {
    return this.#parts.battles.values();
  }

  battle(lobbyId: number): VisibleBattle | undefined {
    return this.#parts.battles.get(lobbyId);
  }

  battleOf(userId: number): VisibleBattle | undefined {
    const lobbyId = this.#parts.battleOf.get(userId);
    return lobbyId === undefined ? undefined : this.#parts.battles.get(lobbyId);
  }

  rooms(): IterableIterator<VisibleRoom> {
    return this.#parts.rooms.values();
  }

  room(name: string): VisibleRoom | undefined {
    return this.#parts.rooms.get(name);
  }
}

const APPLIERS: Appliers = {
  'user-added': (visible, { user }) => {
    visible.users.set(user.userId, user);
    visible.names.set(user.name, user);
  },
  'user-removed': (visible, { user }) => {
    visible.users.delete(user.userId);
    visible.names.delete(user.name);
  },
  'user-status': (visible, { user }) => {
    visible.users.set(user.userId, user);
    visible.names.set(user.name, user);
  },
  'battle-opened': (visible, { lobbyId, battle, host, tags }) => {
    visible.battles.set(lobbyId, {
      summary: battle,
      members: new Map(),
      bots: new Map(),
      tags,
      rects: [],
      disabledUnits: [],
    });
    enter(visible, lobbyId, host);
  },
  'battle-closed': (visible, { lobbyId }) => {
    for (const userId of visible.battles.get(lobbyId)?.members.keys() ?? []) visible.battleOf.delete(userId);
    visible.battles.delete(lobbyId);
  },
  'battle-info': (visible, { lobbyId, battle }) => change(visible, lobbyId, { summary: battle }),
  'battle-title': (visible, { lobbyId, battle }) => change(visible, lobbyId, { summary: battle }),
  'member-joined': (visible, { lobbyId, member }) => enter(visible, lobbyId, member),
  'member-left': (visible, { lobbyId, user }) => {
    visible.battles.get(lobbyId)?.members.delete(user.userId);
    visible.battleOf.delete(user.userId);
  },
  'member-status': (visible, { lobbyId, member }) => enter(visible, lobbyId, member),
  'bot-added': (visible, { lobbyId, bot }) => visible.battles.get(lobbyId)?.bots.set(bot.name, bot),
  'bot-updated': (visible, { lobbyId, bot }) => visible.battles.get(lobbyId)?.bots.set(bot.name, bot),
  'bot-removed': (visible, { lobbyId, bot }) => visible.battles.get(lobbyId)?.bots.delete(bot.name),
  'tags-set': (visible, { lobbyId, tags }) => {
    const merged = new Map(visible.battles.get(lobbyId)?.tags.map((tag) => [tag.key, tag]));
    for (const tag of tags) merged.set(tag.key, tag);
    change(visible, lobbyId, { tags: [...merged.values()] });
  },
  'tags-removed': (visible, { lobbyId, keys }) =>
    change(visible, lobbyId, {
      tags: visible.battles.get(lobbyId)?.tags.filter((tag) => !keys.includes(tag.key)) ?? [],
    }),
  'rect-added': (visible, { lobbyId, rect }) =>
    change(visible, lobbyId, { rects: [...(visible.battles.get(lobbyId)?.rects ?? []), rect] }),
  'rect-removed': (visible, { lobbyId, team }) =>
    change(visible, lobbyId, { rects: visible.battles.get(lobbyId)?.rects.filter((rect) => rect.team !== team) ?? [] }),
  'units-disabled': (visible, { lobbyId, units }) =>
    change(visible, lobbyId, { disabledUnits: [...(visible.battles.get(lobbyId)?.disabledUnits ?? []), ...units] }),
  'units-enabled': (visible, { lobbyId, units }) => {
    const left = visible.battles.get(lobbyId)?.disabledUnits.filter((unit) => !units.includes(unit)) ?? [];
    change(visible, lobbyId, { disabledUnits: left });
  },
  'units-all-enabled': (visible, { lobbyId }) => change(visible, lobbyId, { disabledUnits: [] }),
  'battle-said': () => {},
  'room-joined': (visible, { room, user }) => roomNamed(visible, room).members.set(user.userId, user),
  'room-left': (visible, { room, user }) => visible.rooms.get(room)?.members.delete(user.userId),
  'room-topic': (visible, { room, topic, author }) => void Object.assign(roomNamed(visible, room), { topic, author }),
  'room-said': () => {},
};

function enter(visible: Parts, lobbyId: number, member: BattleMember): void {
  visible.battles.get(lobbyId)?.members.set(member.user.userId, member);
  visible.battleOf.set(member.user.userId, lobbyId);
}

function change(visible: Parts, lobbyId: number, fields: Partial<Battle>): void {
  const battle = visible.battles.get(lobbyId);
  if (battle) Object.assign(battle, fields);
}

function roomNamed(visible: Parts, name: string): Room {
  const known = visible.rooms.get(name);
  if (known) return known;
  const room: Room = { name, topic: '', author: '', members: new Map() };
  visible.rooms.set(name, room);
  return room;
}
