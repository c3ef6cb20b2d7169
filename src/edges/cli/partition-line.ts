/**
 * What may stand after `partition`, read into what the cluster is asked to cut. One clause with `|` names whole sides;
 * everything else names exact cuts: `a -> b` one way, and of several clauses, separated by `;`, each by itself. Pure.
 */
import { AUTHORITY, type NodeId, Refused } from '../../base/index.ts';
import type { Cut, Partition } from '../../cluster/index.ts';

export const PARTITION_FORMS = 'partition n1 | n2 n3 n4, partition n1 -> n2 or partition n1 | n2 ; n3 -> n4';

const EXPECTED = `expected: ${PARTITION_FORMS}`;

/** Throws `Refused`. `checkNode` throws for a node that does not exist; the authority may be named as a party. */
export function parsePartition(rest: string, checkNode: (word: string) => void): Partition {
  const clauses = rest.split(';').map((text) => text.trim());
  if (clauses.length > 1 && clauses.includes('')) throw new Refused(`a clause of the partition is empty; ${EXPECTED}`);
  const parsed = clauses.map((text) => (text.includes('->') ? oneWay(text, checkNode) : bothWays(text, checkNode)));
  const [first] = parsed;
  if (parsed.length === 1 && first?.kind === 'sides') return first.sides;
  return parsed.flatMap((clause) => (clause.kind === 'sides' ? pairsOf(clause.sides) : [clause.cut]));
}

type Clause = { readonly kind: 'sides'; readonly sides: NodeId[][] } | { readonly kind: 'one way'; readonly cut: Cut };

function bothWays(text: string, checkNode: (word: string) => void): Clause {
  const sides = text.split('|').map(wordsOf);
  if (sides.length < 2) {
    throw new Refused(`a partition has at least two groups, separated by | (or ->, one way); ${EXPECTED}`);
  }
  checkSides(sides, checkNode);
  return { kind: 'sides', sides };
}

function oneWay(text: string, checkNode: (word: string) => void): Clause {
  if (text.includes('|')) throw new Refused(`a clause has either | or ->, not both; separate clauses with ;`);
  const [from = [], to = [], ...more] = text.split('->').map(wordsOf);
  if (more.length > 0) throw new Refused(`a cut one way has two sides; ${EXPECTED}`);
  checkSides([from, to], checkNode);
  return { kind: 'one way', cut: { from, to, oneWay: true } };
}

function checkSides(sides: readonly NodeId[][], checkNode: (word: string) => void): void {
  if (sides.some((side) => side.length === 0)) throw new Refused(`a group of the partition is empty; ${EXPECTED}`);
  const seen = new Set<NodeId>();
  for (const id of sides.flat()) {
    if (id !== AUTHORITY) checkNode(id);
    if (seen.has(id)) throw new Refused(`${id} is named twice; ${EXPECTED}`);
    seen.add(id);
  }
}

/** Each side cut from each other one, and from nobody else. */
function pairsOf(sides: readonly NodeId[][]): Cut[] {
  return sides.flatMap((from, at) => sides.slice(at + 1).map((to): Cut => ({ from, to })));
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
