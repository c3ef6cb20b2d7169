/**
 * The faults of one run: which kinds exist at all is drawn per seed (swarm testing; Groce et al., 2012), then a schedule of
 * them in virtual time. The schedule never takes the last node that is up: what only that node knew would be gone.
 */
import { integerBetween, type RandomSource } from '../base/index.ts';
import type { SimulatedCluster } from '../cluster/index.ts';
import { delay, drop } from '../ports/index.ts';
import type { History } from './history.ts';

export type FaultKind = 'kill' | 'stop' | 'start' | 'add' | 'pause' | 'delay' | 'drop' | 'partition';

export interface FaultPlan {
  readonly kinds: readonly FaultKind[];
  /** Mean virtual ms between two faults. */
  readonly everyMs: number;
}

const MEMBERSHIP: readonly FaultKind[] = ['kill', 'stop', 'add', 'pause'];
const LINKS: readonly FaultKind[] = ['delay', 'drop', 'partition'];
const MOST_NODES = 6;

/** Which faults may happen in this run. A third of all seeds have no fault on links. */
export function drawPlan(seed: number, random: RandomSource): FaultPlan {
  const some = (from: readonly FaultKind[]): FaultKind[] => from.filter(() => random() < 0.7);
  const members = some(MEMBERSHIP);
  const links = seed % 3 === 0 ? [] : some(LINKS);
  return { kinds: [...members, ...links, 'start'], everyMs: Math.round(20 * 2 ** (random() * 5)) };
}

export class Faults {
  readonly #cluster: SimulatedCluster;
  readonly #history: History;
  readonly #random: RandomSource;
  readonly #plan: FaultPlan;
  readonly #open = new Set<{ lift: () => Promise<void> }>();
  readonly #running = new Set<Promise<unknown>>();
  #partitioned = false;

  constructor(cluster: SimulatedCluster, history: History, random: RandomSource, plan: FaultPlan) {
    this.#cluster = cluster;
    this.#history = history;
    this.#random = random;
    this.#plan = plan;
  }

  /** Causes faults until `untilMs` of virtual time. */
  async run(untilMs: number): Promise<void> {
    for (;;) {
      await this.#cluster.advance(integerBetween(this.#random, 1, this.#plan.everyMs * 2));
      if (this.#cluster.now() >= untilMs) return;
      const kind = this.#plan.kinds[integerBetween(this.#random, 0, this.#plan.kinds.length - 1)];
      if (kind) this.#cause(kind);
    }
  }

  /** Lifts all faults, waits for what is under way, and starts every node that is down. */
  async end(): Promise<void> {
    for (const fault of [...this.#open]) await fault.lift();
    if (this.#partitioned) await this.#heal();
    while (this.#running.size > 0) await Promise.all([...this.#running]);
    for (const { id, state } of this.#cluster.nodes()) {
      if (state === 'down' || state === 'stopped') this.#start(id);
    }
    while (this.#running.size > 0) await Promise.all([...this.#running]);
  }

  #pick(ids: readonly string[]): string | undefined {
    return ids.length === 0 ? undefined : ids[integerBetween(this.#random, 0, ids.length - 1)];
  }

  #inState(...states: string[]): string[] {
    return this.#cluster
      .nodes()
      .filter(({ state }) => states.includes(state))
      .map(({ id }) => id);
  }

  #cause(kind: FaultKind): void {
    const acts: Record<FaultKind, () => void> = {
      kill: () => this.#kill(),
      stop: () => this.#stop(),
      start: () => this.#startOne(),
      add: () => this.#add(),
      pause: () => this.#pause(),
      delay: () => this.#delayLink(),
      drop: () => this.#dropLink(),
      partition: () => this.#partition(),
    };
    acts[kind]();
  }

  /** Lets it go on beside everything else; what it throws is part of the history. */
  #aside(what: string, work: Promise<unknown>): void {
    const done: Promise<unknown> = work
      .catch((error) => {
        this.#history.note('cluster', `${what} failed`, { error: String(error) });
      })
      .finally(() => this.#running.delete(done));
    this.#running.add(done);
  }

  #address(id: string): string {
    const status = this.#cluster.nodes().find((node) => node.id === id);
    return `${id}#${status?.incarnation}`;
  }

  #kill(): void {
    const up = this.#inState('up');
    const id = this.#pick(
      up.length > 1 ? this.#inState('up', 'starting', 'leaving') : this.#inState('starting', 'leaving'),
    );
    if (!id) return;
    this.#history.note(this.#address(id), 'killed');
    this.#aside(`kill ${id}`, this.#cluster.kill(id));
  }

  #stop(): void {
    const up = this.#inState('up');
    const id = up.length > 1 ? this.#pick(up) : undefined;
    if (!id) return;
    this.#history.note(this.#address(id), 'stopping');
    this.#aside(`stop ${id}`, this.#cluster.stop(id));
  }

  #startOne(): void {
    const id = this.#pick(this.#inState('down', 'stopped'));
    if (id) this.#start(id);
  }

  #start(id: string): void {
    this.#history.note('cluster', 'start', { id });
    this.#aside(`start ${id}`, this.#cluster.start(id));
  }

  #add(): void {
    if (this.#cluster.nodes().length >= MOST_NODES) return;
    this.#history.note('cluster', 'add');
    this.#aside('add', this.#cluster.add());
  }

  #pause(): void {
    const id = this.#pick(this.#inState('up', 'starting', 'leaving'));
    if (!id) return;
    const ms = integerBetween(this.#random, 10, 1_200);
    this.#history.note(this.#address(id), 'paused', { ms });
    this.#aside(`pause ${id}`, this.#cluster.pause(id, ms));
  }

  #link(): [string, string] | undefined {
    const ids = [...this.#cluster.nodes().map(({ id }) => id), 'authority'];
    const from = this.#pick(ids);
    const to = this.#pick(ids.filter((id) => id !== from));
    return from && to ? [from, to] : undefined;
  }

  #delayLink(): void {
    const link = this.#link();
    const verdict = delay(integerBetween(this.#random, 1, 500));
    if (link) this.#aside('delay', this.#faultFor(link, 'delayed', verdict));
  }

  #dropLink(): void {
    const link = this.#link();
    if (link) this.#aside('drop', this.#faultFor(link, 'cut', drop));
  }

  async #faultFor(
    [from, to]: [string, string],
    what: string,
    verdict: typeof drop | ReturnType<typeof delay>,
  ): Promise<void> {
    const forMs = Math.round(2 ** (1 + this.#random() * 10));
    this.#history.note('cluster', what, { from, to, verdict });
    const fault = await this.#cluster.fault({ from, to, verdict });
    const open = {
      lift: async () => {
        if (!this.#open.delete(open)) return;
        await fault[Symbol.asyncDispose]();
        this.#history.note('cluster', `${what} no more`, { from, to });
      },
    };
    this.#open.add(open);
    await this.#cluster.advance(forMs);
    await open.lift();
  }

  #partition(): void {
    if (this.#partitioned) {
      this.#aside('heal', this.#heal());
      return;
    }
    const ids = this.#cluster.nodes().map(({ id }) => id);
    const side = ids.filter(() => this.#random() < 0.5);
    const rest = ids.filter((id) => !side.includes(id));
    if (side.length === 0 || rest.length === 0) return;
    this.#partitioned = true;
    this.#history.note('cluster', 'partition', { side, rest });
    this.#aside('partition', this.#cluster.partition([side, rest]));
  }

  async #heal(): Promise<void> {
    this.#partitioned = false;
    this.#history.note('cluster', 'heal');
    await this.#cluster.heal();
  }
}
