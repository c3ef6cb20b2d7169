/**
 * Which faults a run has, and how likely each is: drawn per seed, so that some runs have few kinds and press them hard (swarm
 * testing; Groce, Zhang, Eide, Chen and Regehr, 2012). Pure.
 */
import { InvalidValue, type RandomSource } from '../base/index.ts';

export type FaultKind =
  | 'crash'
  | 'restart'
  | 'stop'
  | 'add'
  | 'partition'
  | 'one-way'
  | 'partial'
  | 'authority'
  | 'delay'
  | 'drop'
  | 'reorder'
  | 'pause'
  | 'hang'
  | 'clock'
  | 'disk'
  | 'unheard'
  | 'small-only';

/** Each kind in words, in the order they are drawn. */
export const FAULT_KINDS: Readonly<Record<FaultKind, string>> = {
  crash: 'a node ends without a goodbye',
  restart: 'a node is stopped in an orderly way and started again at once',
  stop: 'a node is stopped in an orderly way',
  add: 'a new node joins',
  partition: 'two sides cannot hear each other',
  'one-way': 'one side hears the other, but is not heard',
  partial: 'two nodes cannot hear each other, while all others hear both',
  authority: 'the authority is cut off from some of the nodes, which still hear all nodes',
  delay: 'a link is slow',
  drop: 'a link loses what is sent',
  reorder: 'one of the two lanes of a link is slow, so that they overtake each other',
  pause: 'an event loop stands still for a moment; what came meanwhile arrives in one burst',
  hang: 'an event loop stands still for seconds',
  clock: "a node's wall clock jumps, and its own clock runs too fast or too slow by up to 1 %",
  disk: 'the store answers slowly',
  unheard: 'a node starts whose frames do not come to one of the others, and ends soon after (only where named)',
  'small-only': 'a link loses large frames and carries small ones (only where named)',
};

const NAMED_KINDS = Object.keys(FAULT_KINDS) as FaultKind[];
const ONLY_NAMED: readonly FaultKind[] = ['unheard', 'small-only'];
/** What a swarm draws from. */
export const ALL_KINDS: readonly FaultKind[] = NAMED_KINDS.filter((kind) => !ONLY_NAMED.includes(kind));

/** `swarm`: a draw per seed. `none`: no faults. A list: all of these, in every seed. */
export type FaultChoice = 'swarm' | 'none' | readonly FaultKind[];

export interface FaultPlan {
  readonly kinds: readonly FaultKind[];
  /** How often each kind comes, against each other. */
  readonly weights: Readonly<Partial<Record<FaultKind, number>>>;
  /** Mean ms between two faults. */
  readonly everyMs: number;
  /** Faults that last do so for at least this many ms. */
  readonly leastMs?: number;
  /** Default: as many as there is time for. */
  readonly mostFaults?: number;
}

const FASTEST_MS = 250;
/** The slowest rhythm is this many doublings above the fastest. */
const DOUBLINGS = 4.5;

/** Throws `InvalidValue` for a kind that does not exist. */
export function checkFaults(what: string, choice: unknown): FaultChoice {
  if (choice === 'swarm' || choice === 'none') return choice;
  const kinds: unknown[] = Array.isArray(choice) ? choice : [choice];
  const alone = kinds.find((kind) => kind === 'swarm' || kind === 'none');
  if (alone !== undefined && kinds.length > 1) {
    const others = kinds.filter((kind) => kind !== alone).map(String);
    const got = others.length === 0 ? `it ${kinds.length} times` : `it with ${others.join(', ')}`;
    throw new InvalidValue(what, `${alone} stands alone: expected ${alone}, or a list of kinds without it; got ${got}`);
  }
  const stranger = kinds.find((kind) => !NAMED_KINDS.includes(kind as FaultKind));
  if (kinds.length > 0 && stranger === undefined && Array.isArray(choice)) return kinds as FaultKind[];
  const got = kinds.length === 0 ? 'an empty list' : String(stranger ?? choice);
  throw new InvalidValue(what, `expected swarm, none or a list of ${NAMED_KINDS.join(', ')}; got ${got}`);
}

export function drawPlan(choice: FaultChoice, random: RandomSource): FaultPlan {
  const kinds = choice === 'swarm' ? drawKinds(random) : choice === 'none' ? [] : [...choice];
  const weights = Object.fromEntries(kinds.map((kind) => [kind, 2 ** (random() * 4)]));
  return { kinds, weights, everyMs: Math.round(FASTEST_MS * 2 ** (random() * DOUBLINGS)) };
}

/** A third of all runs has no fault on links or clocks: what falls there falls without them. */
function drawKinds(random: RandomSource): FaultKind[] {
  const onNodes: readonly FaultKind[] = ['crash', 'restart', 'stop', 'add', 'pause'];
  const calm = random() < 1 / 3;
  return ALL_KINDS.filter((kind) => random() < 0.5 && (!calm || onNodes.includes(kind)));
}

/** A kind of the plan by its weight; undefined when it has none. */
export function drawKind({ kinds, weights }: FaultPlan, random: RandomSource): FaultKind | undefined {
  const total = kinds.reduce((sum, kind) => sum + (weights[kind] ?? 1), 0);
  let rest = random() * total;
  return kinds.find((kind) => {
    rest -= weights[kind] ?? 1;
    return rest < 0;
  });
}
