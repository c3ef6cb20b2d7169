/**
 * A lobby in memory, for tests of the gateway alone: the door's types with the simplest rules behind them, no cluster,
 * no consul, no store. What a real lobby promises about order holds here too: effects arrive as events before a request
 * resolves, and never inside a call.
 */

import type {
  AccountHint,
  BattleEvent,
  BattleMember,
  BattleSummary,
  InboxMessage,
  Infolog,
  Lobby,
  LoginRequest,
  OpenBattleRequest,
  PublicEvent,
  RegisterRequest,
  RoomEvent,
  RosterEvent,
  RosterReader,
  Session,
  SessionEnd,
  SessionSink,
  StartRect,
  Tag,
  Teller,
  User,
} from '../../src/lobby/index.ts';
import { LobbyRefused } from '../../src/lobby/refusal.ts';
import type { Standing } from '../../src/services/index.ts';
import { MemoryMatchmaking } from './memory-matchmaking.ts';
import { MemoryParty } from './memory-party.ts';
import { MemoryPeople } from './memory-people.ts';

interface Battle {
  summary: BattleSummary;
  members: Map<number, BattleMember>;
  bots: Map<string, Extract<BattleEvent, { kind: 'bot-added' }>['bot']>;
  tags: Tag[];
  rects: StartRect[];
  disabledUnits: string[];
}

interface Room {
  name: string;
  topic: string;
  author: string;
  members: Map<number, User>;
}

export class MemoryLobby implements Lobby {
  readonly accounts = new Map<string, { userId: number; passwordHash: string }>();
  readonly online = new Map<number, MemorySession>();
  readonly battleMap = new Map<number, Battle>();
  readonly roomMap = new Map<string, Room>();
  readonly moderators = new Set<string>();
  /** What hosts told about their settings. */
  readonly hostUpdates: Readonly<Record<string, unknown>>[] = [];
  readonly bots = new Set<string>();
  readonly secrets = new Map<string, string>();
  readonly roster: RosterReader;
  /** Runs before each request does its work; a test that wants a slow or failing lobby replaces it. */
  before: (what: string) => Promise<void> = () => Promise.resolve();
  #standing: Standing = 'primary';
  readonly #watchers = new Set<(standing: Standing) => void>();
  #ids = 0;
  #battleIds = 0;

  constructor() {
    this.roster = {
      users: () => [...this.online.values()].map((session) => session.user()).values(),
      user: (id) => this.online.get(id)?.user(),
      userNamed: (name) => [...this.online.values()].find((session) => session.user().name === name)?.user(),
      battles: () => [...this.battleMap.values()].values(),
      battle: (id) => this.battleMap.get(id),
      battleOf: (userId) => [...this.battleMap.values()].find((battle) => battle.members.has(userId)),
      rooms: () => [...this.roomMap.values()].values(),
      room: (name) => this.roomMap.get(name),
    };
  }

  get sessions(): number {
    return this.online.size;
  }

  standing(): Standing {
    return this.#standing;
  }

  onStanding(changed: (standing: Standing) => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  /** As when its node loses touch with the others, or finds them again. */
  become(standing: Standing): void {
    this.#standing = standing;
    for (const changed of [...this.#watchers]) changed(standing);
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  rooms() {
    return [...this.roomMap.values()].map(({ name, topic, members }) => ({ name, topic, members: members.size }));
  }

  async setRoles(): Promise<void> {}

  /** What clients told of themselves. */
  readonly told: unknown[] = [];

  logEvent(teller: Teller, type: string, value: string): boolean {
    this.told.push({ ...teller, type, value });
    return true;
  }

  setProperty(teller: Teller, name: string, value: string): boolean {
    this.told.push({ ...teller, name, value });
    return true;
  }

  async keepInfolog(teller: Teller, { type, metadata, contents }: Infolog): Promise<number> {
    await this.before('keepInfolog');
    this.told.push({ ...teller, type, metadata, bytes: contents.length });
    return this.told.length;
  }

  async issueToken(hint: AccountHint, passwordHash: string): Promise<string> {
    const name = 'name' in hint ? hint.name : hint.email.split('@')[0]!;
    if (this.accounts.get(name)?.passwordHash !== passwordHash) refuse('WrongPassword', 'wrong password');
    return `token of ${name}`;
  }

  async secret(name: string, make: () => Promise<string>): Promise<string> {
    const secret = this.secrets.get(name) ?? (await make());
    this.secrets.set(name, secret);
    return secret;
  }
  /** What a new user has to agree to, with the code 1234. */
  agreement: readonly string[] = [];
  /** What every battle begins with. */
  firstTags: Tag[] = [];
  readonly people = new MemoryPeople((userId) => this.online.get(userId));

  async register({ name, passwordHash }: RegisterRequest): Promise<void> {
    await this.before('register');
    if (this.accounts.has(name)) refuse('NameTaken', `the name ${name} is taken`);
    this.accounts.set(name, { userId: ++this.#ids, passwordHash });
    this.people.add(name, this.#ids);
  }

  async login(given: LoginRequest): Promise<Session> {
    await this.before('login');
    const name = given.token?.replace('token of ', '') ?? given.name;
    const account = this.accounts.get(name) ?? refuse('NoSuchUser', 'no such user');
    const request = { ...given, name, passwordHash: given.token ? account.passwordHash : given.passwordHash };
    if (account.passwordHash !== request.passwordHash) refuse('WrongPassword', 'wrong password');
    if (this.agreement.length > 0) {
      if (request.agreementCode === undefined) refuse('AgreementNeeded', 'agree first');
      if (request.agreementCode !== '1234') refuse('WrongCode', 'Incorrect code');
    }
    this.online.get(account.userId)?.finish('replaced');
    const bot = this.bots.has(request.name);
    const moderator = this.moderators.has(request.name);
    const session = new MemorySession(this, request, {
      userId: account.userId,
      springId: account.userId,
      session: `s${++this.#ids}`,
      name: request.name,
      country: '??',
      client: request.client,
      status: (moderator ? 32 : 0) | (bot ? 64 : 0),
      moderator,
      bot,
    });
    this.online.set(account.userId, session);
    this.tellAll({ kind: 'user-added', user: session.user() });
    return session;
  }

  nextBattleId(): number {
    return ++this.#battleIds;
  }

  tellAll(event: PublicEvent): void {
    for (const session of [...this.online.values()]) session.tell(event);
  }

  tellBattle(battle: Battle, event: BattleEvent): void {
    for (const userId of battle.members.keys()) this.online.get(userId)?.tell(event);
  }

  tellRoom(room: Room, event: RoomEvent): void {
    for (const userId of room.members.keys()) this.online.get(userId)?.tell(event);
  }
}

class MemorySession implements Session {
  readonly id: string;
  readonly rooms: Session['rooms'];
  readonly battle: Session['battle'];
  readonly people: Session['people'];
  readonly account: Session['account'];
  readonly matchmaking: MemoryMatchmaking;
  readonly party: MemoryParty;
  readonly #lobby: MemoryLobby;
  readonly #request: LoginRequest;
  #user: User;
  #sink: SessionSink | undefined;
  #over = false;
  readonly #waiting = new Map<string, (answer: { allow: true } | { allow: false; reason: string }) => void>();

  constructor(lobby: MemoryLobby, request: LoginRequest, user: User) {
    this.#lobby = lobby;
    this.#request = request;
    this.#user = user;
    this.id = user.session;
    this.rooms = this.#makeRooms();
    this.battle = this.#makeBattle();
    this.people = lobby.people.of(user.userId);
    this.account = this.#makeAccount();
    this.party = new MemoryParty(user.name);
    this.matchmaking = new MemoryMatchmaking((what) => lobby.before(what));
  }

  user(): User {
    return this.#user;
  }

  begin(sink: SessionSink): RosterReader {
    this.#sink = sink;
    return this.#lobby.roster;
  }

  tell(event: RosterEvent): void {
    this.#sink?.event(event);
  }

  tellAlone(message: InboxMessage): void {
    this.#sink?.inbox(message);
  }

  async setStatus(status: number): Promise<void> {
    await this.#lobby.before('setStatus');
    this.#user = { ...this.#user, status: (this.#user.status & ~3) | (status & 3) };
    this.#lobby.tellAll({ kind: 'user-status', user: this.#user });
  }

  async sayPrivate(name: string, text: string, { emote = false } = {}): Promise<void> {
    await this.#lobby.before('sayPrivate');
    this.#find(name).tellAlone({ kind: 'private-message', from: this.#user, text, emote });
  }

  async ring(name: string): Promise<void> {
    await this.#lobby.before('ring');
    this.#find(name).tellAlone({ kind: 'ring', from: this.#user });
  }

  drop(): Promise<void> {
    return this.end();
  }

  tellPeople: NonNullable<SessionSink['people']> = (list, names) => this.#sink?.people?.(list, names);

  async report({ name, reason }: { name: string; reason: string }): Promise<void> {
    if (reason === '') refuse('BadValue', 'a report needs a reason');
    if (!this.#lobby.accounts.has(name)) refuse('NoSuchUser', 'no such user');
  }

  async trace(name: string) {
    if (!this.#user.moderator) refuse('NotAllowed', 'only moderators may');
    const { userId } = this.#lobby.accounts.get(name) ?? refuse('NoSuchUser', 'no such user');
    const online = this.#lobby.online.get(userId);
    return { name, springId: userId, lobbyHash: '77', ip: online ? online.#request.ip : null };
  }

  #makeAccount(): Session['account'] {
    const { accounts, people } = this.#lobby;
    const account = accounts.get(this.#user.name)!;
    return {
      info: async () => ({ registeredAt: Date.UTC(2026, 0, 2, 3, 4, 5), email: null, hoursInGame: 17 }),
      changePassword: async (oldHash, newHash) => {
        if (account.passwordHash !== oldHash) refuse('WrongPassword', 'wrong password');
        account.passwordHash = newHash;
      },
      changeEmail: async (email) => {
        if (!email.includes('@')) refuse('BadEmail', 'no email address');
      },
      rename: async (name) => {
        if (accounts.has(name)) refuse('NameTaken', `the name ${name} is taken`);
        accounts.delete(this.#user.name);
        accounts.set(name, account);
        people.add(name, account.userId);
        this.finish('renamed');
      },
    };
  }

  /** How it was ended last. */
  endedFor: string | undefined;

  async end(why?: 'flood'): Promise<void> {
    this.endedFor = why;
    await this.#lobby.before('end');
    this.#sink = undefined;
    this.finish('left');
  }

  /** As when the server moves the user to another battle: nobody asked. */
  moveTo(lobbyId: number): void {
    this.#leaveBattle(false);
    const member = { user: this.#user, turn: 2, status: 0, colour: 0, scriptPassword: '' };
    this.#lobby.battleMap.get(lobbyId)!.members.set(this.#user.userId, member);
    this.#lobby.tellAll({ kind: 'member-joined', lobbyId, member });
  }

  finish(reason: SessionEnd): void {
    if (this.#over) return;
    this.#over = true;
    const sink = this.#sink;
    this.#sink = undefined;
    this.#leaveBattle(false);
    for (const room of this.#lobby.roomMap.values()) this.#leaveRoom(room);
    this.#lobby.online.delete(this.#user.userId);
    this.#lobby.tellAll({ kind: 'user-removed', user: this.#user });
    sink?.ended(reason);
  }

  #find(name: string): MemorySession {
    const user = this.#lobby.roster.userNamed(name) ?? refuse('NotOnline', `${name} is not online`);
    return this.#lobby.online.get(user.userId)!;
  }

  #own(): Battle {
    return (this.#lobby.roster.battleOf(this.#user.userId) as Battle | undefined) ?? refuse('NotInBattle', 'no battle');
  }

  #hosted(): Battle {
    const battle = this.#own();
    if (battle.summary.founder.userId !== this.#user.userId) refuse('NotAllowed', 'only the host may');
    return battle;
  }

  #leaveRoom(room: Room): boolean {
    if (!room.members.has(this.#user.userId)) return false;
    this.#lobby.tellRoom(room, { kind: 'room-left', room: room.name, user: this.#user, reason: '' });
    return room.members.delete(this.#user.userId);
  }

  #leaveBattle(forced: boolean): boolean {
    const battle = this.#lobby.roster.battleOf(this.#user.userId) as Battle | undefined;
    if (!battle) return false;
    const { lobbyId, founder } = battle.summary;
    if (founder.userId === this.#user.userId) {
      this.#lobby.battleMap.delete(lobbyId);
      this.#lobby.tellAll({ kind: 'battle-closed', lobbyId, founder });
      return true;
    }
    for (const bot of [...battle.bots.values()].filter(({ owner }) => owner.userId === this.#user.userId)) {
      battle.bots.delete(bot.name);
      this.#lobby.tellBattle(battle, { kind: 'bot-removed', lobbyId, bot });
    }
    battle.members.delete(this.#user.userId);
    this.#lobby.tellAll({ kind: 'member-left', lobbyId, user: this.#user, forced });
    return true;
  }

  #makeRooms(): Session['rooms'] {
    const lobby = this.#lobby;
    const joined = (): string[] =>
      [...lobby.roomMap.values()].filter((room) => room.members.has(this.#user.userId)).map((room) => room.name);
    return {
      joined,
      join: async (name) => {
        await lobby.before('join');
        if (!/^\w{1,20}$/.test(name)) refuse('BadRoomName', 'a channel name is up to 20 letters, digits and _');
        const room = lobby.roomMap.get(name) ?? { name, topic: '', author: this.#user.name, members: new Map() };
        lobby.roomMap.set(name, room);
        if (room.members.has(this.#user.userId)) return 'already';
        room.members.set(this.#user.userId, this.#user);
        lobby.tellRoom(room, { kind: 'room-joined', room: name, user: this.#user });
        return 'joined';
      },
      leave: async (name) => {
        await lobby.before('leave');
        const room = lobby.roomMap.get(name);
        return room ? this.#leaveRoom(room) : false;
      },
      say: async (name, text, { emote = false, tag } = {}) => {
        await lobby.before('say');
        if (!joined().includes(name)) refuse('NotInRoom', `you are not in ${name}`);
        const room = lobby.roomMap.get(name)!;
        lobby.tellRoom(room, { kind: 'room-said', room: name, user: this.#user, text, emote, tag: tag ?? null });
      },
    };
  }

  #makeBattle(): Session['battle'] {
    const lobby = this.#lobby;
    /** Changes the battle this user hosts, then tells its members. */
    const asHost = async (make: (battle: Battle, lobbyId: number) => BattleEvent): Promise<void> => {
      await lobby.before('battle');
      const battle = this.#hosted();
      lobby.tellBattle(battle, make(battle, battle.summary.lobbyId));
    };
    const announce = async (kind: 'battle-info' | 'battle-title', change: Partial<BattleSummary>): Promise<void> => {
      await lobby.before('battle');
      const battle = this.#hosted();
      battle.summary = { ...battle.summary, ...change };
      lobby.tellAll({ kind, lobbyId: battle.summary.lobbyId, battle: battle.summary });
    };
    const setMember = (battle: Battle, member: BattleMember): void => {
      battle.members.set(member.user.userId, member);
      lobby.tellBattle(battle, { kind: 'member-status', lobbyId: battle.summary.lobbyId, member });
    };
    return {
      id: () => lobby.roster.battleOf(this.#user.userId)?.summary.lobbyId,
      open: (request) => this.#open(request),
      join: async (lobbyId, { password = '', scriptPassword = '' } = {}) => {
        await lobby.before('joinBattle');
        const battle = lobby.battleMap.get(lobbyId) ?? refuse('NoSuchBattle', 'there is no such battle');
        if (lobby.roster.battleOf(this.#user.userId)) refuse('InBattleAlready', 'you are in a battle already');
        if (battle.summary.passworded && password !== 'sesame') refuse('BattlePassword', 'wrong password');
        const host = lobby.online.get(battle.summary.founder.userId)!;
        if (host.#request.flags?.includes('b')) {
          const answer = await new Promise<{ allow: true } | { allow: false; reason: string }>((resolve) => {
            host.#waiting.set(this.#user.name, resolve);
            host.tellAlone({ kind: 'join-request', user: this.#user, ip: this.#request.ip });
          });
          if (!answer.allow) refuse('HostRefused', answer.reason);
        }
        const member = { user: this.#user, turn: 1, status: 0, colour: 0, scriptPassword };
        battle.members.set(this.#user.userId, member);
        lobby.tellAll({ kind: 'member-joined', lobbyId, member });
      },
      answerJoin: async (name, answer) => {
        const resolve = this.#waiting.get(name);
        this.#waiting.delete(name);
        resolve?.(answer);
        return resolve !== undefined;
      },
      leave: async () => {
        await lobby.before('leaveBattle');
        return this.#leaveBattle(false);
      },
      setStatus: async (status, colour) => {
        await lobby.before('battleStatus');
        const battle = this.#own();
        setMember(battle, { ...battle.members.get(this.#user.userId)!, status, colour });
      },
      say: async (text, { emote = false, tag } = {}) => {
        await lobby.before('sayBattle');
        const battle = this.#own();
        const { lobbyId } = battle.summary;
        lobby.tellBattle(battle, { kind: 'battle-said', lobbyId, user: this.#user, text, emote, tag: tag ?? null });
      },
      sayPrivate: async (name, text) => {
        this.#hosted();
        this.#find(name).tellAlone({ kind: 'battle-private', from: this.#user, text });
      },
      updateInfo: (info) => announce('battle-info', info),
      setTitle: (title) => announce('battle-title', { title }),
      updateHost: async (data) => {
        this.#hosted();
        lobby.hostUpdates.push(data);
      },
      setTags: (tags) =>
        asHost((battle, lobbyId) => {
          battle.tags.push(...tags);
          return { kind: 'tags-set', lobbyId, tags };
        }),
      removeTags: (keys) =>
        asHost((battle, lobbyId) => {
          battle.tags = battle.tags.filter(({ key }) => !keys.includes(key));
          return { kind: 'tags-removed', lobbyId, keys };
        }),
      addRect: (rect) =>
        asHost((battle, lobbyId) => {
          battle.rects.push(rect);
          return { kind: 'rect-added', lobbyId, rect };
        }),
      removeRect: (team) =>
        asHost((battle, lobbyId) => {
          battle.rects = battle.rects.filter((rect) => rect.team !== team);
          return { kind: 'rect-removed', lobbyId, team };
        }),
      disableUnits: (units) =>
        asHost((battle, lobbyId) => {
          battle.disabledUnits.push(...units);
          return { kind: 'units-disabled', lobbyId, units };
        }),
      enableUnits: (units) => asHost((_battle, lobbyId) => ({ kind: 'units-enabled', lobbyId, units })),
      enableAllUnits: () => asHost((_battle, lobbyId) => ({ kind: 'units-all-enabled', lobbyId })),
      addBot: async (request) => {
        await lobby.before('addBot');
        const battle = this.#own();
        if (battle.bots.has(request.name)) refuse('BotExists', `there is a bot ${request.name} already`);
        const bot = { ...request, owner: this.#user };
        battle.bots.set(bot.name, bot);
        lobby.tellBattle(battle, { kind: 'bot-added', lobbyId: battle.summary.lobbyId, bot });
      },
      updateBot: (name, status, colour) =>
        asHost((battle, lobbyId) => {
          const bot = { ...(battle.bots.get(name) ?? refuse('NoSuchBot', 'no such bot')), status, colour };
          battle.bots.set(name, bot);
          return { kind: 'bot-updated', lobbyId, bot };
        }),
      removeBot: (name) =>
        asHost((battle, lobbyId) => {
          const bot = battle.bots.get(name) ?? refuse('NoSuchBot', 'no such bot');
          battle.bots.delete(name);
          return { kind: 'bot-removed', lobbyId, bot };
        }),
      force: async (name, change) => {
        await lobby.before('force');
        const battle = this.#hosted();
        const member = battle.members.get(this.#find(name).user().userId) ?? refuse('NoSuchMember', 'not in here');
        setMember(battle, 'colour' in change ? { ...member, colour: change.colour } : { ...member, status: 4 });
      },
      kick: async (name) => {
        await lobby.before('kick');
        this.#hosted();
        this.#find(name).#leaveBattle(true);
      },
    };
  }

  async #open({ password, ...request }: OpenBattleRequest): Promise<number> {
    await this.#lobby.before('open');
    if (this.#lobby.roster.battleOf(this.#user.userId)) refuse('InBattleAlready', 'you are in a battle already');
    const lobbyId = this.#lobby.nextBattleId();
    const passworded = password !== '*' && password !== '';
    const place = { lobbyId, founder: this.#user, ip: this.#request.ip, passworded, spectators: 0, locked: false };
    const summary: BattleSummary = { ...request, ...place };
    const host = { user: this.#user, turn: 1, status: 0, colour: 0, scriptPassword: '' };
    const members = new Map([[this.#user.userId, host]]);
    const tags = [...this.#lobby.firstTags];
    this.#lobby.battleMap.set(lobbyId, { summary, members, bots: new Map(), tags, rects: [], disabledUnits: [] });
    this.#lobby.tellAll({ kind: 'battle-opened', lobbyId, battle: summary, host, tags });
    return lobbyId;
  }
}

function refuse(reason: ConstructorParameters<typeof LobbyRefused>[0], message: string): never {
  throw new LobbyRefused(reason, message);
}
