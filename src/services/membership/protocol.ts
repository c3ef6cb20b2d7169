/**
 * What a node and the authority say to each other, on a lane of its own with a codec of its own (no declared shapes: the
 * authority does not know the app). Every message may be lost and is said again until its effect is seen.
 */
import { type Address, AUTHORITY, addressOf, type Codec, createCodec } from '../../base/index.ts';
import { brief, type Words } from '../../node/index.ts';
import type { ViewData } from './view.ts';

export const AUTHORITY_ADDRESS: Address = addressOf(AUTHORITY, 1);

export type ToAuthority =
  /** I am here, with these declarations. */
  | { readonly kind: 'hello'; readonly hash: string }
  /** I have installed this view and its flush is complete. */
  | { readonly kind: 'flushed'; readonly epoch: number }
  /** As a learner I have everything that the members of this view agreed on. */
  | { readonly kind: 'caught-up'; readonly epoch: number }
  /** I have handed over and may go. */
  | { readonly kind: 'left' }
  /** A server that ran elsewhere runs here now. */
  | { readonly kind: 'moved'; readonly server: string; readonly from: Address }
  | { readonly kind: 'reserve'; readonly request: number; readonly name: string; readonly count: number };

export type FromAuthority =
  | { readonly kind: 'view'; readonly view: ViewData }
  | { readonly kind: 'mismatch'; readonly ours: string; readonly theirs: string }
  | { readonly kind: 'reserved'; readonly request: number; readonly first: number };

/** How often what was not answered is said again, in ms. */
export const SAY_AGAIN_MS = 300;

export function membershipCodec(): Codec {
  return createCodec([]);
}

type Kinds = (ToAuthority | FromAuthority)['kind'];
type Of<K extends Kinds> = Extract<ToAuthority | FromAuthority, { readonly kind: K }>;

/** What needs more words than its kind and what comes with it. */
const WORDS: { readonly [K in Kinds]?: (message: Of<K>) => string } = {
  hello: () => 'hello',
  flushed: ({ epoch }) => `flushed view ${epoch}`,
  'caught-up': ({ epoch }) => `caught up under view ${epoch}`,
  left: () => 'has handed over and goes',
  moved: ({ server, from }) => `${server} moved here from ${from}`,
  reserve: ({ name, count }) => `reserve ${count} ids of ${name}`,
  view: ({ view }) =>
    `view ${view.epoch} (${view.cause}): ${view.members.map(({ id, incarnation, state }) => `${id}#${incarnation} ${state}`).join(', ')}`,
  mismatch: () => 'your declarations differ',
  reserved: ({ first }) => `ids from ${first}`,
};

const ROUTINE: readonly string[] = ['beat', 'lease'];

/** What a frame to or from the authority says, for people. */
export function describeAuthority(codec: Codec, frame: Uint8Array): Words {
  const { kind, ...rest } = codec.decode(frame) as ToAuthority | FromAuthority;
  const words = WORDS[kind] as ((message: unknown) => string) | undefined;
  const said = Object.keys(rest).length === 0 ? kind : `${kind} ${brief(rest)}`;
  const text = words ? words({ kind, ...rest }) : said;
  return { service: 'authority', text, ...(ROUTINE.includes(kind) ? { routine: true } : {}) };
}
