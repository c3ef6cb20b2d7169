/**
 * What a node and the authority say to each other, on a lane of its own with a codec of its own (no declared shapes: the
 * authority does not know the app). Every message may be lost and is said again until its effect is seen.
 */
import { type Address, AUTHORITY, addressOf, type Codec, createCodec } from '../../base/index.ts';
import type { Words } from '../../node/index.ts';
import type { ViewData } from './view.ts';

export const AUTHORITY_ADDRESS: Address = addressOf(AUTHORITY, 1);

/** A sign of life, with what this node sees of its peers. Answered with `lease`. */
export interface Beat {
  readonly kind: 'beat';
  /** When it was sent, on the node's own clock (ms); comes back in the answer. */
  readonly at: number;
  /** How old the newest beat is that was answered (ms). */
  readonly answerAge: number;
  /** Members that do not answer pings on the link between the two. */
  readonly silent: readonly Address[];
  /** Members that leave a strong write or a view unacknowledged for too long. */
  readonly owing: readonly Address[];
}

export type ToAuthority =
  /** I am here, with these declarations. */
  | { readonly kind: 'hello'; readonly hash: string }
  | Beat
  /** I have installed this view and its flush is complete. */
  | { readonly kind: 'flushed'; readonly epoch: number }
  /** As a learner I have everything that the members of this view agreed on. */
  | { readonly kind: 'caught-up'; readonly epoch: number }
  /** As a learner I have so much of what my donor has, since so many ms. May be lost: it only tells people. */
  | { readonly kind: 'catching-up'; readonly entries: number; readonly of: number; readonly ms: number }
  /** I have handed over and may go; or, in the view of that number, there is nobody to hand over to. */
  | { readonly kind: 'left'; readonly under: number | null }
  /** A server that ran elsewhere runs here now. */
  | { readonly kind: 'moved'; readonly server: string; readonly from: Address }
  | { readonly kind: 'reserve'; readonly request: number; readonly name: string; readonly count: number };

export type FromAuthority =
  | { readonly kind: 'view'; readonly view: ViewData }
  /** The answer to the beat sent at `echo`: a lease of `ms` from then on; 0 is none. */
  | { readonly kind: 'lease'; readonly echo: number; readonly ms: number }
  | { readonly kind: 'mismatch'; readonly ours: string; readonly theirs: string }
  | { readonly kind: 'reserved'; readonly request: number; readonly first: number };

/** How often what was not answered is said again, in ms. */
export const SAY_AGAIN_MS = 300;

export function membershipCodec(): Codec {
  return createCodec([]);
}

type Kinds = (ToAuthority | FromAuthority)['kind'];
type Of<K extends Kinds> = Extract<ToAuthority | FromAuthority, { readonly kind: K }>;

const WORDS: { readonly [K in Kinds]: (message: Of<K>) => string } = {
  hello: () => 'hello',
  beat: ({ silent, owing }) =>
    ['beat', silent.length > 0 ? `${silent.join(' ')} silent` : '', owing.length > 0 ? `${owing.join(' ')} owing` : '']
      .filter((part) => part !== '')
      .join(', '),
  lease: ({ ms }) => (ms === 0 ? 'no lease' : `lease of ${ms} ms`),
  flushed: ({ epoch }) => `flushed view ${epoch}`,
  'caught-up': ({ epoch }) => `caught up under view ${epoch}`,
  'catching-up': ({ entries, of }) => `has ${entries} of ${of} entries`,
  left: () => 'has handed over and goes',
  moved: ({ server, from }) => `${server} moved here from ${from}`,
  reserve: ({ name, count }) => `reserve ${count} ids of ${name}`,
  view: ({ view }) =>
    `view ${view.epoch} (${view.cause}): ${view.members.map(({ id, incarnation, state }) => `${id}#${incarnation} ${state}`).join(', ')}`,
  mismatch: () => 'your declarations differ',
  reserved: ({ first }) => `ids from ${first}`,
};

/** Said all the time. A refused lease and a complaint are not. */
function isRoutine(message: ToAuthority | FromAuthority): boolean {
  if (message.kind === 'lease') return message.ms > 0;
  return message.kind === 'beat' && message.silent.length + message.owing.length === 0;
}

/** What a frame to or from the authority says, for people. */
export function describeAuthority(codec: Codec, frame: Uint8Array): Words {
  const message = codec.decode(frame) as ToAuthority | FromAuthority;
  const words = WORDS[message.kind] as (message: unknown) => string;
  return { service: 'authority', text: words(message), ...(isRoutine(message) ? { routine: true } : {}) };
}
