/**
 * Causes the faults of a plan, one after another, beside everything else, and lifts them in the end. It never takes the last
 * node that is up: what only that node knew would be gone.
 */
import { AUTHORITY, deferred, integerBetween, type NodeId, type RandomSource } from '../base/index.ts';
import { delay, drop, type LinkFault } from '../ports/index.ts';
import { drawKind, type FaultKind, type FaultPlan } from './fault-plan.ts';
import type { Ground } from './ground.ts';
import type { History } from './history.ts';

export interface NemesisOptions {
  readonly ground: Ground;
  readonly history: History;
  readonly random: RandomSource;
  readonly plan: FaultPlan;
  /** The cluster grows to this many nodes at most. */
  readonly mostNodes: number;
  /** Told some ms before a fault. */
  readonly onFault: () => void;
  /** Whether it should cause no more. */
  readonly isOver: () => boolean;
}

type Link = readonly [from: NodeId, to: NodeId];

/** Something that lasts until it is lifted. */
interface Lasting {
  lift(): Promise<void>;
}

/** More links than these few faults cut at a time, and nothing goes on that could break. */
const MOST_CUTS = 2;
/** Part of the faults that are followed by the start of a node that is down. */
const STARTS = 0.6;
/** So long an unheard node lives, and so much longer it would not be heard. */
const UNHEARD_MS = [10, 300] as const;
const UNHEARD_AFTER_MS = 200;
/** Bytes of a frame: more than a ping, less than most writes. */
const LARGEST_SMALL = 90;
const CLOCK_JUMP_MS = 5_000;
const CLOCK_RATE = 0.01;

export class Nemesis {
  readonly #options: NemesisOptions;
  readonly #random: RandomSource;
  readonly #open = new Set<Lasting>();
  readonly #running = new Set<Promise<unknown>>();
  #cuts = 0;
  #pauses = 0;
  /** Up, but being ended or about to be, perhaps; by how many faults. Only where the world ends what hangs. */
  readonly #atRisk = new Map<NodeId, number>();
  readonly #acts: Readonly<Record<FaultKind, () => void>> = {
    crash: () => this.#crash(),
    restart: () => this.#restart(),
    stop: () => this.#stop(),
    add: () => this.#add(),
    partition: () => this.#partition(),
    'one-way': () => this.#oneWay(),
    partial: () => this.#partial(),
    authority: () => this.#cutAuthority(),
    delay: () => this.#onLink('delayed', { verdict: delay(this.#between(1, 500)) }),
    drop: () => this.#onLink('cut', { verdict: drop }),
    reorder: () => this.#reorder(),
    pause: () => this.#pause(10, 400),
    hang: () => this.#pause(400, 8_000),
    clock: () => this.#setClock(),
    disk: () => this.#slowDisk(),
    unheard: () => this.#unheard(),
    'small-only': () => this.#loseLarge(),
  };
  /** How many faults it has caused so far. */
  caused = 0;

  constructor(options: NemesisOptions) {
    this.#options = options;
    this.#random = options.random;
  }

  get #cluster(): Ground['cluster'] {
    return this.#options.ground.cluster;
  }

  /** Causes faults until `untilMs`, and starts nodes that are down in between. */
  async run(untilMs: number): Promise<void> {
    const { plan, onFault, isOver } = this.#options;
    for (;;) {
      await this.#cluster.advance(Math.min(this.#between(1, plan.everyMs * 2), untilMs - this.#cluster.now() + 1));
      if (this.#cluster.now() >= untilMs || isOver()) return;
      onFault();
      await this.#cluster.advance(this.#between(1, 80));
      if (this.caused >= (plan.mostFaults ?? Number.POSITIVE_INFINITY)) continue;
      const kind = drawKind(plan, this.#random);
      if (kind) this.#acts[kind]();
      if (this.#random() < STARTS) this.#startOne();
    }
  }

  /** Lifts all faults, waits for what is under way, and starts every node that is down. */
  async end(): Promise<void> {
    for (const lasting of [...this.#open]) await lasting.lift();
    while (this.#running.size > 0) await Promise.all([...this.#running]);
    for (const { id, state } of this.#cluster.nodes()) {
      if (isDown(state)) this.#start(id);
    }
    while (this.#running.size > 0) await Promise.all([...this.#running]);
  }

  #between(low: number, high: number): number {
    return integerBetween(this.#random, low, high);
  }

  /** Between `low` and `high`, each order of magnitude as likely as the others. */
  #lasting(low: number, high: number): number {
    const ms = Math.round(low * (high / low) ** this.#random());
    return Math.max(ms, Math.min(high, this.#options.plan.leastMs ?? 0));
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from.length === 0 ? undefined : from[this.#between(0, from.length - 1)];
  }

  #ids(...states: string[]): NodeId[] {
    const nodes = this.#cluster.nodes();
    return nodes.filter(({ state }) => states.length === 0 || states.includes(state)).map(({ id }) => id);
  }

  #address(id: NodeId): string {
    return `${id}#${this.#cluster.nodes().find((node) => node.id === id)?.incarnation}`;
  }

  #note(node: string, what: string, details?: Record<string, unknown>): void {
    this.caused += 1;
    this.#options.history.note(node, what, details);
  }

  /** Lets it go on beside everything else; what it rejects with is part of the history. */
  #aside(what: string, work: Promise<unknown>): void {
    const done: Promise<unknown> = work
      .catch((error) => {
        this.#options.history.note('cluster', `${what} failed`, { error: String(error) });
      })
      .finally(() => this.#running.delete(done));
    this.#running.add(done);
  }

  #crash(): void {
    const id = this.#pick(this.#ids('up', 'starting', 'leaving').filter((one) => this.#mayDie(one)));
    if (id === undefined) return;
    this.#note(this.#address(id), 'killed');
    this.#aside(`kill ${id}`, this.#risking(id, this.#cluster.kill(id)));
  }

  /** Whether somebody else surely stays who knows what it knows: all that members know, a node that joins does not yet. */
  #mayDie(id: NodeId): boolean {
    const knows = this.#cluster.view().members.some((member) => member.id === id && member.state !== 'joining');
    return !knows || this.#safe().some((other) => other !== id);
  }

  /** Members that are up, stay, and that nothing is about to end. */
  #safe(): NodeId[] {
    const members = new Set(this.#cluster.view().members.flatMap(({ id, state }) => (state === 'up' ? [id] : [])));
    return this.#ids('up').filter((id) => members.has(id) && !this.#atRisk.has(id));
  }

  /** While `work` lasts, the node is not counted upon. */
  async #risking(id: NodeId, work: Promise<unknown>): Promise<void> {
    const count = (by: number): void => {
      const faults = (this.#atRisk.get(id) ?? 0) + by;
      if (faults > 0) this.#atRisk.set(id, faults);
      else this.#atRisk.delete(id);
    };
    const { endsHung = false } = this.#options.ground.world;
    if (endsHung) count(1);
    try {
      await work;
    } finally {
      if (endsHung) count(-1);
    }
  }

  /** A node that may leave: while some may be out of reach, one more than the last has to stay. */
  #mayLeave(): NodeId | undefined {
    const up = this.#safe();
    return up.length > (this.#open.size + this.#pauses > 0 ? 2 : 1) ? this.#pick(up) : undefined;
  }

  #stop(): void {
    const id = this.#mayLeave();
    if (id === undefined) return;
    this.#note(this.#address(id), 'stopping');
    this.#aside(`stop ${id}`, this.#cluster.stop(id));
  }

  #restart(): void {
    const id = this.#mayLeave();
    if (id === undefined) return;
    this.#note(this.#address(id), 'stopping');
    this.#aside(`restart ${id}`, this.#cluster.restart(id));
  }

  #startOne(): void {
    const id = this.#pick(this.#cluster.nodes().filter(({ state }) => isDown(state)))?.id;
    if (id !== undefined) this.#start(id);
  }

  #start(id: NodeId): void {
    this.#options.history.note('cluster', 'start', { id });
    this.#aside(`start ${id}`, this.#cluster.start(id));
  }

  /** A node that is down, or is ended for this. */
  #unheard(): void {
    const up = this.#safe();
    const down = this.#pick(this.#cluster.nodes().filter(({ state }) => isDown(state)))?.id;
    const id = down ?? (up.length > 2 ? this.#pick(up) : undefined);
    const deaf = this.#pick(up.filter((other) => other !== id));
    if (id !== undefined && deaf !== undefined) this.#aside(`${id} unheard`, this.#startUnheard(id, deaf));
  }

  async #startUnheard(id: NodeId, deaf: NodeId): Promise<void> {
    const { history } = this.#options;
    if (this.#safe().includes(id)) {
      this.#note(this.#address(id), 'killed');
      await this.#risking(id, this.#cluster.kill(id));
    }
    const livesMs = this.#between(...UNHEARD_MS);
    const cut = this.#hold(
      'cut',
      'cut no more',
      { from: id, to: deaf },
      [{ from: id, to: deaf, verdict: drop }],
      livesMs + UNHEARD_AFTER_MS,
    );
    await this.#cluster.advance(this.#between(1, 10));
    if (this.#cluster.nodes().some((node) => node.id === id && isDown(node.state))) this.#start(id);
    await this.#cluster.advance(livesMs);
    if (this.#ids('up', 'starting').includes(id) && this.#safe().some((other) => other !== id)) {
      history.note(this.#address(id), 'killed');
      await this.#risking(id, this.#cluster.kill(id));
    }
    await cut;
  }

  #add(): void {
    if (this.#ids().length >= this.#options.mostNodes) return;
    this.#note('cluster', 'add');
    this.#aside('add', this.#cluster.add());
  }

  #pause(leastMs: number, mostMs: number): void {
    const id = this.#pick(this.#ids('up', 'starting', 'leaving'));
    if (id === undefined || !this.#mayStandStill(id)) return;
    const ms = this.#lasting(leastMs, mostMs);
    this.#note(this.#address(id), 'paused', { ms });
    this.#pauses += 1;
    const paused = this.#cluster.pause(id, ms).finally(() => {
      this.#pauses -= 1;
    });
    this.#aside(`pause ${id}`, this.#risking(id, paused));
  }

  #mayStandStill(id: NodeId): boolean {
    return this.#options.ground.world.endsHung !== true || this.#safe().some((other) => other !== id);
  }

  /** Two sides of all parties, neither of them empty. The authority stands with either. */
  #sides(): [NodeId[], NodeId[]] | undefined {
    const ids = this.#ids();
    const isHere = new Set([...ids, AUTHORITY].filter(() => this.#random() < 0.5));
    const here = ids.filter((id) => isHere.has(id));
    const there = ids.filter((id) => !isHere.has(id));
    if (here.length === 0 || there.length === 0) return undefined;
    (isHere.has(AUTHORITY) ? here : there).push(AUTHORITY);
    return [here, there];
  }

  #partition(): void {
    const sides = this.#sides();
    if (!sides) return;
    const [side, rest] = sides;
    this.#cut('partition', 'heal', [
      { details: { side, rest }, links: [...across(side, rest), ...across(rest, side)] },
    ]);
  }

  #oneWay(): void {
    const sides = this.#sides();
    if (sides) this.#cutAll(across(sides[0], sides[1]));
  }

  #partial(): void {
    const link = this.#drawLink(this.#ids());
    if (link) this.#cutAll([link, [link[1], link[0]]]);
  }

  #cutAuthority(): void {
    const ids = this.#ids().filter(() => this.#random() < 0.5);
    const links = [...across([AUTHORITY], ids), ...across(ids, [AUTHORITY])];
    if (this.#random() < 0.7) this.#cutAll(links);
    else this.#cutAll(links.filter(([from]) => (from === AUTHORITY) === this.#random() < 0.5));
  }

  #cutAll(links: readonly Link[]): void {
    const each = links.map((link) => ({ details: { from: link[0], to: link[1] }, links: [link] }));
    this.#cut('cut', 'cut no more', each);
  }

  /** One fault that cuts links for a while, with a note for each of its parts. */
  #cut(
    what: string,
    end: string,
    parts: readonly { details: Record<string, unknown>; links: readonly Link[] }[],
  ): void {
    if (this.#cuts >= MOST_CUTS || parts.length === 0) return;
    const forMs = this.#lasting(50, 12_000);
    const held = parts.map(({ details, links }) => {
      const faults = links.map(([from, to]): LinkFault => ({ from, to, verdict: drop }));
      return this.#hold(what, end, details, faults, forMs);
    });
    this.#cuts += 1;
    const lifted = Promise.all(held).finally(() => {
      this.#cuts -= 1;
    });
    this.#aside(what, lifted);
  }

  #drawLink(ids: readonly NodeId[]): Link | undefined {
    const from = this.#pick(ids);
    const to = this.#pick(ids.filter((id) => id !== from));
    return from !== undefined && to !== undefined ? [from, to] : undefined;
  }

  #onLink(what: string, fault: Pick<LinkFault, 'verdict' | 'lane'>): void {
    const link = this.#drawLink([...this.#ids(), AUTHORITY]);
    if (!link) return;
    const [from, to] = link;
    const forMs = this.#lasting(2, 5_000);
    this.#aside(what, this.#hold(what, `${what} no more`, { from, to, ...fault }, [{ from, to, ...fault }], forMs));
  }

  #reorder(): void {
    const lane = this.#random() < 0.5 ? 'direct' : 'broadcast';
    this.#onLink('reordered', { lane, verdict: delay(this.#between(1, 300)) });
  }

  /** Puts the faults on and takes them off after a while, or when everything ends. Both notes carry the number of the fault. */
  async #hold(
    what: string,
    end: string,
    links: Record<string, unknown>,
    faults: readonly LinkFault[],
    forMs: number,
  ): Promise<void> {
    const details = { ...links, fault: this.caused };
    this.#note('cluster', what, details);
    // A node may be forgotten before its links are cut; the others' are.
    const asked = await Promise.allSettled(faults.map((fault) => this.#cluster.fault(fault)));
    const held = asked.flatMap((fault) => (fault.status === 'fulfilled' ? [fault.value] : []));
    await this.#keep(forMs, async () => {
      await Promise.all(held.map((fault) => fault[Symbol.asyncDispose]()));
      this.#options.history.note('cluster', end, details);
    });
  }

  /** Undoes after a while, or when everything ends. */
  async #keep(forMs: number, undo: () => Promise<void>): Promise<void> {
    const over = deferred<void>();
    const lasting: Lasting = {
      lift: async () => {
        if (!this.#open.delete(lasting)) return;
        await undo();
        over.resolve();
      },
    };
    this.#open.add(lasting);
    await Promise.race([this.#cluster.advance(forMs), over.promise]);
    await lasting.lift();
  }

  #setClock(): void {
    const { setClock } = this.#options.ground.world;
    const id = this.#pick(this.#ids());
    if (!setClock || id === undefined) return;
    const wallMs = this.#between(-CLOCK_JUMP_MS, CLOCK_JUMP_MS);
    const rate = 1 + (this.#random() * 2 - 1) * CLOCK_RATE;
    this.#note(this.#address(id), 'clock', { wallMs, rate });
    setClock(id, wallMs, rate);
    const right = async (): Promise<void> => {
      setClock(id, 0, 1);
      this.#options.history.note(this.#address(id), 'clock right again');
    };
    this.#aside('clock', this.#keep(this.#lasting(1_000, 60_000), right));
  }

  #loseLarge(): void {
    const { setLargestFrame } = this.#options.ground.world;
    const link = this.#drawLink(this.#ids('up'));
    if (!setLargestFrame || !link) return;
    const [from, to] = link;
    const details = { from, to, fault: this.caused };
    this.#note('cluster', 'small only', details);
    setLargestFrame(from, to, LARGEST_SMALL);
    const right = async (): Promise<void> => {
      setLargestFrame(from, to, Number.POSITIVE_INFINITY);
      this.#options.history.note('cluster', 'small only no more', details);
    };
    this.#aside('small only', this.#keep(this.#lasting(1_000, 40_000), right));
  }

  #slowDisk(): void {
    const { setStoreDelay } = this.#options.ground.world;
    if (!setStoreDelay) return;
    const ms = this.#lasting(5, 2_000);
    this.#note('cluster', 'slow disk', { ms });
    setStoreDelay(ms);
    const right = async (): Promise<void> => {
      setStoreDelay(0);
      this.#options.history.note('cluster', 'disk fast again');
    };
    this.#aside('disk', this.#keep(this.#lasting(100, 8_000), right));
  }
}

function isDown(state: string): boolean {
  return state === 'down' || state === 'stopped' || state === 'failed';
}

function across(from: readonly NodeId[], to: readonly NodeId[]): Link[] {
  return from.flatMap((a) => to.map((b): Link => [a, b]));
}
