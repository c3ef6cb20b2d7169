/**
 * The places of a cluster's nodes: under one id there is one life after the other, and between them a state and its cause.
 * State only, and it tells every change of it; what changes it is elsewhere.
 */
import { type Address, compareIds, idOf, type NodeId, Refused } from '../base/index.ts';
import type { NodeState, NodeStatus } from './cluster.ts';
import type { NodeLife } from './launcher.ts';

export interface Place {
  readonly id: NodeId;
  incarnation: number;
  state: NodeState;
  cause: string;
  life: NodeLife | undefined;
  /** Set while a restart is planned. */
  restartPending: boolean;
  /** Why its host ended its present life, if it did. */
  endedFor: string | undefined;
  /** Whether links were cut on purpose when its life was last cut off. */
  cutOnPurpose: boolean;
  /** Set while a life that was cut off is being replaced by the next. */
  comingBack: boolean;
}

export class Places {
  readonly #places = new Map<NodeId, Place>();
  /** The last incarnation of nodes that were forgotten. */
  readonly #spent = new Map<NodeId, number>();
  readonly #changed: (status: NodeStatus) => void;

  constructor(changed: (status: NodeStatus) => void) {
    this.#changed = changed;
  }

  add(id: NodeId): Place {
    const place: Place = {
      id,
      incarnation: this.#spent.get(id) ?? 0,
      state: 'stopped',
      cause: 'new',
      life: undefined,
      restartPending: false,
      endedFor: undefined,
      cutOnPurpose: false,
      comingBack: false,
    };
    this.#places.set(id, place);
    return place;
  }

  /** Under the lowest number that is free. */
  addNext(): Place {
    let number = 1;
    while (this.#places.has(`n${number}`)) number += 1;
    return this.add(`n${number}`);
  }

  /** The number is free again; its incarnations are not, because an address names one life. */
  forget(place: Place): void {
    this.#places.delete(place.id);
    this.#spent.set(place.id, place.incarnation);
  }

  all(): Place[] {
    return [...this.#places.values()];
  }

  find(id: NodeId): Place | undefined {
    return this.#places.get(id);
  }

  /** Throws `Refused` when no node is called so. */
  known(id: NodeId): Place {
    const place = this.#places.get(id);
    if (!place) throw new Refused(`no node is called ${id}; there are ${[...this.#places.keys()].join(', ')}`);
    return place;
  }

  /** The place whose present life has this address. */
  at(address: Address): Place | undefined {
    const place = this.#places.get(idOf(address));
    return place?.life?.address === address ? place : undefined;
  }

  statuses(): NodeStatus[] {
    return this.all()
      .map(statusOf)
      .sort((a, b) => compareIds(a.id, b.id));
  }

  become(place: Place, state: NodeState, cause: string): void {
    place.state = state;
    place.cause = cause;
    this.#changed(statusOf(place));
  }
}

function statusOf({ id, incarnation, state, cause }: Place): NodeStatus {
  return { id, incarnation, state, cause };
}
