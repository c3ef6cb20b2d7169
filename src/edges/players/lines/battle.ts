/** Lines about the battle that the player is in, or enters. */
import { type Seen, type Take, type TakeTable, takeRefusal } from '../seen.ts';
import { broken, type Words } from '../words.ts';

const said: Take = (seen, words) => {
  seen.ownBattle();
  const user = seen.user();
  const text = words.text('text');
  seen.heard.news?.({ kind: 'battle-said', user, text });
};

const ofOwnBattle: Take = (seen, words) => {
  seen.ownBattle();
  words.text('what it is about');
};

function knownBot(seen: Seen, words: Words): string {
  const { id, bots } = seen.ownBattle();
  if (seen.battleId() !== id) broken('a bot of another battle');
  const bot = words.word('bot');
  return bots.has(bot) ? bot : broken(`there is no bot ${bot}`);
}

export const OWN_BATTLE: TakeTable = {
  OPENBATTLE: (seen) => {
    if (seen.battles.get(seen.battleId())!.founder !== seen.self) broken('a battle of somebody else');
  },
  JOINBATTLE: (seen, words) => {
    const id = seen.battleId();
    if (seen.battle) broken(`the player is in battle ${seen.battle.id} already`);
    words.word('game hash');
    seen.battle = { id, statuses: new Map(), bots: new Map(), asked: false };
  },
  JOINBATTLEREQUEST: (seen, words) => {
    const { id } = seen.ownBattle();
    if (seen.battles.get(id)!.founder !== seen.self) broken('a request to join the battle of somebody else');
    const user = seen.user();
    words.word('address');
    seen.heard.news?.({ kind: 'join-request', user });
  },
  REQUESTBATTLESTATUS: (seen) => {
    seen.ownBattle().asked = true;
    seen.heard.news?.({ kind: 'status-wanted' });
  },
  FORCEQUITBATTLE: (seen) => void seen.ownBattle(),
  CLIENTBATTLESTATUS: (seen, words) => {
    const user = seen.ownMember();
    seen.ownBattle().statuses.set(user, words.integer('status'));
    words.integer('colour');
  },
  SAIDBATTLE: said,
  SAIDBATTLEEX: said,
  ADDBOT: (seen, words) => {
    const { id, bots } = seen.ownBattle();
    if (seen.battleId() !== id) broken('a bot of another battle');
    const bot = words.word('bot');
    if (bots.has(bot)) broken(`bot ${bot} is there already`);
    bots.set(bot, seen.ownMember());
    words.integer('status');
    words.integer('colour');
    words.text('AI');
  },
  UPDATEBOT: (seen, words) => {
    knownBot(seen, words);
    words.integer('status');
    words.integer('colour');
  },
  REMOVEBOT: (seen, words) => void seen.ownBattle().bots.delete(knownBot(seen, words)),
  SETSCRIPTTAGS: (seen, words) => {
    seen.ownBattle();
    for (const tag of words.sentences('tags')) if (tag.indexOf('=') <= 0) broken(`the tag ${tag} has no value`);
  },
  REMOVESCRIPTTAGS: (seen, words) => {
    seen.ownBattle();
    if (words.text('tags').includes('\t')) broken('names of tags are separated by a TAB');
  },
  ADDSTARTRECT: (seen, words) => {
    seen.ownBattle();
    for (const what of ['team', 'left', 'top', 'right', 'bottom']) words.integer(what);
  },
  REMOVESTARTRECT: (seen, words) => {
    seen.ownBattle();
    words.integer('team');
  },
  DISABLEUNITS: ofOwnBattle,
  ENABLEUNITS: ofOwnBattle,
  ENABLEALLUNITS: (seen) => void seen.ownBattle(),
  OPENBATTLEFAILED: takeRefusal,
  JOINBATTLEFAILED: takeRefusal,
};
