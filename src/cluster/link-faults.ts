/** The faults a host has put on links: one partition at most, and single faults beside it. State only. */
import type { NodeId } from '../base/index.ts';
import type { LinkFault } from '../ports/index.ts';
import type { Partition } from './cluster.ts';
import { faultsOf } from './partition.ts';

export class LinkFaults {
  #partition: readonly LinkFault[] = [];
  readonly #single = new Set<LinkFault>();

  /** All rules; the first that matches a link decides. */
  all(): LinkFault[] {
    return [...this.#partition, ...this.#single];
  }

  get any(): boolean {
    return this.#partition.length + this.#single.size > 0;
  }

  /** Replaces the partition. `byAge` lists the nodes, oldest first. Throws `InvalidValue`. */
  partition(partition: Partition, byAge: readonly NodeId[]): void {
    this.#partition = faultsOf(partition, byAge);
  }

  heal(): void {
    this.#partition = [];
  }

  add(fault: LinkFault): void {
    this.#single.add(fault);
  }

  remove(fault: LinkFault): void {
    this.#single.delete(fault);
  }
}
