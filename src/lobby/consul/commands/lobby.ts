/** What is changed about the lobby itself: its title, its tags. */

import { setTags } from '../../battles/changes.ts';
import { isServersTag } from '../../battles/match-tag.ts';
import type { LobbyRecord } from '../../battles/record.ts';
import { COORDINATOR } from '../../coordinator.ts';
import { LobbyRefused } from '../../refusal.ts';
import { type CommandInput, type CommandOutcome, declined, type Entries } from './command.ts';
import { MEMES, type Meme } from './memes.ts';
import { firstWord } from './targets.ts';

export const lobbyCommands: Entries = [
  ['rename', { usedBy: 'host', help: '$rename title: a new title for the lobby', run: rename }],
  ['settag', { usedBy: 'host', help: '$settag key value: set a script tag', run: setTag }],
  [
    'meme',
    { usedBy: 'boss', help: `$meme ${[...MEMES.keys()].join('|')}: another kind of game, until undone`, run: meme },
  ],
];

const LONGEST_TITLE = 200;

function rename({ rest }: CommandInput): Partial<CommandOutcome> {
  const title = rest.replace(/\s+/g, ' ').slice(0, LONGEST_TITLE);
  if (title === '') return declined('Please give the new title.');
  return { change: (record) => ({ ...record, title }) };
}

function setTag({ rest, record, sender }: CommandInput): Partial<CommandOutcome> {
  const [key, value] = firstWord(rest);
  if (key === '' || value === '') return declined('Please give the key and the value of the tag.');
  if (isServersTag(key) && !sender.moderator) return declined('That tag is the server’s own.');
  return tagged(record, [{ key, value }]);
}

/** Tags that do not fit are refused before anything is said about them. */
function tagged(record: LobbyRecord, tags: readonly { key: string; value: string }[]): Partial<CommandOutcome> {
  const change = (before: LobbyRecord): LobbyRecord => setTags(before, COORDINATOR, tags);
  try {
    change(record);
  } catch (error) {
    if (error instanceof LobbyRefused) return declined(error.message);
    throw error;
  }
  return { change };
}

function meme({ rest, sender }: CommandInput): Partial<CommandOutcome> {
  const name = rest.toLowerCase();
  const chosen = MEMES.get(name);
  if (!chosen) return declined(`There is no meme of that name; there are ${[...MEMES.keys()].join(', ')}.`);
  return {
    change: (record) => withMeme(record, chosen),
    announcements: [`${sender.name} has chosen the meme ${name}: ${chosen.about}`],
  };
}

function withMeme(record: LobbyRecord, { tags, disabled }: Meme): LobbyRecord {
  const all = [...MEMES.values()];
  const keys = new Set(all.flatMap((other) => other.tags.map(({ key }) => key)));
  const units = new Set(all.flatMap((other) => other.disabled));
  const others = record.disabledUnits.filter((unit) => !units.has(unit));
  return {
    ...record,
    tags: [...record.tags.filter(({ key }) => !keys.has(key)), ...tags],
    disabledUnits: [...others, ...disabled],
  };
}
