/**
 * `muster players`: simulated players on a running cluster, each with the strict view of a client, while whoever likes kills and
 * adds nodes. Everything outside comes in as a `PlayersEnvironment`, so that a test can hold it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Belief,
  type Gateway,
  nameOfGateway,
  PlayerThreads,
  type ThreadReport,
  type Troupe,
  type TroupePlan,
} from '../../players/index.ts';
import { failureOf } from '../failure.ts';
import type { Output } from '../reporters/reporter.ts';
import { figuresSince, type Totals, totalsOf } from './figures.ts';
import { findNodes, type NodeSearch } from './nodes.ts';
import type { PlayersOptions } from './options.ts';
import { jsonReporter, linesReporter, liveReporter, type PlayersReporter } from './reporters.ts';

export interface PlayersEnvironment {
  readonly stdout: Output;
  readonly stderr: Output;
  /** The width of the terminal; undefined without one. */
  readonly columns: (() => number) | undefined;
  readonly drawSeed: () => number;
  /** Of the control port. */
  readonly token: string | undefined;
  readonly elapsedMs: () => number;
  /** The listener gets the exit code for ending early. Returns what ends the listening. */
  readonly onStopSignal: (listener: (exitCode: number) => void) => () => void;
  /** How long the players may take to see the same once they do nothing more (default 30,000), and to leave (10,000). */
  readonly limits?: { readonly quietMs?: number; readonly endMs?: number };
}

const MINUTE_MS = 60_000;
const LOOK_EVERY_MS = 1_000;
/** How often the cluster is asked for its nodes: every so many looks. */
const ASK_EVERY = 3;
const DEADLINE_MS = 30_000;
const QUIET_MS = 30_000;
const END_MS = 10_000;

/** Resolves to the exit code: 0, 1 when a stream broke, views differ, or there is no cluster; else a signal's. */
export async function runPlayers(options: PlayersOptions, environment: PlayersEnvironment): Promise<number> {
  const { stderr, token } = environment;
  const search: NodeSearch = { control: options.control, connect: options.connect, token };
  const stop = new AbortController();
  let stoppedWith: number | undefined;
  const ignoreSignals = environment.onStopSignal((exitCode) => {
    stoppedWith = exitCode;
    stop.abort();
  });
  try {
    const gateways = await findNodes(search);
    const seed = options.seed ?? environment.drawSeed();
    const threads = await PlayerThreads.startTroupe(planOf(options, seed));
    try {
      const run = new Run(threads, search, options, environment, stop.signal);
      const ok = await run.play(gateways, seed);
      return ok ? (stoppedWith ?? 0) : 1;
    } finally {
      await threads.close();
    }
  } catch (error) {
    stderr.write(`muster: ${failureOf(error).message}\n`);
    return 1;
  } finally {
    ignoreSignals();
  }
}

function planOf({ count, threads, name, paceMs }: PlayersOptions, seed: number): TroupePlan {
  return { players: count, threads: Math.min(threads, count), name, paceMs, deadlineMs: DEADLINE_MS, seed };
}

function reporterOf({ json, minutes }: PlayersOptions, { stdout, columns }: PlayersEnvironment): PlayersReporter {
  const ofMs = minutes * MINUTE_MS;
  if (json) return jsonReporter(stdout);
  return columns ? liveReporter(stdout, ofMs, columns) : linesReporter(stdout, ofMs);
}

class Run {
  readonly #threads: PlayerThreads<Troupe>;
  readonly #search: NodeSearch;
  readonly #options: PlayersOptions;
  readonly #elapsedMs: () => number;
  readonly #startedAt: number;
  readonly #limits: { readonly quietMs: number; readonly endMs: number };
  readonly #stop: AbortSignal;
  readonly #reporter: PlayersReporter;
  #gateways: readonly Gateway[] = [];
  /** How many faults of each thread were told. */
  readonly #told: number[] = [];

  constructor(
    threads: PlayerThreads<Troupe>,
    search: NodeSearch,
    options: PlayersOptions,
    environment: PlayersEnvironment,
    stop: AbortSignal,
  ) {
    this.#threads = threads;
    this.#search = search;
    this.#options = options;
    this.#elapsedMs = environment.elapsedMs;
    this.#startedAt = environment.elapsedMs();
    this.#limits = { quietMs: QUIET_MS, endMs: END_MS, ...environment.limits };
    this.#stop = stop;
    this.#reporter = reporterOf(options, environment);
  }

  /** Whether no stream broke and all saw the same at the end. */
  async play(gateways: readonly Gateway[], seed: number): Promise<boolean> {
    this.#gateways = gateways;
    this.#reporter.begin(this.#options.count, gateways.map(nameOfGateway), seed);
    await this.#threads.all('begin', gateways);
    await this.#watch();
    // Whoever stops it early need not wait for it, and where streams broke there is nothing to agree about.
    const isBroken = this.#told.some((count) => count > 0);
    const beliefs = this.#stop.aborted || isBroken ? undefined : await this.#agree();
    const last = this.#take(await this.#end());
    const ok = last.faults.length === 0 && (beliefs === undefined || beliefs.length <= 1);
    this.#reporter.end({ figures: figuresSince(last), beliefs, isInterrupted: this.#stop.aborted, ok });
    return ok;
  }

  /** Those who have not left in time are cut off with their threads. */
  async #end(): Promise<ThreadReport[]> {
    const late = new AbortController();
    // Being cancelled is how this wait usually ends.
    const inTime = sleep(this.#limits.endMs, undefined, { signal: late.signal }).catch(() => undefined);
    const ended = await Promise.race([this.#threads.all('end'), inTime]);
    late.abort();
    return ended ?? this.#threads.all('report');
  }

  async #watch(): Promise<void> {
    const endsAt = this.#options.minutes * MINUTE_MS;
    let before: Totals | undefined;
    for (let look = 1; this.#now() < endsAt && !this.#stop.aborted; look++) {
      await this.#pause(Math.min(LOOK_EVERY_MS, endsAt - this.#now()));
      if (look % ASK_EVERY === 0) await this.#askForNodes();
      const totals = this.#take(await this.#threads.all('report'));
      this.#reporter.figures(figuresSince(totals, before));
      before = totals;
    }
  }

  /** Adds up what the threads report, and tells the faults that are new. */
  #take(reports: readonly ThreadReport[]): Totals {
    for (const [thread, { faults }] of reports.entries()) {
      for (const fault of faults.slice(this.#told[thread] ?? 0)) this.#reporter.fault(fault);
      this.#told[thread] = faults.length;
    }
    return totalsOf(reports, this.#now(), this.#gateways.length);
  }

  /** A cluster that does not answer just then has the nodes it had. */
  async #askForNodes(): Promise<void> {
    const found = await findNodes(this.#search).catch(() => this.#gateways);
    const names = found.map(nameOfGateway);
    if (names.join() === this.#gateways.map(nameOfGateway).join()) return;
    this.#gateways = found;
    this.#reporter.nodes(names);
    await this.#threads.all('connectTo', found);
  }

  /** What the players see once they do nothing more: all the same, or what they still disagreed about in the end. */
  async #agree(): Promise<Belief[]> {
    await this.#threads.all('quiet');
    const until = this.#now() + this.#limits.quietMs;
    for (;;) {
      await this.#pause(LOOK_EVERY_MS);
      const beliefs = merged((await this.#threads.all('beliefs')).flat());
      const believers = beliefs.reduce((sum, belief) => sum + belief.believers, 0);
      const isComplete = beliefs.length === 1 && believers === this.#options.count;
      if (isComplete || this.#now() > until || this.#stop.aborted) return beliefs;
    }
  }

  #now(): number {
    return this.#elapsedMs() - this.#startedAt;
  }

  /** Ends early when it is stopped. */
  async #pause(ms: number): Promise<void> {
    if (!this.#stop.aborted) await sleep(ms, undefined, { signal: this.#stop }).catch(() => {});
  }
}

function merged(beliefs: readonly Belief[]): Belief[] {
  const all = new Map<number, Belief>();
  for (const belief of beliefs) {
    const known = all.get(belief.digest);
    all.set(belief.digest, known ? { ...known, believers: known.believers + belief.believers } : belief);
  }
  return [...all.values()];
}
