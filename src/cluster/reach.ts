/**
 * Whom the authority reaches, for how long each may act, and who has to go. Pure: signs of life and time come in, leases and
 * evictions come out. The rules are section 5 of the design:
 * - a node that gives no two-way sign for a lease's time is out of reach;
 * - the primary component is the side with more than half of the members, of exactly half the side with the oldest; without
 *   it nobody gets a lease;
 * - of members that reach the authority but not each other, the fewest go, of equals the youngest;
 * - whoever goes is out of the view only when its lease and a margin have run out.
 *
 * Time is counted in the authority's own rounds, each with a bound, so that an authority that was paused blames nobody for it.
 */
import { type Address, idOf } from '../base/index.ts';
import type { MemberState, Timing } from '../services/index.ts';

/** The oldest first. */
export type Roll = readonly (readonly [Address, MemberState])[];

export interface Eviction {
  readonly address: Address;
  readonly why: string;
}

interface Watched {
  /** Since its last two-way sign of life, in ms. */
  quietMs: number;
  /** Since its loop was last seen to move, in ms; where that can be seen. */
  stalledMs: number;
  leaseUntil: number;
  silent: readonly Address[];
  owing: readonly Address[];
  /** Since when it has to go though it is within reach. */
  atOddsSince: number | undefined;
}

export class Reach {
  readonly #timing: Timing;
  readonly #watched = new Map<Address, Watched>();
  #roundAt: number | undefined;
  #absent: ReadonlyMap<Address, string> = new Map();
  #hasPrimary = true;

  constructor(timing: Timing) {
    this.#timing = timing;
  }

  /** How often `round` wants to be called, in ms. */
  get everyMs(): number {
    return Math.min(300, this.#timing.leaseMs / 10);
  }

  #of(address: Address): Watched {
    let watched = this.#watched.get(address);
    if (!watched) {
      watched = {
        quietMs: 0,
        stalledMs: 0,
        leaseUntil: Number.NEGATIVE_INFINITY,
        silent: [],
        owing: [],
        atOddsSince: undefined,
      };
      this.#watched.set(address, watched);
    }
    return watched;
  }

  forget(address: Address): void {
    this.#watched.delete(address);
  }

  /** A sign that frames go both ways between the node and the authority. */
  heard(address: Address): void {
    this.#of(address).quietMs = 0;
  }

  /** The loop of the node was seen to move. */
  moved(address: Address): void {
    this.#of(address).stalledMs = 0;
  }

  complained(address: Address, silent: readonly Address[], owing: readonly Address[]): void {
    Object.assign(this.#of(address), { silent, owing });
  }

  granted(address: Address, until: number): void {
    const watched = this.#of(address);
    watched.leaseUntil = Math.max(watched.leaseUntil, until);
  }

  /** Whether the last round found a primary component. Without one nobody may have a lease. */
  get hasPrimary(): boolean {
    return this.#hasPrimary;
  }

  /** Members the last round found within reach, and those it did not; learners are neither. */
  membersByReach(roll: Roll): { reached: Address[]; unreached: Address[] } {
    const members = membersOf(roll);
    return {
      reached: members.filter((address) => !this.#absent.has(address)),
      unreached: members.filter((address) => this.#absent.has(address)),
    };
  }

  /** Whether the node may have a lease now. */
  mayAct(address: Address): boolean {
    return this.#hasPrimary && !this.#absent.has(address);
  }

  /** Nodes whose loop has stood still for too long. */
  hung(roll: Roll): Address[] {
    return roll.map(([address]) => address).filter((address) => this.#of(address).stalledMs >= this.#timing.hungMs);
  }

  /** One round at `now`: who is out of reach, whether there is a primary component, and who goes now. */
  round(now: number, roll: Roll): Eviction[] {
    const passed = Math.min(now - (this.#roundAt ?? now), 2 * this.everyMs);
    this.#roundAt = now;
    for (const [address] of roll) {
      const watched = this.#of(address);
      watched.quietMs += passed;
      watched.stalledMs += passed;
    }
    const outOfReach = this.#outOfReach(roll);
    this.#hasPrimary = isPrimary(roll, (address) => !outOfReach.has(address));
    const atOdds = this.#hasPrimary ? this.#atOdds(roll, outOfReach) : new Map<Address, string>();
    for (const [address] of roll) {
      const watched = this.#of(address);
      watched.atOddsSince = atOdds.has(address) ? (watched.atOddsSince ?? now) : undefined;
    }
    this.#absent = new Map([...outOfReach, ...atOdds]);
    if (!this.#hasPrimary) return [];
    return [...this.#absent]
      .filter(([address]) => this.#isDue(address, now))
      .map(([address, why]) => ({ address, why }));
  }

  /** Complaints of a moment are no reason: what was cut a while ago is complained of until it is known to be whole. */
  #isDue(address: Address, now: number): boolean {
    const { leaseUntil, atOddsSince } = this.#of(address);
    const { leaseMs, marginMs } = this.#timing;
    return now >= leaseUntil + marginMs && now >= (atOddsSince ?? Number.NEGATIVE_INFINITY) + leaseMs;
  }

  #outOfReach(roll: Roll): Map<Address, string> {
    const out = new Map<Address, string>();
    for (const [address] of roll) {
      const { quietMs, stalledMs } = this.#of(address);
      if (stalledMs >= this.#timing.hungMs) out.set(address, 'hung, and its thread does not end');
      else if (quietMs >= this.#timing.leaseMs) out.set(address, 'out of reach');
    }
    return out;
  }

  /** Of members within reach: those that have to go so that the rest all reach each other. */
  #atOdds(roll: Roll, outOfReach: ReadonlyMap<Address, string>): Map<Address, string> {
    const here = roll.filter(([address, state]) => state !== 'joining' && !outOfReach.has(address));
    const going = new Map<Address, string>();
    for (const [address] of here) {
      for (const debtor of this.#of(address).owing) {
        if (here.some(([other]) => other === debtor)) going.set(debtor, `it owes ${idOf(address)} an acknowledgement`);
      }
    }
    for (;;) {
      const left = here.map(([address]) => address).filter((address) => !going.has(address));
      const worst = this.#mostAtOdds(left);
      if (!worst) return going;
      going.set(
        worst.address,
        `${idOf(worst.address)} and ${worst.others.map(idOf).join(', ')} do not reach each other`,
      );
    }
  }

  /** The one with the most mutual complaints, of equals the youngest; undefined when all get on. */
  #mostAtOdds(left: readonly Address[]): { address: Address; others: Address[] } | undefined {
    let worst: { address: Address; others: Address[] } | undefined;
    for (const address of left) {
      const { silent } = this.#of(address);
      const others = left.filter((other) => silent.includes(other) && this.#of(other).silent.includes(address));
      if (others.length > 0 && others.length >= (worst?.others.length ?? 0)) worst = { address, others };
    }
    return worst;
  }
}

/** Whether the members that `isHere` are the primary component. Learners do not count. */
function isPrimary(roll: Roll, isHere: (address: Address) => boolean): boolean {
  const members = membersOf(roll);
  if (members.length === 0) return true;
  const here = members.filter(isHere).length;
  return here * 2 > members.length || (here * 2 === members.length && isHere(members[0]!));
}

function membersOf(roll: Roll): Address[] {
  return roll.filter(([, state]) => state !== 'joining').map(([address]) => address);
}
