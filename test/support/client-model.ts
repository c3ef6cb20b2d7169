/**
 * What a strict lobby client believes after each line it was sent, and what it calls broken: the faults on which real
 * clients disconnect. Pure: lines in, violations out; no socket.
 */

export interface Violation {
  readonly line: string;
  readonly reason: string;
}

export interface ModelUser {
  readonly country: string;
  readonly client: string;
  status: number;
}

export interface ModelBot {
  readonly owner: string;
  status: number;
}

export interface ModelBattle {
  readonly founder: string;
  /** The founder included. */
  readonly members: Set<string>;
  readonly title: string;
  map: string;
  mapHash: string;
  spectators: number;
  locked: boolean;
  readonly passworded: boolean;
}

/** What is known only of the battle one is in. */
export interface ModelOwnBattle {
  readonly id: number;
  readonly bots: Map<string, ModelBot>;
  readonly statuses: Map<string, { status: number; colour: number }>;
  readonly tags: Map<string, string>;
  readonly rectangles: Map<string, string>;
  readonly disabledUnits: Set<string>;
}

type Phase = 'connected' | 'guest' | 'logging in' | 'online';

class Fault extends Error {}

function fail(reason: string): never {
  throw new Fault(reason);
}

const GUEST_LINES = new Set(
  'TASSERVER ACCEPTED DENIED REGISTRATIONACCEPTED REGISTRATIONDENIED AGREEMENT AGREEMENTEND PONG SERVERMSG FAILED COMPFLAGS s.system.shutdown s.system.disconnect'.split(
    ' ',
  ),
);
const LOGIN_LINES = new Set(
  'MOTD ADDUSER BATTLEOPENED UPDATEBATTLEINFO JOINEDBATTLE CLIENTSTATUS LOGININFOEND PONG SERVERMSG s.system.shutdown s.system.disconnect'.split(
    ' ',
  ),
);

export class ClientModel {
  readonly violations: Violation[] = [];
  readonly users = new Map<string, ModelUser>();
  readonly battles = new Map<number, ModelBattle>();
  /** Channels this client is in, with their members. */
  readonly channels = new Map<string, Set<string>>();
  battle: ModelOwnBattle | undefined;
  /** Its own name, once accepted. */
  name: string | undefined;
  phase: Phase = 'connected';

  receive(line: string): void {
    try {
      this.#apply(line.replace(/^#\d+ /, ''));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.violations.push({ line, reason: error.message });
    }
  }

  #apply(line: string): void {
    const space = line.indexOf(' ');
    const command = space < 0 ? line : line.slice(0, space);
    const rest = space < 0 ? '' : line.slice(space + 1);
    this.#checkPhase(command);
    const handler = HANDLERS[command] ?? fail(`unknown command ${command}`);
    handler(this, rest, rest.split(' '));
  }

  #checkPhase(command: string): void {
    if (this.phase === 'connected' && command !== 'TASSERVER') fail('the first line is not the greeting');
    if (this.phase === 'guest' && !GUEST_LINES.has(command)) fail('live line before ACCEPTED');
    if (this.phase === 'logging in' && !LOGIN_LINES.has(command)) fail('live line before LOGININFOEND');
  }

  user(name: string | undefined): ModelUser {
    return this.users.get(name ?? '') ?? fail(`unknown user ${name}`);
  }

  knownBattle(id: number): ModelBattle {
    return this.battles.get(id) ?? fail(`unknown battle ${id}`);
  }

  battleOf(name: string): number | undefined {
    for (const [id, battle] of this.battles) if (battle.members.has(name)) return id;
    return undefined;
  }

  /** The battle this client is in. */
  ownBattle(): ModelOwnBattle {
    return this.battle ?? fail('not in a battle');
  }

  ownMember(name: string): void {
    const members = this.knownBattle(this.ownBattle().id).members;
    if (!members.has(name)) fail(`${name} is not in this battle`);
  }

  channel(name: string | undefined): Set<string> {
    return this.channels.get(name ?? '') ?? fail(`channel ${name} is not joined`);
  }
}

type Handler = (model: ClientModel, rest: string, words: string[]) => void;

function integer(word: string | undefined): number {
  return word !== undefined && /^-?\d+$/.test(word) ? Number(word) : fail(`${word} is not an integer`);
}

/** All after `count` words. */
function after(words: string[], count: number): string {
  return words.slice(count).join(' ');
}

const ignore: Handler = () => {};

const said: Handler = (model, _rest, [channel, from]) => {
  model.channel(channel);
  model.user(from);
};

const saidBattle: Handler = (model, _rest, [from]) => {
  model.ownBattle();
  model.user(from);
};

const fromUser: Handler = (model, _rest, [from]) => {
  model.user(from);
};

const SESSION: Record<string, Handler> = {
  TASSERVER: (model, _rest, [version]) => {
    const number = /^\d+\.\d+/.exec(version ?? '');
    if (!number || Number(number[0]) <= 0.36) fail('protocol version is not above 0.36');
    model.phase = 'guest';
  },
  ACCEPTED: (model, rest) => {
    if (model.phase !== 'guest') fail('accepted twice');
    model.name = rest;
    model.phase = 'logging in';
  },
  LOGININFOEND: (model) => {
    if (model.phase !== 'logging in') fail('LOGININFOEND out of a login');
    model.phase = 'online';
    if (!model.users.has(model.name ?? '')) fail('the login stream lacks the user himself');
  },
  OK: (_model, rest) => {
    if (!rest.startsWith('cmd=') || rest === 'cmd=STLS') fail('a bare OK means "start TLS"');
  },
  MOTD: ignore,
  DENIED: ignore,
  REGISTRATIONACCEPTED: ignore,
  REGISTRATIONDENIED: ignore,
  AGREEMENT: ignore,
  AGREEMENTEND: ignore,
  PONG: ignore,
  SERVERMSG: ignore,
  FAILED: ignore,
  NO: ignore,
  COMPFLAGS: ignore,
  's.system.shutdown': ignore,
  's.system.disconnect': ignore,
};

const USERS: Record<string, Handler> = {
  ADDUSER: (model, _rest, words) => {
    const [name, country, id] = words;
    if (!name || !country || id === undefined) fail('fewer than 3 words');
    if (id !== 'None') integer(id);
    if (model.users.has(name)) fail(`duplicate user ${name}`);
    model.users.set(name, { country, client: after(words, 3), status: 0 });
  },
  REMOVEUSER: (model, _rest, [name = '']) => {
    model.user(name);
    const battle = model.battleOf(name);
    for (const [channel, members] of model.channels) {
      if (members.has(name)) fail(`${name} is still in channel ${channel}`);
    }
    if (battle !== undefined) fail(`${name} is still in battle ${battle}`);
    model.users.delete(name);
  },
  CLIENTSTATUS: (model, _rest, [name, status]) => {
    model.user(name).status = integer(status);
  },
  SAIDPRIVATE: fromUser,
  SAYPRIVATE: fromUser,
  RING: fromUser,
};

const CHANNELS: Record<string, Handler> = {
  JOIN: (model, _rest, [channel = '']) => {
    if (model.channels.has(channel)) fail(`channel ${channel} is joined already`);
    model.channels.set(channel, new Set());
  },
  JOINED: (model, _rest, [channel, name = '']) => {
    const members = model.channel(channel);
    model.user(name);
    if (members.has(name)) fail(`${name} is in channel ${channel} already`);
    members.add(name);
  },
  CLIENTS: (model, _rest, [channel, ...names]) => {
    const members = model.channel(channel);
    for (const name of names.filter((word) => word !== '')) {
      model.user(name);
      members.add(name);
    }
  },
  LEFT: (model, _rest, [channel = '', name = '']) => {
    const members = model.channel(channel);
    model.user(name);
    if (!members.delete(name)) fail(`${name} is not in channel ${channel}`);
    if (name === model.name) model.channels.delete(channel);
  },
  CHANNELTOPIC: (model, _rest, [channel]) => {
    model.channel(channel);
  },
  SAID: said,
  SAIDEX: said,
  JOINFAILED: ignore,
  CHANNELS: ignore,
  CHANNEL: ignore,
  ENDOFCHANNELS: ignore,
};

const BATTLES: Record<string, Handler> = {
  BATTLEOPENED: (model, rest, words) => {
    const founder = words[3] ?? '';
    const sentences = rest.split('\t');
    for (const at of [0, 1, 2, 5, 6, 7, 8]) integer(words[at]);
    const id = integer(words[0]);
    if (sentences.length !== 5) fail(`${sentences.length} sentences instead of 5`);
    if (model.battles.has(id)) fail(`battle ${id} is open already`);
    model.user(founder);
    if (model.battleOf(founder) !== undefined) fail(`founder ${founder} is in a battle already`);
    model.battles.set(id, {
      founder,
      members: new Set([founder]),
      title: sentences[3]!,
      map: sentences[2]!,
      mapHash: words[9] ?? '',
      spectators: 0,
      locked: false,
      passworded: words[7] === '1',
    });
  },
  BATTLECLOSED: (model, _rest, words) => {
    const id = integer(words[0]);
    model.knownBattle(id);
    model.battles.delete(id);
    if (model.battle?.id === id) model.battle = undefined;
  },
  UPDATEBATTLEINFO: (model, _rest, words) => {
    const battle = model.knownBattle(integer(words[0]));
    battle.spectators = integer(words[1]);
    battle.locked = integer(words[2]) === 1;
    battle.mapHash = words[3] ?? fail('no map hash');
    battle.map = after(words, 4);
  },
  JOINEDBATTLE: (model, _rest, words) => {
    const id = integer(words[0]);
    const name = words[1] ?? '';
    const battle = model.knownBattle(id);
    model.user(name);
    if (model.battleOf(name) !== undefined) fail(`${name} is in a battle already`);
    if (words[2] !== undefined && name !== model.name && battle.founder !== model.name) {
      fail(`the script password of ${name} is no business of ${model.name}`);
    }
    if (name === model.name && model.phase === 'online' && model.battle?.id !== id) fail('joined without JOINBATTLE');
    battle.members.add(name);
  },
  LEFTBATTLE: (model, _rest, words) => {
    const id = integer(words[0]);
    const name = words[1] ?? '';
    const battle = model.knownBattle(id);
    model.user(name);
    if (!battle.members.has(name)) fail(`${name} is not in battle ${id}`);
    if (battle.founder === name) fail(`founder ${name} left instead of BATTLECLOSED`);
    if (model.battle?.id === id && name !== model.name) {
      for (const [bot, { owner }] of model.battle.bots) {
        if (owner === name) fail(`bot ${bot} of ${name} was not removed before`);
      }
      model.battle.statuses.delete(name);
    }
    battle.members.delete(name);
    if (name === model.name) model.battle = undefined;
  },
  's.battle.update_lobby_title': (model, rest) => {
    model.knownBattle(integer(rest.split('\t')[0]));
  },
  's.battles.id_list': (_model, rest) => {
    for (const id of rest.split('\t').filter((word) => word !== '')) integer(id);
  },
};

const queueList: Handler = (_model, rest) => {
  for (const queue of rest.split('\t').filter((word) => word !== '')) {
    if (!/^\d+:./.test(queue)) fail(`${queue} is no queue`);
  }
};

const queueId: Handler = (_model, rest) => {
  integer(rest);
};

const partyLine: Handler = (_model, rest) => {
  const [id, name] = rest.split('\t');
  integer(id);
  if (!name) fail('nobody is named');
};

const MATCHMAKING: Record<string, Handler> = {
  's.matchmaking.full_queue_list': queueList,
  's.matchmaking.your_queue_list': queueList,
  's.matchmaking.queue_info': (_model, rest) => {
    const [id, name, wait, size] = rest.split('\t');
    for (const word of [id, wait, size]) integer(word);
    if (!name) fail('a queue has no name');
  },
  's.matchmaking.ready_check': queueId,
  's.matchmaking.match_cancelled': queueId,
  's.party.accepted': queueId,
  's.party.info': (_model, rest) => {
    const [id, leader, members = ''] = rest.split('\t');
    integer(id);
    if (!members.split(' ').includes(leader ?? '')) fail(`${leader} leads a party in which he is not`);
  },
  's.party.invited': partyLine,
  's.party.joined': partyLine,
  's.party.left': partyLine,
  's.party.declined': partyLine,
  's.party.leader': partyLine,
  's.party.message': partyLine,
};

const OWN_BATTLE: Record<string, Handler> = {
  OPENBATTLE: (model, _rest, words) => {
    const { founder } = model.knownBattle(integer(words[0]));
    if (founder !== model.name) fail(`opened a battle of ${founder}`);
  },
  JOINBATTLE: (model, _rest, words) => {
    const id = integer(words[0]);
    model.knownBattle(id);
    if (model.battle) fail(`in battle ${model.battle.id} already`);
    if (words[1] === undefined) fail('no game hash');
    model.battle = {
      id,
      bots: new Map(),
      statuses: new Map(),
      tags: new Map(),
      rectangles: new Map(),
      disabledUnits: new Set(),
    };
  },
  JOINBATTLEREQUEST: (model, _rest, [name]) => {
    model.user(name);
    if (model.knownBattle(model.ownBattle().id).founder !== model.name) fail('a join request to somebody else');
  },
  FORCEQUITBATTLE: (model) => {
    model.ownBattle();
  },
  REQUESTBATTLESTATUS: (model) => {
    model.ownBattle();
  },
  CLIENTBATTLESTATUS: (model, _rest, [name = '', status, colour]) => {
    model.ownMember(name);
    model.ownBattle().statuses.set(name, { status: integer(status), colour: integer(colour) });
  },
  SAIDBATTLE: saidBattle,
  SAIDBATTLEEX: saidBattle,
  ADDBOT: (model, _rest, words) => {
    const { id, bots } = model.ownBattle();
    const [battle, name = '', owner = ''] = words;
    if (integer(battle) !== id) fail(`a bot of battle ${battle}`);
    if (bots.has(name)) fail(`bot ${name} is there already`);
    model.ownMember(owner);
    integer(words[4]);
    bots.set(name, { owner, status: integer(words[3]) });
  },
  UPDATEBOT: (model, _rest, [battle, name = '', status, colour]) => {
    if (integer(battle) !== model.ownBattle().id) fail(`a bot of battle ${battle}`);
    const bot = model.ownBattle().bots.get(name) ?? fail(`unknown bot ${name}`);
    integer(colour);
    bot.status = integer(status);
  },
  REMOVEBOT: (model, _rest, [battle, name = '']) => {
    if (integer(battle) !== model.ownBattle().id) fail(`a bot of battle ${battle}`);
    if (!model.ownBattle().bots.delete(name)) fail(`unknown bot ${name}`);
  },
  SETSCRIPTTAGS: (model, rest) => {
    const { tags } = model.ownBattle();
    for (const tag of rest.split('\t').filter((text) => text !== '')) {
      const equals = tag.indexOf('=');
      if (equals <= 0) fail(`the tag ${tag} has no value`);
      tags.set(tag.slice(0, equals), tag.slice(equals + 1));
    }
  },
  REMOVESCRIPTTAGS: (model, rest, keys) => {
    const { tags } = model.ownBattle();
    if (rest.includes('\t')) fail('tag names are separated by TAB');
    for (const key of keys) tags.delete(key);
  },
  ADDSTARTRECT: (model, _rest, words) => {
    for (const at of [0, 1, 2, 3, 4]) integer(words[at]);
    model.ownBattle().rectangles.set(words[0]!, after(words, 1));
  },
  REMOVESTARTRECT: (model, _rest, words) => {
    integer(words[0]);
    model.ownBattle().rectangles.delete(words[0]!);
  },
  DISABLEUNITS: (model, _rest, units) => {
    for (const unit of units) model.ownBattle().disabledUnits.add(unit);
  },
  ENABLEUNITS: (model, _rest, units) => {
    for (const unit of units) model.ownBattle().disabledUnits.delete(unit);
  },
  ENABLEALLUNITS: (model) => {
    model.ownBattle().disabledUnits.clear();
  },
  JOINBATTLEFAILED: ignore,
  OPENBATTLEFAILED: ignore,
};

const HANDLERS: Record<string, Handler> = {
  ...SESSION,
  ...USERS,
  ...CHANNELS,
  ...BATTLES,
  ...OWN_BATTLE,
  ...MATCHMAKING,
};
