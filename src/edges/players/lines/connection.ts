/** Lines about the connection: the greeting, the account, the login stream's ends, and what may come at any time. */
import { type TakeTable, takeRefusal, takeText } from '../seen.ts';
import { broken } from '../words.ts';

/** Clients read the version as a number, and expect more than 0.36. */
const OLD_VERSION = 0.36;

/** Before anything else. */
export const GREETING: TakeTable = {
  TASSERVER: (seen, words) => {
    const version = Number.parseFloat(words.word('version'));
    if (!(version > OLD_VERSION)) broken('the version of the protocol is too old');
    words.word('version of the engine');
    words.integer('port for UDP');
    words.integer('mode');
    seen.phase = 'guest';
  },
};

/** To who has been greeted. */
export const GUEST: TakeTable = {
  REGISTRATIONACCEPTED: (seen) => {
    seen.registered = true;
  },
  REGISTRATIONDENIED: takeRefusal,
  DENIED: takeRefusal,
  AGREEMENT: (_seen, words) => void words.rest(),
  AGREEMENTEND: (seen) => {
    seen.mustAgree = true;
  },
  ACCEPTED: (seen, words) => {
    seen.self = seen.names.numberOf(words.word('name'));
    seen.mustAgree = false;
    seen.phase = 'logging in';
  },
};

/** Within the login stream only. */
export const LOGIN: TakeTable = {
  MOTD: takeText,
  LOGININFOEND: (seen) => {
    if (!seen.isOnline(seen.self)) broken('the login stream lacks the player itself');
    seen.phase = 'online';
  },
};

/** At any time after the greeting. */
export const CONNECTION: TakeTable = {
  PONG: (_seen, words) => void words.rest(),
  COMPFLAGS: takeText,
  SERVERMSG: takeRefusal,
  FAILED: takeRefusal,
  /** Without what it is about, or about STLS, it makes a client begin TLS. */
  OK: (seen, words) => {
    const what = words.text('command');
    if (what !== 'cmd=STLS' && what.startsWith('cmd=')) return;
    if (what !== 'cmd=STLS' || seen.phase !== 'guest' || !seen.asksForTls) broken('clients would begin TLS now');
    seen.asksForTls = false;
    seen.phase = 'connected';
  },
  NO: takeRefusal,
  CHANGEEMAILACCEPTED: (_seen, words) => void words.rest(),
  CHANGEEMAILDENIED: takeRefusal,
  's.user.user_token': (_seen, words) => void words.sentences('account and token', 2),
  's.system.shutdown': (seen, _words, line) => seen.heard.refused(line),
  's.system.disconnect': takeRefusal,
};
