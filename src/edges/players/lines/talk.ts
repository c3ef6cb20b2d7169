/** Lines about channels and what people say to each other. */
import { type Take, type TakeTable, takeRefusal, takeText } from '../seen.ts';
import { broken } from '../words.ts';

const said: Take = (seen, words) => {
  const [channel, members] = seen.channel();
  const user = seen.user();
  if (!members.has(user)) broken(`${seen.names.nameOf(user)} is not in channel ${channel}`);
  seen.heard.said(channel, user, words.text('text'));
};

const withUser: Take = (seen, words) => {
  seen.user();
  words.text('text');
};

const fromUser: Take = (seen, words) => {
  const user = seen.user();
  const text = words.text('text');
  seen.heard.news?.({ kind: 'private-message', user, text });
};

const nothing: Take = () => {};

export const TALK: TakeTable = {
  JOIN: (seen, words) => {
    const name = words.word('channel');
    if (seen.channels.has(name)) broken(`channel ${name} is joined already`);
    seen.channels.set(name, new Set());
  },
  JOINED: (seen) => {
    const [channel, members] = seen.channel();
    const user = seen.user();
    if (members.has(user)) broken(`${seen.names.nameOf(user)} is in channel ${channel} already`);
    members.add(user);
  },
  CLIENTS: (seen, words) => {
    const [channel, members] = seen.channel();
    while (!words.isAtEnd) {
      const user = seen.user();
      if (members.has(user) && user !== seen.self) {
        broken(`${seen.names.nameOf(user)} is in channel ${channel} already`);
      }
      members.add(user);
    }
  },
  CHANNELTOPIC: (seen, words) => {
    seen.channel();
    words.word('author');
    words.rest();
  },
  LEFT: (seen, words) => {
    const [channel, members] = seen.channel();
    const user = seen.user();
    words.rest();
    if (!members.delete(user)) broken(`${seen.names.nameOf(user)} is not in channel ${channel}`);
    if (user === seen.self) seen.channels.delete(channel);
  },
  SAID: said,
  SAIDEX: said,
  CHANNEL: (_seen, words) => {
    words.word('channel');
    words.integer('members');
    words.rest();
  },
  ENDOFCHANNELS: nothing,
  JOINFAILED: takeRefusal,

  SAYPRIVATE: withUser,
  SAYPRIVATEEX: withUser,
  SAIDPRIVATE: fromUser,
  SAIDPRIVATEEX: fromUser,
  RING: (seen) => void seen.user(),

  FRIENDLISTBEGIN: nothing,
  FRIENDLIST: takeText,
  FRIENDLISTEND: nothing,
  FRIENDREQUESTLISTBEGIN: nothing,
  FRIENDREQUESTLIST: takeText,
  FRIENDREQUESTLISTEND: nothing,
  IGNORELISTBEGIN: nothing,
  IGNORELIST: takeText,
  IGNORELISTEND: nothing,
};
