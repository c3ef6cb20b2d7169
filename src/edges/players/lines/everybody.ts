/** What everybody is told, in the login stream and after it: who is online, and which battles there are with whom in them. */
import type { TakeTable } from '../seen.ts';
import { broken } from '../words.ts';

const IN_GAME = 1;

export const EVERYBODY: TakeTable = {
  ADDUSER: (seen, words) => {
    const name = words.word('name');
    words.word('country');
    words.integer('id');
    words.text('client');
    seen.addUser(name);
  },
  REMOVEUSER: (seen) => seen.removeUser(seen.user()),
  CLIENTSTATUS: (seen, words) => {
    const user = seen.user();
    if ((words.integer('status') & IN_GAME) !== 0) seen.inGame.add(user);
    else seen.inGame.delete(user);
  },
  BATTLEOPENED: (seen, words) => {
    const id = words.integer('battle');
    words.integer('type');
    words.integer('nat');
    const founder = seen.user();
    words.word('address');
    for (const what of ['port', 'most players', 'password', 'rank']) words.integer(what);
    words.signed('map hash');
    words.sentences('engine, version, map, title and game', 5);
    seen.openBattle(id, founder);
  },
  UPDATEBATTLEINFO: (seen, words) => {
    seen.battleId();
    words.integer('spectators');
    words.integer('lock');
    words.signed('map hash');
    words.text('map');
  },
  BATTLECLOSED: (seen) => seen.closeBattle(seen.battleId()),
  JOINEDBATTLE: (seen, words) => {
    const id = seen.battleId();
    const user = seen.user();
    if (!words.isAtEnd) {
      const mayKnow = user === seen.self || seen.battles.get(id)!.founder === seen.self;
      if (!mayKnow) broken('a script password of somebody else');
      words.word('script password');
    }
    if (user === seen.self && seen.battle?.id !== id) broken('joined without JOINBATTLE');
    seen.enterBattle(id, user);
  },
};

/** After the login stream only. */
export const EVERYBODY_LIVE: TakeTable = {
  LEFTBATTLE: (seen) => {
    const id = seen.battleId();
    const user = seen.user();
    if (seen.battle?.id === id && user !== seen.self) {
      for (const [bot, owner] of seen.battle.bots) if (owner === user) broken(`his bot ${bot} is still there`);
      seen.battle.statuses.delete(user);
    }
    seen.leaveBattle(id, user);
  },
  's.battle.update_lobby_title': (_seen, words) => void words.sentences('battle and title', 2),
};
