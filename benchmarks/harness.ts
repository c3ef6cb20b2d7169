/**
 * Measures a scenario: Muster and its baselines take turns, round by round, in one run, so that what the machine does
 * meanwhile meets them all. A round gives one figure, and only when its work is verified to be complete.
 */

/** Something that is measured: Muster, or what it is compared with. */
export interface Subject {
  readonly name: string;
  /** Does the work once and returns its figure, in the scenario's unit. Rejects when the work is not complete. */
  round(): Promise<number>;
  close(): Promise<void>;
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
  /** Starts what takes part, Muster first. */
  readonly subjects: readonly ((size: number) => Promise<Subject>)[];
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
  readonly ours: Figures;
  readonly baselines: Readonly<Record<string, Figures>>;
  /** Ours divided by the baseline, of medians. */
  readonly ratio: Readonly<Record<string, number>>;
}

export interface Effort {
  readonly quick: boolean;
  readonly rounds: number;
  readonly warmUps: number;
}

export const FULL: Effort = { quick: false, rounds: 9, warmUps: 2 };
export const QUICK: Effort = { quick: true, rounds: 3, warmUps: 1 };

const ROUND_DEADLINE_MS = 60_000;

export async function measure(scenario: Scenario, effort: Effort, progress: (text: string) => void): Promise<Result> {
  const size = effort.quick ? scenario.size.quick : scenario.size.full;
  const subjects: Subject[] = [];
  try {
    for (const start of scenario.subjects) subjects.push(await start(size));
    const figures = await takeTurns(scenario.name, subjects, effort, progress);
    return toResult(scenario, size, subjects, figures);
  } finally {
    for (const subject of subjects) await subject.close();
  }
}

/** Figures by subject. Who begins changes from round to round. */
async function takeTurns(
  scenario: string,
  subjects: readonly Subject[],
  { rounds, warmUps }: Effort,
  progress: (text: string) => void,
): Promise<Map<Subject, number[]>> {
  const figures = new Map(subjects.map((subject) => [subject, [] as number[]]));
  for (let round = -warmUps; round < rounds; round++) {
    progress(`${scenario}: ${round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`}`);
    const first = (round + warmUps) % subjects.length;
    for (const subject of [...subjects.slice(first), ...subjects.slice(0, first)]) {
      const figure = await inTime(`${scenario}, ${subject.name}`, subject.round());
      if (round >= 0) figures.get(subject)!.push(figure);
    }
  }
  return figures;
}

function toResult(
  { name, nodes, unit, better }: Scenario,
  size: number,
  [ours, ...baselines]: readonly Subject[],
  figures: ReadonlyMap<Subject, number[]>,
): Result {
  const own = summarize(figures.get(ours!)!);
  const others = baselines.map((baseline) => [baseline.name, summarize(figures.get(baseline)!)] as const);
  return {
    scenario: name,
    nodes,
    size,
    unit,
    better,
    ours: own,
    baselines: Object.fromEntries(others),
    ratio: Object.fromEntries(others.map(([baseline, { median }]) => [baseline, rounded(own.median / median)])),
  };
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

async function inTime(what: string, work: Promise<number>): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${what}: not complete within ${ROUND_DEADLINE_MS} ms`)),
      ROUND_DEADLINE_MS,
    );
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
