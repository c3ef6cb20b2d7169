/**
 * What an operation or a happening is about, in the words that messages use for it (`lists/a`, `tally/1`, `news`), so that
 * what belongs together is drawn together. Of an app's own operations only the key is known.
 */
import type { Happening, Operation } from '../history.ts';
import { type Item, isOperation } from './words.ts';

/** Which table, server or topic the operations of the chaos app go to. */
const PLACES: Readonly<Record<string, string>> = {
  append: 'lists',
  put: 'registers',
  delete: 'registers',
  read: 'registers',
  insert: 'registers',
  swap: 'registers',
  get: 'registers',
  'claim slot': 'slots',
  load: 'loads',
  unload: 'loads',
  'merged put': 'merged',
  'merged delete': 'merged',
  register: 'names',
  unregister: 'names',
  'tally add': 'tally',
  'loose add': 'loose',
  'crash tally': 'tally',
  'crash loose': 'loose',
};

export function aboutOf(item: Item): string | undefined {
  return isOperation(item) ? aboutOperation(item) : aboutHappening(item);
}

function aboutOperation({ kind, key }: Operation): string {
  const place = PLACES[kind];
  return place === undefined ? key : `${place}/${key}`;
}

function aboutHappening({ what, details }: Happening): string | undefined {
  const { kind, key, table, topic } = details;
  if (topic !== undefined) return String(topic);
  if (key === undefined) return undefined;
  const place = table ?? kind ?? (what.startsWith('load') ? 'loads' : undefined);
  return place === undefined ? String(key) : `${place}/${key}`;
}

/** What belongs to any of these: the same, or a table's entry about it (`server state/tally/1` about `tally/1`). */
export function relatedTo(abouts: Iterable<string>): (about: string) => boolean {
  const wanted = [...new Set(abouts)];
  return (about) => wanted.some((one) => about === one || about.endsWith(`/${one}`));
}
