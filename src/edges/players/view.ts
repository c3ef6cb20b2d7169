/**
 * What one player has been told: who is online, which battles there are with whom in them, its channels and its own battle. It
 * is strict: each line must be one that a real client accepts, given the lines before it, or it throws `BrokenStream`. Pure:
 * lines in; no socket, no clock.
 */
import type { Names } from './names.ts';
import { broken, Words } from './words.ts';

/** How far a player has come; `guest` is greeted. */
export type Phase = 'connected' | 'guest' | 'logging in' | 'online';

/** What a player's owner hears of beside the state. Users are numbers of the view's `Names`. */
export interface Heard {
  /** Somebody said something in a channel; the player hears itself too. */
  said(channel: string, from: number, text: string): void;
  /** The server has refused something, or tells of a fault: the whole line. */
  refused(line: string): void;
}

export interface SeenBattle {
  readonly founder: number;
  /** In the order in which they came, the founder first. */
  readonly members: number[];
}

/** What is known only of the battle one is in. */
export interface OwnBattle {
  readonly id: number;
  /** Those of whom a status is known. */
  readonly statuses: Map<number, number>;
  /** Owners by bot. */
  readonly bots: Map<string, number>;
  /** Whether the player was asked for its status, the end of what a joiner is told. */
  asked: boolean;
}

const OFFLINE = 0;
const NO_BATTLE = -1;
const GROWTH = 1.25;

export class View {
  readonly names: Names;
  readonly heard: Heard;
  readonly words = new Words();
  phase: Phase = 'connected';
  /** It sent STLS: it may be told to begin TLS, after which it is greeted again. */
  asksForTls = false;
  /** An account was made on this connection. */
  registered = false;
  /** Its own number, once it is accepted. */
  self = -1;
  /** Users online, the player included. */
  users = 0;
  /** Places in battles, of all users. */
  places = 0;
  readonly battles = new Map<number, SeenBattle>();
  readonly channels = new Map<string, Set<number>>();
  battle: OwnBattle | undefined;
  /** Where each user is, by number: nowhere, in no battle, or the id of a battle. */
  #where = new Int32Array(0);

  constructor(names: Names, heard: Heard) {
    this.names = names;
    this.heard = heard;
  }

  /** Takes one line, without its LF. */
  receive(line: string): void {
    const { words } = this;
    const command = words.read(line);
    const handler = HANDLERS.get(command) ?? broken('an unknown command');
    if (!handler.phases.includes(this.phase)) broken(`not to be said to who is ${this.phase}`);
    handler.take(this, words, line);
    words.end();
  }

  isOnline(user: number): boolean {
    return (this.#where[user] ?? OFFLINE) !== OFFLINE;
  }

  /** The battle a user is in. */
  battleOf(user: number): number | undefined {
    const where = this.#where[user] ?? OFFLINE;
    return where > OFFLINE ? where : undefined;
  }

  addUser(name: string): void {
    const user = this.names.numberOf(name);
    if (this.isOnline(user)) broken(`${name} is online already`);
    this.#put(user, NO_BATTLE);
    this.users += 1;
  }

  removeUser(user: number): void {
    const battle = this.battleOf(user);
    if (battle !== undefined) broken(`${this.names.nameOf(user)} is still in battle ${battle}`);
    for (const [channel, members] of this.channels) {
      if (members.has(user)) broken(`${this.names.nameOf(user)} is still in channel ${channel}`);
    }
    this.#put(user, OFFLINE);
    this.users -= 1;
  }

  openBattle(id: number, founder: number): void {
    if (this.battles.has(id)) broken(`battle ${id} is open already`);
    this.#place(founder, id);
    this.battles.set(id, { founder, members: [founder] });
  }

  enterBattle(id: number, user: number): void {
    this.#place(user, id);
    this.battles.get(id)!.members.push(user);
  }

  leaveBattle(id: number, user: number): void {
    const { founder, members } = this.battles.get(id)!;
    const name = this.names.nameOf(user);
    if (this.battleOf(user) !== id) broken(`${name} is not in battle ${id}`);
    if (founder === user) broken(`${name} founded battle ${id}, which has to close instead`);
    this.#unplace(user);
    members.splice(members.indexOf(user), 1);
    if (user === this.self) this.battle = undefined;
  }

  closeBattle(id: number): void {
    for (const user of this.battles.get(id)!.members) this.#unplace(user);
    this.battles.delete(id);
    if (this.battle?.id === id) this.battle = undefined;
  }

  #place(user: number, id: number): void {
    const battle = this.battleOf(user);
    if (battle !== undefined) broken(`${this.names.nameOf(user)} is in battle ${battle} already`);
    this.#put(user, id);
    this.places += 1;
  }

  #unplace(user: number): void {
    this.#put(user, NO_BATTLE);
    this.places -= 1;
  }

  #put(user: number, where: number): void {
    if (user >= this.#where.length) {
      const larger = new Int32Array(Math.max(user + 1, this.names.size, Math.ceil(this.#where.length * GROWTH)));
      larger.set(this.#where);
      this.#where = larger;
    }
    this.#where[user] = where;
  }

  // What handlers read: the next words, as somebody or something that the player knows.

  user(): number {
    const name = this.words.word('user');
    const user = this.names.numberOf(name);
    return this.isOnline(user) ? user : broken(`${name} is not online`);
  }

  battleId(): number {
    const id = this.words.integer('battle');
    return this.battles.has(id) ? id : broken(`battle ${id} is not open`);
  }

  ownBattle(): OwnBattle {
    return this.battle ?? broken('the player is in no battle');
  }

  ownMember(): number {
    const { id } = this.ownBattle();
    const user = this.user();
    return this.battleOf(user) === id ? user : broken(`${this.names.nameOf(user)} is not in this battle`);
  }

  channel(): [name: string, members: Set<number>] {
    const name = this.words.word('channel');
    return [name, this.channels.get(name) ?? broken(`channel ${name} is not joined`)];
  }
}

interface Handler {
  readonly phases: readonly Phase[];
  /** Reads the words that follow the command. */
  readonly take: (view: View, words: Words, line: string) => void;
}

type Take = Handler['take'];

const GREETED: readonly Phase[] = ['guest', 'logging in', 'online'];
const TOLD: readonly Phase[] = ['logging in', 'online'];

const text: Take = (_view, words) => void words.text('text');
const refusal: Take = (view, words, line) => {
  words.text('reason');
  view.heard.refused(line);
};
const ofOwnBattle: Take = (view, words) => {
  view.ownBattle();
  words.text('what it is about');
};

const CONNECTION: Record<string, Take> = {
  PONG: (_view, words) => void words.rest(),
  COMPFLAGS: text,
  SERVERMSG: refusal,
  FAILED: refusal,
  /** Without what it is about, or about STLS, it makes a client begin TLS. */
  OK: (view, words) => {
    const what = words.text('command');
    if (what !== 'cmd=STLS' && what.startsWith('cmd=')) return;
    if (what !== 'cmd=STLS' || view.phase !== 'guest' || !view.asksForTls) broken('clients would begin TLS now');
    view.asksForTls = false;
    view.phase = 'connected';
  },
  's.user.user_token': (_view, words) => void words.sentences('account and token', 2),
  NO: refusal,
  's.system.disconnect': refusal,
  's.system.shutdown': (view, _words, line) => view.heard.refused(line),
};

const GUEST: Record<string, Take> = {
  REGISTRATIONACCEPTED: (view) => {
    view.registered = true;
  },
  REGISTRATIONDENIED: refusal,
  DENIED: refusal,
  ACCEPTED: (view, words) => {
    view.self = view.names.numberOf(words.word('name'));
    view.phase = 'logging in';
  },
};

const LOGIN: Record<string, Take> = {
  MOTD: text,
  LOGININFOEND: (view) => {
    if (!view.isOnline(view.self)) broken('the login stream lacks the player itself');
    view.phase = 'online';
  },
};

/** What everybody is told, in the login stream and after it. */
const PUBLIC: Record<string, Take> = {
  ADDUSER: (view, words) => {
    const name = words.word('name');
    words.word('country');
    words.integer('id');
    words.text('client');
    view.addUser(name);
  },
  REMOVEUSER: (view) => view.removeUser(view.user()),
  CLIENTSTATUS: (view, words) => {
    view.user();
    words.integer('status');
  },
  BATTLEOPENED: (view, words) => {
    const id = words.integer('battle');
    words.integer('type');
    words.integer('nat');
    const founder = view.user();
    words.word('address');
    for (const what of ['port', 'most players', 'password', 'rank']) words.integer(what);
    words.word('map hash');
    words.sentences('engine, version, map, title and game', 5);
    view.openBattle(id, founder);
  },
  UPDATEBATTLEINFO: (view, words) => {
    view.battleId();
    words.integer('spectators');
    words.integer('lock');
    words.word('map hash');
    words.text('map');
  },
  BATTLECLOSED: (view) => view.closeBattle(view.battleId()),
  JOINEDBATTLE: (view, words) => {
    const id = view.battleId();
    const user = view.user();
    if (!words.isAtEnd) {
      const mayKnow = user === view.self || view.battles.get(id)!.founder === view.self;
      if (!mayKnow) broken('a script password of somebody else');
      words.word('script password');
    }
    if (user === view.self && view.battle?.id !== id) broken('joined without JOINBATTLE');
    view.enterBattle(id, user);
  },
};

const ONLINE: Record<string, Take> = {
  LEFTBATTLE: (view) => {
    const id = view.battleId();
    const user = view.user();
    if (view.battle?.id === id && user !== view.self) {
      for (const [bot, owner] of view.battle.bots) if (owner === user) broken(`his bot ${bot} is still there`);
      view.battle.statuses.delete(user);
    }
    view.leaveBattle(id, user);
  },
  's.battle.update_lobby_title': (_view, words) => void words.sentences('battle and title', 2),
  's.battles.id_list': (_view, words) => void words.rest(),
  JOIN: (view, words) => {
    const name = words.word('channel');
    if (view.channels.has(name)) broken(`channel ${name} is joined already`);
    view.channels.set(name, new Set());
  },
  JOINED: (view) => {
    const [channel, members] = view.channel();
    const user = view.user();
    if (members.has(user)) broken(`${view.names.nameOf(user)} is in channel ${channel} already`);
    members.add(user);
  },
  CLIENTS: (view, words) => {
    const [channel, members] = view.channel();
    while (!words.isAtEnd) {
      const user = view.user();
      if (members.has(user) && user !== view.self) {
        broken(`${view.names.nameOf(user)} is in channel ${channel} already`);
      }
      members.add(user);
    }
  },
  CHANNELTOPIC: (view, words) => {
    view.channel();
    words.word('author');
    words.rest();
  },
  LEFT: (view, words) => {
    const [channel, members] = view.channel();
    const user = view.user();
    words.rest();
    if (!members.delete(user)) broken(`${view.names.nameOf(user)} is not in channel ${channel}`);
    if (user === view.self) view.channels.delete(channel);
  },
  SAID: said,
  SAIDEX: said,
  CHANNEL: (_view, words) => {
    words.word('channel');
    words.integer('members');
    words.rest();
  },
  ENDOFCHANNELS: () => {},
  JOINFAILED: refusal,

  SAYPRIVATE: fromUser,
  SAYPRIVATEEX: fromUser,
  SAIDPRIVATE: fromUser,
  SAIDPRIVATEEX: fromUser,
  RING: (view) => void view.user(),

  OPENBATTLE: (view) => {
    if (view.battles.get(view.battleId())!.founder !== view.self) broken('a battle of somebody else');
  },
  JOINBATTLE: (view, words) => {
    const id = view.battleId();
    if (view.battle) broken(`the player is in battle ${view.battle.id} already`);
    words.word('game hash');
    view.battle = { id, statuses: new Map(), bots: new Map(), asked: false };
  },
  JOINBATTLEREQUEST: (view, words) => {
    const { id } = view.ownBattle();
    if (view.battles.get(id)!.founder !== view.self) broken('a request to join the battle of somebody else');
    view.user();
    words.word('address');
  },
  REQUESTBATTLESTATUS: (view) => {
    view.ownBattle().asked = true;
  },
  FORCEQUITBATTLE: (view) => void view.ownBattle(),
  CLIENTBATTLESTATUS: (view, words) => {
    const user = view.ownMember();
    view.ownBattle().statuses.set(user, words.integer('status'));
    words.integer('colour');
  },
  SAIDBATTLE: saidBattle,
  SAIDBATTLEEX: saidBattle,
  ADDBOT: (view, words) => {
    const { id, bots } = view.ownBattle();
    if (view.battleId() !== id) broken('a bot of another battle');
    const bot = words.word('bot');
    if (bots.has(bot)) broken(`bot ${bot} is there already`);
    bots.set(bot, view.ownMember());
    words.integer('status');
    words.integer('colour');
    words.text('AI');
  },
  UPDATEBOT: (view, words) => {
    knownBot(view, words);
    words.integer('status');
    words.integer('colour');
  },
  REMOVEBOT: (view, words) => void view.ownBattle().bots.delete(knownBot(view, words)),
  SETSCRIPTTAGS: (view, words) => {
    view.ownBattle();
    for (const tag of words.sentences('tags')) if (tag.indexOf('=') <= 0) broken(`the tag ${tag} has no value`);
  },
  REMOVESCRIPTTAGS: (view, words) => {
    view.ownBattle();
    if (words.text('tags').includes('\t')) broken('names of tags are separated by a TAB');
  },
  ADDSTARTRECT: (view, words) => {
    view.ownBattle();
    for (const what of ['team', 'left', 'top', 'right', 'bottom']) words.integer(what);
  },
  REMOVESTARTRECT: (view, words) => {
    view.ownBattle();
    words.integer('team');
  },
  DISABLEUNITS: ofOwnBattle,
  ENABLEUNITS: ofOwnBattle,
  ENABLEALLUNITS: (view) => void view.ownBattle(),
  OPENBATTLEFAILED: refusal,
  JOINBATTLEFAILED: refusal,
};

/** Clients read the version as a number, and expect more than 0.36. */
const OLD_VERSION = 0.36;

const GREETING: Record<string, Take> = {
  TASSERVER: (view, words) => {
    const version = Number.parseFloat(words.word('version'));
    if (!(version > OLD_VERSION)) broken('the version of the protocol is too old');
    words.word('version of the engine');
    words.integer('port for UDP');
    words.integer('mode');
    view.phase = 'guest';
  },
};

const HANDLERS: ReadonlyMap<string, Handler> = new Map([
  ...during(['connected'], GREETING),
  ...during(['guest'], GUEST),
  ...during(GREETED, CONNECTION),
  ...during(['logging in'], LOGIN),
  ...during(TOLD, PUBLIC),
  ...during(['online'], ONLINE),
]);

function during(phases: readonly Phase[], table: Record<string, Take>): [string, Handler][] {
  return Object.entries(table).map(([command, take]) => [command, { phases, take }]);
}

function said(view: View, words: Words): void {
  const [channel, members] = view.channel();
  const user = view.user();
  if (!members.has(user)) broken(`${view.names.nameOf(user)} is not in channel ${channel}`);
  view.heard.said(channel, user, words.text('text'));
}

function saidBattle(view: View, words: Words): void {
  view.ownBattle();
  view.user();
  words.text('text');
}

function fromUser(view: View, words: Words): void {
  view.user();
  words.text('text');
}

function knownBot(view: View, words: Words): string {
  const { id, bots } = view.ownBattle();
  if (view.battleId() !== id) broken('a bot of another battle');
  const bot = words.word('bot');
  return bots.has(bot) ? bot : broken(`there is no bot ${bot}`);
}
