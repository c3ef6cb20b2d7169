/** The scenarios for one player, as clients name them, and what winning one is worth. Pure. */
import * as z from 'zod';

export const SCENARIOS = [
  'archsimkatshelpers017',
  'Fallendellheadstart008',
  'shoretoshorevsbarb013',
  'pinewoodvsbarb014',
  'avalanchemines012',
  'Tundrabackfromthedead009',
  'thronekoth015',
  'strongholdkilltraitor010',
  'supcrossingvsbarbs001',
  'neuropeww225',
  'stealtech005',
  'pinewoodfatboy018',
  'tma20ffabarbs',
  'acidicquarrybarbs',
  'glaciergoliath018',
  'twobarbspwakonly006',
  'SpeedMetalSnipe011',
  'threebarbscomet',
  'FortressAssault',
] as const;

export const DIFFICULTIES = ['Normal', 'Brutal'] as const;
export type Difficulty = (typeof DIFFICULTIES)[number];

/** The event that clients tell when a scenario ends. */
export const SCENARIO_END = 'game_start:singleplayer:scenario_end';

const ScenarioEnd = z.object({ scenarioid: z.string(), difficulty: z.string(), won: z.literal(true) });

/** What winning at a difficulty earns. */
const EARNED: Readonly<Record<string, readonly Difficulty[]>> = {
  Normal: ['Normal'],
  Hard: ['Normal'],
  Brutal: ['Normal', 'Brutal'],
};

export interface Earned {
  readonly scenario: string;
  readonly difficulties: readonly Difficulty[];
}

/** What the end of a scenario earns, as a client told it in JSON; undefined when nothing, also for what is malformed. */
export function earnedBy(value: string): Earned | undefined {
  const told = ScenarioEnd.safeParse(parse(value));
  if (!told.success) return undefined;
  const { scenarioid: scenario, difficulty } = told.data;
  const difficulties = Object.hasOwn(EARNED, difficulty) ? EARNED[difficulty]! : [];
  return difficulties.length > 0 ? { scenario, difficulties } : undefined;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
