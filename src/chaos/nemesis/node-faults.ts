/** Faults of nodes: deaths, stops, starts, event loops that stand still. Never takes the last that knows what others do not. */
import { deferred, type NodeId } from '../../base/index.ts';
import { drop } from '../../ports/index.ts';
import type { Hand } from './hand.ts';

/** So long an unheard node lives, and so much longer it would not be heard. */
const UNHEARD_MS = [10, 300] as const;
const UNHEARD_AFTER_MS = 200;
const MOST_JOIN_MS = 1_000;

export class NodeFaults {
  readonly #hand: Hand;
  /** The cluster grows to this many nodes at most. */
  readonly #mostNodes: number;
  #pauses = 0;
  /** Up, but being ended or about to be, perhaps; by how many faults. Only where the world ends what hangs. */
  readonly #atRisk = new Map<NodeId, number>();

  constructor(hand: Hand, mostNodes: number) {
    this.#hand = hand;
    this.#mostNodes = mostNodes;
  }

  crash(): void {
    const id = this.#hand.pick(this.#hand.ids('up', 'starting', 'leaving').filter((one) => this.#mayDie(one)));
    if (id === undefined) return;
    this.#hand.note(this.#hand.address(id), 'killed');
    this.#hand.aside(`kill ${id}`, this.#risking(id, this.#hand.cluster.kill(id)));
  }

  /** A node that may leave: while some may be out of reach, one more than the last has to stay. */
  #mayLeave(): NodeId | undefined {
    const up = this.#safe();
    return up.length > (this.#hand.open + this.#pauses > 0 ? 2 : 1) ? this.#hand.pick(up) : undefined;
  }

  stop(): void {
    const id = this.#mayLeave();
    if (id === undefined) return;
    this.#hand.note(this.#hand.address(id), 'stopping');
    this.#hand.aside(`stop ${id}`, this.#hand.cluster.stop(id));
  }

  restart(): void {
    const id = this.#mayLeave();
    if (id === undefined) return;
    this.#hand.note(this.#hand.address(id), 'stopping');
    this.#hand.aside(`restart ${id}`, this.#hand.cluster.restart(id));
  }

  startOne(): void {
    const id = this.#hand.pick(this.#hand.cluster.nodes().filter(({ state }) => isDown(state)))?.id;
    if (id !== undefined) this.#start(id);
  }

  #start(id: NodeId): void {
    this.#hand.history.note('cluster', 'start', { id });
    this.#hand.aside(`start ${id}`, this.#hand.cluster.start(id));
  }

  /** A node that is down, or is ended for this. */
  unheard(): void {
    const up = this.#safe();
    const down = this.#hand.pick(this.#hand.cluster.nodes().filter(({ state }) => isDown(state)))?.id;
    const id = down ?? (up.length > 2 ? this.#hand.pick(up) : undefined);
    const deaf = this.#hand.pick(up.filter((other) => other !== id));
    if (id !== undefined && deaf !== undefined) this.#hand.aside(`${id} unheard`, this.#startUnheard(id, deaf));
  }

  /** Until a view makes it a member, which no node knows yet: before that it has to be heard by all. Not for ever. */
  async #untilMember(id: NodeId): Promise<void> {
    const { cluster } = this.#hand;
    const isMember = deferred<void>();
    const forget = cluster.on((event) => {
      if (event.event !== 'view') return;
      if (event.view.members.some((member) => member.id === id && member.state === 'up')) isMember.resolve();
    });
    await Promise.race([isMember.promise, cluster.advance(MOST_JOIN_MS)]);
    forget();
  }

  async #startUnheard(id: NodeId, deaf: NodeId): Promise<void> {
    if (this.#safe().includes(id)) {
      this.#hand.note(this.#hand.address(id), 'killed');
      await this.#risking(id, this.#hand.cluster.kill(id));
    }
    const livesMs = this.#hand.between(...UNHEARD_MS);
    const member = this.#untilMember(id);
    await this.#hand.cluster.advance(this.#hand.between(1, 10));
    if (this.#hand.cluster.nodes().some((node) => node.id === id && isDown(node.state))) this.#start(id);
    await member;
    const cut = this.#hand.hold(
      'cut',
      'cut no more',
      { from: id, to: deaf },
      [{ from: id, to: deaf, verdict: drop }],
      livesMs + UNHEARD_AFTER_MS,
    );
    await this.#hand.cluster.advance(livesMs);
    if (this.#hand.ids('up', 'starting').includes(id) && this.#safe().some((other) => other !== id)) {
      this.#hand.history.note(this.#hand.address(id), 'killed');
      await this.#risking(id, this.#hand.cluster.kill(id));
    }
    await cut;
  }

  add(): void {
    if (this.#hand.ids().length >= this.#mostNodes) return;
    this.#hand.note('cluster', 'add');
    this.#hand.aside('add', this.#hand.cluster.add());
  }

  pause(leastMs: number, mostMs: number): void {
    const id = this.#hand.pick(this.#hand.ids('up', 'starting', 'leaving'));
    if (id === undefined || !this.#mayStandStill(id)) return;
    const ms = this.#hand.lasting(leastMs, mostMs);
    this.#hand.note(this.#hand.address(id), 'paused', { ms });
    this.#pauses += 1;
    const paused = this.#hand.cluster.pause(id, ms).finally(() => {
      this.#pauses -= 1;
    });
    this.#hand.aside(`pause ${id}`, this.#risking(id, paused));
  }

  #mayStandStill(id: NodeId): boolean {
    return this.#hand.world.endsHung !== true || this.#safe().some((other) => other !== id);
  }

  /** Whether somebody else surely stays who knows what it knows: all that members know, a node that joins does not yet. */
  #mayDie(id: NodeId): boolean {
    const knows = this.#hand.cluster.view().members.some((member) => member.id === id && member.state !== 'joining');
    return !knows || this.#safe().some((other) => other !== id);
  }

  /** Members that are up, stay, and that nothing is about to end. */
  #safe(): NodeId[] {
    const members = new Set(this.#hand.cluster.view().members.flatMap(({ id, state }) => (state === 'up' ? [id] : [])));
    return this.#hand.ids('up').filter((id) => members.has(id) && !this.#atRisk.has(id));
  }

  /** While `work` lasts, the node is not counted upon. */
  async #risking(id: NodeId, work: Promise<unknown>): Promise<void> {
    const count = (by: number): void => {
      const faults = (this.#atRisk.get(id) ?? 0) + by;
      if (faults > 0) this.#atRisk.set(id, faults);
      else this.#atRisk.delete(id);
    };
    const { endsHung = false } = this.#hand.world;
    if (endsHung) count(1);
    try {
      await work;
    } finally {
      if (endsHung) count(-1);
    }
  }

  /** Starts every node that is down. */
  startAll(): void {
    for (const { id, state } of this.#hand.cluster.nodes()) {
      if (isDown(state)) this.#start(id);
    }
  }
}

function isDown(state: string): boolean {
  return state === 'down' || state === 'stopped' || state === 'failed';
}
