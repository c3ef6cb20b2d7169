/** Which verdict the present rules have for a directed link. The rules themselves are a matter of the ports. */
import { type Address, idOf, type NodeId } from '../../base/index.ts';
import type { LinkFault, Verdict } from '../../ports/index.ts';

export class FaultRules {
  #rules: readonly LinkFault[] = [];

  replace(rules: readonly LinkFault[]): void {
    this.#rules = [...rules];
  }

  /** The verdict of the first rule that matches; undefined lets the frame pass. */
  verdict(from: Address, to: Address): Verdict | undefined {
    if (this.#rules.length === 0) return undefined;
    const fromId: NodeId = idOf(from);
    const toId: NodeId = idOf(to);
    return this.#rules.find((rule) => rule.from === fromId && rule.to === toId)?.verdict;
  }
}
