/** Causes the faults of a plan, one after another, beside everything else, and lifts them in the end. */
import { drawKind, type FaultKind, type FaultPlan } from '../fault-plan.ts';
import { Hand, type HandOptions } from './hand.ts';
import { LinkFaults } from './link-faults.ts';
import { NodeFaults } from './node-faults.ts';
import { Surroundings } from './surroundings.ts';

export interface NemesisOptions extends HandOptions {
  /** The cluster grows to this many nodes at most. */
  readonly mostNodes: number;
  /** Told some ms before a fault. */
  readonly onFault: () => void;
  /** Whether it should cause no more. */
  readonly isOver: () => boolean;
}

/** Part of the faults that are followed by the start of a node that is down. */
const STARTS = 0.6;

export class Nemesis {
  readonly #hand: Hand;
  readonly #plan: FaultPlan;
  readonly #onFault: () => void;
  readonly #isOver: () => boolean;
  readonly #nodes: NodeFaults;
  readonly #acts: Readonly<Record<FaultKind, () => void>>;

  constructor({ mostNodes, onFault, isOver, ...options }: NemesisOptions) {
    this.#hand = new Hand(options);
    this.#plan = options.plan;
    this.#onFault = onFault;
    this.#isOver = isOver;
    const nodes = new NodeFaults(this.#hand, mostNodes);
    const links = new LinkFaults(this.#hand);
    const surroundings = new Surroundings(this.#hand);
    this.#nodes = nodes;
    this.#acts = {
      crash: () => nodes.crash(),
      restart: () => nodes.restart(),
      stop: () => nodes.stop(),
      add: () => nodes.add(),
      partition: () => links.partition(),
      'one-way': () => links.oneWay(),
      partial: () => links.partial(),
      authority: () => links.cutAuthority(),
      delay: () => links.delay(),
      drop: () => links.drop(),
      reorder: () => links.reorder(),
      pause: () => nodes.pause(10, 400),
      hang: () => nodes.pause(400, 8_000),
      clock: () => surroundings.setClock(),
      disk: () => surroundings.slowDisk(),
      unheard: () => nodes.unheard(),
      'small-only': () => links.loseLarge(),
    };
  }

  /** How many faults it has caused so far. */
  get caused(): number {
    return this.#hand.caused;
  }

  /** Causes faults until `untilMs`, and starts nodes that are down in between. */
  async run(untilMs: number): Promise<void> {
    const { cluster, random } = this.#hand;
    const { everyMs, mostFaults = Number.POSITIVE_INFINITY } = this.#plan;
    for (;;) {
      await cluster.advance(Math.min(this.#hand.between(1, everyMs * 2), untilMs - cluster.now() + 1));
      if (cluster.now() >= untilMs || this.#isOver()) return;
      this.#onFault();
      await cluster.advance(this.#hand.between(1, 80));
      if (this.caused >= mostFaults) continue;
      const kind = drawKind(this.#plan, random);
      if (kind) this.#acts[kind]();
      if (random() < STARTS) this.#nodes.startOne();
    }
  }

  /** Lifts all faults, waits for what is under way, and starts every node that is down. */
  async end(): Promise<void> {
    await this.#hand.liftAll();
    await this.#hand.idle();
    this.#nodes.startAll();
    await this.#hand.idle();
  }
}
