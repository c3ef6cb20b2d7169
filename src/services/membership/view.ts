/** Views: the members of the cluster under a growing epoch. Plain data; every node derives the same answers from it. */
import { type Address, addressOf, compareIds, type NodeId, Rendezvous } from '../../base/index.ts';

/** `joining`: a learner that receives but is not waited for and owns nothing. `leaving`: hands over, owns nothing. */
export type MemberState = 'joining' | 'up' | 'leaving';

export interface Member {
  readonly id: NodeId;
  readonly incarnation: number;
  readonly state: MemberState;
}

/**
 * What a node may do under its view. `primary`: it acts. `doubtful`: it still may, but its lease was not renewed for half its
 * time. `outside`: its lease has run out; only local reads and merged writes go on.
 */
export type Standing = 'primary' | 'doubtful' | 'outside';

/** Why a view was made, in words a person reads: `boot`, `join n4`, `death n2`, … */
export type Cause = string;

/** A view as it crosses the wire. */
export interface ViewData {
  readonly epoch: number;
  readonly cause: Cause;
  readonly members: readonly Member[];
}

export class View {
  readonly epoch: number;
  readonly cause: Cause;
  readonly members: readonly Member[];
  readonly #byAddress: ReadonlyMap<Address, Member>;
  readonly #byId: ReadonlyMap<NodeId, Member>;
  readonly #addressOf: ReadonlyMap<NodeId, Address>;
  readonly #addresses: readonly Address[];
  readonly #voters: readonly Address[];
  readonly #owners: Rendezvous;

  constructor(data: ViewData) {
    this.epoch = data.epoch;
    this.cause = data.cause;
    this.members = [...data.members].sort((a, b) => compareIds(a.id, b.id));
    this.#byAddress = new Map(this.members.map((member) => [addressOf(member.id, member.incarnation), member]));
    this.#byId = new Map(this.members.map((member) => [member.id, member]));
    this.#addressOf = new Map([...this.#byAddress].map(([address, { id }]) => [id, address]));
    this.#addresses = [...this.#byAddress.keys()];
    this.#voters = this.#addresses.filter((address) => this.#byAddress.get(address)!.state !== 'joining');
    this.#owners = new Rendezvous(this.members.filter((member) => member.state === 'up').map((member) => member.id));
  }

  toData(): ViewData {
    return { epoch: this.epoch, cause: this.cause, members: this.members };
  }

  has(address: Address): boolean {
    return this.#byAddress.has(address);
  }

  member(id: NodeId): Member | undefined {
    return this.#byId.get(id);
  }

  state(address: Address): MemberState | undefined {
    return this.#byAddress.get(address)?.state;
  }

  addressFor(id: NodeId): Address | undefined {
    return this.#addressOf.get(id);
  }

  /** All addresses, learners included: who receives. */
  addresses(): readonly Address[] {
    return this.#addresses;
  }

  /** Those who acknowledge: members that are up or leaving. */
  voters(): readonly Address[] {
    return this.#voters;
  }

  /** The member that owns a route in this view; undefined while nobody is up. */
  owner(route: string): Address | undefined {
    const id = this.#owners.pick(route);
    return id === undefined ? undefined : this.addressFor(id);
  }
}

export const NO_VIEW = new View({ epoch: 0, cause: 'none', members: [] });
