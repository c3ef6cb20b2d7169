/**
 * A node's right to act (a lease; Gray and Cheriton, 1989): until when it may act without hearing from the authority again. In
 * shared memory the authority writes the end of the lease; else it answers a beat, and the lease counts from when that
 * beat was sent, on this node's own clock, so that clocks need not agree.
 */
import type { NodeCore } from '../../node/index.ts';
import type { Timing } from './timing.ts';
import type { Standing } from './view.ts';

const WATCHES_PER_LEASE = 20;

export class Lease {
  readonly #core: NodeCore;
  readonly #timing: Timing;
  readonly #watchers = new Set<(standing: Standing) => void>();
  #until = Number.NEGATIVE_INFINITY;
  #answeredAt: number | undefined;
  #revoked = false;
  #told: Standing = 'outside';

  constructor(core: NodeCore, timing: Timing) {
    this.#core = core;
    this.#timing = timing;
    core.every(timing.leaseMs / WATCHES_PER_LEASE, () => this.check());
  }

  get #now(): number {
    return this.#core.world.clock.now();
  }

  get #end(): number {
    const { pulse } = this.#core.world;
    return pulse ? pulse.leaseUntil() : this.#until;
  }

  /** Whether this node may act now. Asked at every dispatch; never by a timer alone. */
  get isValid(): boolean {
    return !this.#revoked && this.#now < this.#end;
  }

  get standing(): Standing {
    if (this.#revoked) return 'outside';
    const left = this.#end - this.#now;
    if (left <= 0) return 'outside';
    return left < this.#timing.leaseMs / 2 ? 'doubtful' : 'primary';
  }

  /** The authority's answer to the beat sent at `echo`: a lease of `ms` from then on; 0 is none. */
  answered(echo: number, ms: number): void {
    this.#answeredAt = Math.max(echo, this.#answeredAt ?? echo);
    if (ms > 0) this.#until = Math.max(this.#until, echo + ms);
    this.check();
  }

  /** How old the newest beat is that the authority answered; beats of a lane that is cut one way get older and older. */
  answerAge(now: number): number {
    this.#answeredAt ??= now;
    return now - this.#answeredAt;
  }

  /** This life is out of the view for good. */
  revoke(): void {
    this.#revoked = true;
    this.check();
  }

  watch(changed: (standing: Standing) => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  /** Tells watchers what has changed; a lease that ends while nobody looks is told with the next timer. */
  check(): void {
    const { standing } = this;
    if (standing === this.#told) return;
    this.#told = standing;
    for (const changed of [...this.#watchers]) changed(standing);
  }
}
