/** Who is who: node ids, incarnations and addresses. An address names one life of one node. */

/** A node's name, stable across restarts: `n1`, `n2`, … */
export type NodeId = string;

/** One life of one node, `n2#3`: node id and incarnation. A restarted node has a new address, so nothing meant for the old one reaches it. */
export type Address = `${string}#${number}`;

/** The party that decides views. It stands on the transport like a node, but is never a member. */
export const AUTHORITY: NodeId = 'authority';

export function addressOf(id: NodeId, incarnation: number): Address {
  return `${id}#${incarnation}`;
}

export function idOf(address: Address): NodeId {
  return address.slice(0, address.lastIndexOf('#'));
}

export function incarnationOf(address: Address): number {
  return Number(address.slice(address.lastIndexOf('#') + 1));
}

/** Total order of node ids that a person expects: `n2` before `n10`. */
export function compareIds(a: NodeId, b: NodeId): number {
  if (a === b) return 0;
  const numberOfA = trailingNumber(a);
  const numberOfB = trailingNumber(b);
  if (numberOfA !== numberOfB) return numberOfA - numberOfB;
  return a < b ? -1 : 1;
}

function trailingNumber(id: NodeId): number {
  const digits = /\d+$/.exec(id);
  return digits ? Number(digits[0]) : 0;
}
