/** What moderators can keep a user from, and whether they do. Pure. */
import * as z from 'zod';
import { LobbyRefused } from '../refusal.ts';

export const Restriction = z.enum([
  'Login',
  'Site',
  'All chat',
  'Room chat',
  'Battle chat',
  'Direct chat',
  'All lobbies',
  'Joining existing lobbies',
  'Hosting lobbies',
  'Game queue',
  'Low priority',
  'Matchmaking',
  'Accolades',
  'Community',
  'Bridging',
  'Renaming',
  'Reporting',
]);
export type Restriction = z.infer<typeof Restriction>;
/** Those that keep a user from something here: there is no web site, and no bridge to another chat. */
export const Imposable = Restriction.exclude(['Site', 'Bridging']);
export type Imposable = z.infer<typeof Imposable>;

export const ImposedRestriction = z.object({
  name: Restriction,
  /** Wall time in ms; null: until it is lifted. */
  until: z.nullable(z.number()),
  reason: z.string(),
  /** The action that imposed it. */
  actionId: z.int(),
});
export type ImposedRestriction = z.infer<typeof ImposedRestriction>;

export interface Restricted {
  readonly restrictions: readonly ImposedRestriction[];
}

export function inForce({ until }: Pick<ImposedRestriction, 'until'>, wall: number): boolean {
  return until === null || until > wall;
}

/** Of those named, the one in force that ends last. */
export function restrictionOn(
  user: Restricted,
  names: readonly Restriction[],
  wall: number,
): ImposedRestriction | undefined {
  let longest: ImposedRestriction | undefined;
  for (const restriction of user.restrictions) {
    if (!names.includes(restriction.name) || !inForce(restriction, wall)) continue;
    if (longest === undefined || endOf(restriction) > endOf(longest)) longest = restriction;
  }
  return longest;
}

function endOf({ until }: ImposedRestriction): number {
  return until ?? Number.POSITIVE_INFINITY;
}

/** What a user may be kept from: by which restrictions, and how he is told. */
const ACTS = {
  login: { by: ['Login'], says: 'You are banned' },
  'say in a room': { by: ['All chat', 'Room chat'], says: 'You are muted' },
  'say in a battle': { by: ['All chat', 'Battle chat'], says: 'You are muted' },
  'say in private': { by: ['All chat', 'Direct chat'], says: 'You are muted' },
  'say in a party': { by: ['All chat', 'Direct chat'], says: 'You are muted' },
  'ring somebody': { by: ['All chat', 'Direct chat'], says: 'You are muted' },
  'join a battle': { by: ['All lobbies', 'Joining existing lobbies'], says: 'You may not join battles' },
  'host a battle': { by: ['All lobbies', 'Hosting lobbies'], says: 'You may not open battles' },
  rename: { by: ['Renaming'], says: 'You may not rename your account' },
  report: { by: ['Reporting'], says: 'You may not report others' },
} as const satisfies Record<string, { by: readonly Restriction[]; says: string }>;

export type Act = keyof typeof ACTS;

/** What keeps a user from an act, in words for him; undefined when nothing does. */
export function whatKeepsFrom(user: Restricted, act: Act, wall: number): string | undefined {
  const { by, says } = ACTS[act];
  const restriction = restrictionOn(user, by, wall);
  return restriction && sentence(says, restriction.reason, restriction.until);
}

/** Throws `LobbyRefused` `Restricted`. */
export function requireAllowed(user: Restricted, act: Act, wall: number): void {
  const why = whatKeepsFrom(user, act, wall);
  if (why !== undefined) throw new LobbyRefused('Restricted', why);
}

export function sentence(says: string, reason: string, until: number | null): string {
  const end = until === null ? '' : ` until ${timeOf(until)}`;
  return `${says}${end}${reason === '' ? '' : `: ${reason}`}`;
}

function timeOf(wall: number): string {
  return `${new Date(wall).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
