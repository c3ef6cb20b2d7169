/**
 * What a lobby client knows after the lines it was sent, by name, for tests to look at; and which lines it could not accept.
 * Judging them is the strict `View`'s: the rules are there, once, and not here.
 */
import { Names } from '../../src/edges/players/names.ts';
import { type Phase, View } from '../../src/edges/players/view.ts';
import { BrokenStream } from '../../src/edges/players/words.ts';

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

export class ClientModel {
  readonly violations: Violation[] = [];
  readonly users = new Map<string, ModelUser>();
  readonly battles = new Map<number, ModelBattle>();
  /** Channels this client is in, with their members. */
  readonly channels = new Map<string, Set<string>>();
  battle: ModelOwnBattle | undefined;
  /** Of people, as last told: `FRIENDLIST`, `FRIENDREQUESTLIST`, `IGNORELIST`. */
  readonly lists = new Map<string, string[]>();
  /** The list that has begun and not ended. */
  openList: string | undefined;
  /** Its own name, once accepted. */
  name: string | undefined;
  readonly #view = new View(new Names(), { said: () => {}, refused: () => {} });

  get phase(): Phase {
    return this.#view.phase;
  }

  /** Lines that were sent may change what the server may say next. */
  sent(line: string): void {
    if (line.replace(/^#\d+ /, '') === 'STLS') this.#view.asksForTls = true;
  }

  /** A line that breaks the stream is remembered as a violation, and changes nothing. */
  receive(line: string): void {
    const bare = line.replace(/^#\d+ /, '');
    try {
      this.#view.receive(bare);
    } catch (error) {
      if (!(error instanceof BrokenStream)) throw error;
      this.violations.push({ line, reason: error.message });
      return;
    }
    const space = bare.indexOf(' ');
    const rest = space < 0 ? '' : bare.slice(space + 1);
    PICTURE[space < 0 ? bare : bare.slice(0, space)]?.(this, rest.split(' '), rest);
  }
}

/** Changes the picture by a line that was found good. */
type Draw = (model: ClientModel, words: string[], rest: string) => void;

/** All after `count` words. */
function after(words: string[], count: number): string {
  return words.slice(count).join(' ');
}

const BATTLES: Record<string, Draw> = {
  BATTLEOPENED: ({ battles }, words, rest) => {
    const [, , map = '', title = ''] = rest.split('\t');
    const [id = '', , , founder = '', , , , passworded, , mapHash = ''] = words;
    battles.set(Number(id), {
      founder,
      members: new Set([founder]),
      title,
      map,
      mapHash,
      spectators: 0,
      locked: false,
      passworded: passworded === '1',
    });
  },
  BATTLECLOSED: (model, [id]) => {
    model.battles.delete(Number(id));
    if (model.battle?.id === Number(id)) model.battle = undefined;
  },
  UPDATEBATTLEINFO: ({ battles }, words) => {
    const battle = battles.get(Number(words[0]))!;
    battle.spectators = Number(words[1]);
    battle.locked = words[2] === '1';
    battle.mapHash = words[3]!;
    battle.map = after(words, 4);
  },
  JOINEDBATTLE: ({ battles }, [id, name]) => {
    battles.get(Number(id))!.members.add(name!);
  },
  LEFTBATTLE: (model, [id, name]) => {
    model.battles.get(Number(id))!.members.delete(name!);
    model.battle?.statuses.delete(name!);
    if (name === model.name) model.battle = undefined;
  },
};

const OWN_BATTLE: Record<string, Draw> = {
  JOINBATTLE: (model, [id]) => {
    model.battle = {
      id: Number(id),
      bots: new Map(),
      statuses: new Map(),
      tags: new Map(),
      rectangles: new Map(),
      disabledUnits: new Set(),
    };
  },
  CLIENTBATTLESTATUS: ({ battle }, [name, status, colour]) => {
    battle!.statuses.set(name!, { status: Number(status), colour: Number(colour) });
  },
  ADDBOT: ({ battle }, [, name, owner, status]) => {
    battle!.bots.set(name!, { owner: owner!, status: Number(status) });
  },
  UPDATEBOT: ({ battle }, [, name, status]) => {
    battle!.bots.get(name!)!.status = Number(status);
  },
  REMOVEBOT: ({ battle }, [, name]) => {
    battle!.bots.delete(name!);
  },
  SETSCRIPTTAGS: ({ battle }, _words, rest) => {
    for (const tag of rest.split('\t'))
      battle!.tags.set(tag.slice(0, tag.indexOf('=')), tag.slice(tag.indexOf('=') + 1));
  },
  REMOVESCRIPTTAGS: ({ battle }, keys) => {
    for (const key of keys) battle!.tags.delete(key);
  },
  ADDSTARTRECT: ({ battle }, words) => {
    battle!.rectangles.set(words[0]!, after(words, 1));
  },
  REMOVESTARTRECT: ({ battle }, [team]) => {
    battle!.rectangles.delete(team!);
  },
  DISABLEUNITS: ({ battle }, units) => {
    for (const unit of units) battle!.disabledUnits.add(unit);
  },
  ENABLEUNITS: ({ battle }, units) => {
    for (const unit of units) battle!.disabledUnits.delete(unit);
  },
  ENABLEALLUNITS: ({ battle }) => battle!.disabledUnits.clear(),
};

const PICTURE: Record<string, Draw> = {
  ACCEPTED: (model, _words, rest) => {
    model.name = rest;
  },
  ADDUSER: ({ users }, words) => {
    users.set(words[0]!, { country: words[1]!, client: after(words, 3), status: 0 });
  },
  REMOVEUSER: ({ users }, [name]) => {
    users.delete(name!);
  },
  CLIENTSTATUS: ({ users }, [name, status]) => {
    users.get(name!)!.status = Number(status);
  },
  JOIN: ({ channels }, [channel]) => {
    channels.set(channel!, new Set());
  },
  JOINED: ({ channels }, [channel, name]) => {
    channels.get(channel!)!.add(name!);
  },
  CLIENTS: ({ channels }, [channel, ...names]) => {
    for (const name of names) channels.get(channel!)!.add(name);
  },
  LEFT: (model, [channel, name]) => {
    model.channels.get(channel!)!.delete(name!);
    if (name === model.name) model.channels.delete(channel!);
  },
  ...BATTLES,
  ...OWN_BATTLE,
};
