/**
 * Measures a scenario: Muster and its baselines take turns, round by round, in one run, so that what the machine does
 * meanwhile meets them all. A round gives one figure, and only when its work is verified to be complete.
 */

/** Something that is measured: Muster, or what it is compared with. */
export interface Subject {
  readonly name: string;
  /** Does the work once and returns its figure, in the scenario's unit. Rejects when the work is not complete. */
  round(): Promise<number | Measured>;
  close(): Promise<void>;
}

/** A round that shows more than one thing. */
export interface Measured {
  readonly figure: number;
  /** Further figures by name and unit, such as `p99 ms`. */
  readonly also: Readonly<Record<string, number>>;
}

/** Thrown instead of starting a subject that this machine does not have. Its reason is told among the results. */
export class Skipped extends Error {
  readonly subject: string;

  constructor(subject: string, reason: string) {
    super(reason);
    this.name = 'Skipped';
    this.subject = subject;
  }
}

/** A place on a curve: the same scenario at other numbers of nodes, sizes of messages, or shares of the full load. */
export interface CurvePoint {
  /** The curve, such as `fan-out`. */
  readonly of: string;
  readonly by: 'nodes' | 'bytes' | 'load %';
  readonly at: number;
}

export interface Scenario {
  readonly name: string;
  readonly nodes: number;
  /** How much work a round is; what it counts depends on the scenario. */
  readonly size: { readonly full: number; readonly quick: number };
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  /** Too long for a quick run, where it is left out unless it is asked for by name. */
  readonly slow?: boolean;
  /** The curves it is a point of. */
  readonly curves?: readonly CurvePoint[];
  /** At most so many rounds, for those that take long; exactly so many warm-ups. */
  readonly effort?: { readonly rounds: number; readonly warmUps: number };
  /** For a round, in ms. Default 60,000. */
  readonly deadlineMs?: number;
  /** Starts what takes part, Muster first; who is not here throws `Skipped`. */
  readonly subjects: readonly ((size: number) => Promise<Subject>)[];
  /**
   * Other systems that do the same, measured after the subjects, each alone: what they do when they have nothing to do (gossip,
   * schedulers that spin for a while) would slow the rest.
   */
  readonly peers?: readonly ((size: number) => Promise<Subject>)[];
}

export interface Figures {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Result {
  readonly scenario: string;
  readonly nodes: number;
  readonly size: number;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly curves?: readonly CurvePoint[];
  readonly ours: Figures;
  readonly baselines: Readonly<Record<string, Figures>>;
  /** Ours divided by the baseline, of medians. */
  readonly ratio: Readonly<Record<string, number>>;
  /** Further figures by subject and name; ours are under `muster`. */
  readonly also?: Readonly<Record<string, Readonly<Record<string, Figures>>>>;
  /** Who was not measured, and why. */
  readonly skipped?: Readonly<Record<string, string>>;
}

export interface Effort {
  readonly quick: boolean;
  readonly rounds: number;
  readonly warmUps: number;
}

/** Each thread compiles for itself, and the first rounds of a long-lived server are not what it is about. */
export const FULL: Effort = { quick: false, rounds: 9, warmUps: 6 };
export const QUICK: Effort = { quick: true, rounds: 3, warmUps: 1 };

const ROUND_DEADLINE_MS = 60_000;

/**
 * Those whose name contains `only`; without it all, and in a quick run all that are quick. The points of curves are many, so
 * `only` has to begin with `curves`.
 */
export function chosen(
  scenarios: readonly Scenario[],
  { quick, only }: { readonly quick: boolean; readonly only?: string | undefined },
): Scenario[] {
  if (only === undefined) return scenarios.filter(({ slow = false }) => !(slow && quick));
  return scenarios.filter(({ name }) => name.includes(only) && (!name.startsWith(CURVES) || only.startsWith(CURVES)));
}

export const CURVES = 'curves';

export async function measure(scenario: Scenario, effort: Effort, progress: (text: string) => void): Promise<Result> {
  const size = effort.quick ? scenario.size.quick : scenario.size.full;
  const skipped: Record<string, string> = {};
  const rounds: Rounds = new Map();
  const together = async (starts: Scenario['subjects']): Promise<void> => {
    const subjects: Subject[] = [];
    try {
      for (const start of starts) {
        try {
          subjects.push(await start(size));
        } catch (error) {
          if (!(error instanceof Skipped)) throw error;
          skipped[error.subject] = error.message;
        }
      }
      await takeTurns(scenario, subjects, effortOf(scenario, effort), progress, rounds);
    } finally {
      for (const subject of subjects) await subject.close();
    }
  };
  await together(scenario.subjects);
  for (const peer of scenario.peers ?? []) await together([peer]);
  return {
    ...toResult(scenario, size, [...rounds.keys()], rounds),
    ...(Object.keys(skipped).length > 0 && { skipped }),
  };
}

function effortOf({ effort: own }: Scenario, effort: Effort): Effort {
  return own ? { ...effort, rounds: Math.min(effort.rounds, own.rounds), warmUps: own.warmUps } : effort;
}

type Rounds = Map<Subject, Measured[]>;

/** Adds what the rounds of each subject showed. Who begins changes from round to round. */
async function takeTurns(
  { name, deadlineMs = ROUND_DEADLINE_MS }: Scenario,
  subjects: readonly Subject[],
  { rounds, warmUps }: Effort,
  progress: (text: string) => void,
  shown: Rounds,
): Promise<void> {
  for (const subject of subjects) shown.set(subject, []);
  if (subjects.length === 0) return;
  for (let round = -warmUps; round < rounds; round++) {
    progress(`${name}: ${round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`}`);
    const first = (round + warmUps) % subjects.length;
    for (const subject of [...subjects.slice(first), ...subjects.slice(0, first)]) {
      const measured = await inTime(`${name}, ${subject.name}`, subject.round(), deadlineMs);
      if (round >= 0)
        shown.get(subject)!.push(typeof measured === 'number' ? { figure: measured, also: {} } : measured);
    }
  }
}

function toResult(
  { name, nodes, unit, better, curves }: Scenario,
  size: number,
  subjects: readonly Subject[],
  rounds: Rounds,
): Result {
  const [own, ...others] = subjects.map((subject) => {
    return [subject.name, summarize(rounds.get(subject)!.map(({ figure }) => figure))] as const;
  });
  const also = subjects.flatMap((subject, at) => {
    const further = furtherOf(rounds.get(subject)!);
    return Object.keys(further).length > 0 ? [[at === 0 ? 'muster' : subject.name, further] as const] : [];
  });
  return {
    scenario: name,
    nodes,
    size,
    unit,
    better,
    ...(curves && { curves }),
    ours: own![1],
    baselines: Object.fromEntries(others),
    ratio: Object.fromEntries(others.map(([baseline, { median }]) => [baseline, rounded(own![1].median / median)])),
    ...(also.length > 0 && { also: Object.fromEntries(also) }),
  };
}

function furtherOf(rounds: readonly Measured[]): Record<string, Figures> {
  const names = new Set(rounds.flatMap(({ also }) => Object.keys(also)));
  return Object.fromEntries(
    [...names].map((name) => [name, summarize(rounds.flatMap(({ also }) => (name in also ? [also[name]!] : [])))]),
  );
}

export function summarize(figures: readonly number[]): Figures {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median: rounded(median), min: rounded(sorted[0]!), max: rounded(sorted.at(-1)!) };
}

function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

async function inTime<T>(what: string, work: Promise<T>, deadlineMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not complete within ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
