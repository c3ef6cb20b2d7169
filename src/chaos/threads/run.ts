/**
 * A chaos run on real threads: one cluster, round after round of a drawn plan of faults under load; after each the cluster has
 * to come to rest, and everything since the beginning is judged by the checkers of the simulation. The seed gives the kinds of
 * faults, their rhythm and the clients' acts; how threads interleave it does not give.
 */
import { type RandomSource, seededRandom } from '../../base/index.ts';
import type { Violation } from '../checkers/index.ts';
import { ALL_KINDS, drawPlan, type FaultKind, type FaultPlan } from '../fault-plan.ts';
import { History } from '../history.ts';
import { noteEvent } from '../note-event.ts';
import { play } from '../play.ts';
import { promisesScenario } from '../promises-scenario.ts';
import { checkContinuity } from './continuity.ts';
import { clockFrom, openGround, type ThreadsGround } from './ground.ts';

export interface ThreadsRunOptions {
  readonly seed: number;
  /** How many nodes to start with; it grows to two more. */
  readonly nodes: number;
  /** Real minutes. */
  readonly minutes: number;
  /** The nodes' app module; default the chaos app. It exports what `NodeParts` says. */
  readonly app?: URL | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((figures: ThreadsFigures) => void) | undefined;
  readonly onOutput?: ((chunk: Uint8Array) => void) | undefined;
}

/** What a run has amounted to so far. */
export interface ThreadsFigures {
  readonly ms: number;
  readonly rounds: number;
  readonly operations: number;
  /** Those of them that were acknowledged. */
  readonly acknowledged: number;
  readonly faults: number;
  /** What nodes told of: turns of servers, messages heard, changes applied. */
  readonly notes: number;
  /** How often a checker judged. */
  readonly checked: number;
}

export interface ThreadsResult {
  readonly seed: number;
  readonly nodes: number;
  /** Of the last round. */
  readonly plan: FaultPlan;
  readonly history: History;
  readonly violations: readonly Violation[];
  readonly figures: ThreadsFigures;
  /** Whether it was ended by its signal, before it was judged. */
  readonly isInterrupted: boolean;
}

const MORE_NODES = 2;
const MINUTE_MS = 60_000;
const ROUND_MS = 15_000;
/** A shorter round is not worth its coming to rest. */
const LEAST_ROUND_MS = 2_000;
const OPERATIONS_PER_SECOND = [200, 500] as const;
const HASTE = 3;
const TELL_EVERY_MS = 200;
/** Walls are the process's own and there is no store. */
const NOT_ON_THREADS: ReadonlySet<FaultKind> = new Set(['clock', 'disk']);
const KINDS = ALL_KINDS.filter((kind) => !NOT_ON_THREADS.has(kind));

/** Rejects when the cluster does not start, or when the app's module fails otherwise than by an error of Muster's. */
export async function runOnThreads(options: ThreadsRunOptions): Promise<ThreadsResult> {
  const { seed, nodes, minutes, onProgress } = options;
  const clock = { now: (): number => 0 };
  const history = new History(() => clock.now(), true);
  const startMs = clockFrom(0)();
  clock.now = clockFrom(startMs);
  const ids = Array.from({ length: nodes + MORE_NODES }, (_, at) => `n${at + 1}`);
  const ground = await openGround(
    {
      ...{ nodes, ids, app: options.app ?? appUrl(), onOutput: options.onOutput ?? (() => undefined) },
      onEvent: (event) => noteEvent(history, event),
    },
    history,
    startMs,
  );
  const run = new ThreadsRun(options, ground, history, seededRandom(seed * 2_654_435_761), ids);
  const telling = setInterval(() => onProgress?.(run.figures()), TELL_EVERY_MS);
  try {
    const isInterrupted = await run.rounds(clock.now() + minutes * MINUTE_MS);
    await ground.close();
    const { plan, violations } = run;
    return { seed, nodes, plan, history, violations, figures: run.figures(), isInterrupted };
  } finally {
    clearInterval(telling);
    await ground.close();
  }
}

/** Beside this file, with its ending: the source's or the package's. */
function appUrl(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './node-app.ts' : './node-app.js', import.meta.url);
}

class ThreadsRun {
  readonly #options: ThreadsRunOptions;
  readonly #ground: ThreadsGround;
  readonly #history: History;
  readonly #random: RandomSource;
  readonly #ids: readonly string[];
  #faults = 0;
  #checked = 0;
  #rounds = 0;
  plan: FaultPlan = { kinds: [], weights: {}, everyMs: 0 };
  violations: readonly Violation[] = [];

  constructor(
    options: ThreadsRunOptions,
    ground: ThreadsGround,
    history: History,
    random: RandomSource,
    ids: readonly string[],
  ) {
    this.#options = options;
    this.#ground = ground;
    this.#history = history;
    this.#random = random;
    this.#ids = ids;
  }

  /** Until the time is over or something broke. Resolves to whether the signal ended it. */
  async rounds(untilMs: number): Promise<boolean> {
    const { signal } = this.#options;
    const { cluster } = this.#ground;
    const interrupted = whenAborted(signal).then(() => this.#ground.hurry());
    while (this.violations.length === 0 && signal?.aborted !== true) {
      const forMs = Math.min(ROUND_MS, untilMs - cluster.now());
      if (this.#rounds > 0 && forMs < LEAST_ROUND_MS) return false;
      const round = this.#round(Math.max(forMs, 1));
      // Once interrupted, how the round ends is nobody's business.
      await Promise.race([round, interrupted.then(() => void round.catch(() => undefined))]);
    }
    return signal?.aborted === true;
  }

  async #round(forMs: number): Promise<void> {
    const { signal } = this.#options;
    const random = seededRandom(this.#random() * 2 ** 31);
    this.plan = planFor(random);
    const { violations, checked } = await play({
      ground: this.#ground,
      scenario: promisesScenario(this.#ground.reach, this.#ids),
      ...{
        history: this.#history,
        random,
        plan: this.plan,
        invariants: [],
        mostNodes: this.#ids.length,
        forMs,
        signal,
      },
      operationsPerSecond: OPERATIONS_PER_SECOND,
      onFault: () => {
        this.#faults += 1;
      },
    });
    if (signal?.aborted) return;
    this.violations = violations.length > 0 ? [...checkContinuity(this.#history), ...violations] : violations;
    this.#checked += checked;
    this.#rounds += 1;
  }

  figures(): ThreadsFigures {
    const { operations, happenings } = this.#history;
    return {
      ms: this.#ground.cluster.now(),
      rounds: this.#rounds,
      operations: operations.length,
      acknowledged: operations.filter(({ outcome }) => outcome === 'ok').length,
      faults: this.#faults,
      notes: happenings.length,
      checked: this.#checked,
    };
  }
}

/** Drawn until there is a fault that threads can have; faults come faster, because real time is dear. */
function planFor(random: RandomSource): FaultPlan {
  for (;;) {
    const { kinds, weights, everyMs } = drawPlan('swarm', random);
    const possible = kinds.filter((kind) => KINDS.includes(kind));
    if (possible.length > 0) return { kinds: possible, weights, everyMs: Math.round(everyMs / HASTE) };
  }
}

function whenAborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener('abort', () => resolve());
  });
}
