/** Kinds of game that are chosen by one word: script tags and units nobody may build. One replaces another. */
import type { Tag } from '../../roster/events.ts';

export interface Meme {
  readonly about: string;
  readonly tags: readonly Tag[];
  readonly disabled: readonly string[];
}

const EXTRACTORS = ['armmex', 'armamex', 'armmoho', 'armuwmme', 'cormex', 'corexp', 'cormoho', 'coruwmme'] as const;

function startingWith(amount: number): Tag[] {
  return ['startmetal', 'startenergy'].map((name) => ({ key: `game/modoptions/${name}`, value: String(amount) }));
}

export const MEMES: ReadonlyMap<string, Meme> = new Map<string, Meme>([
  ['greenfields', { about: 'nobody can extract metal.', tags: [], disabled: EXTRACTORS }],
  ['rich', { about: 'everybody starts with more than he can spend.', tags: startingWith(10_000), disabled: [] }],
  ['poor', { about: 'everybody starts with nothing.', tags: startingWith(0), disabled: [] }],
  ['undo', { about: 'the game is as it was.', tags: [], disabled: [] }],
]);
