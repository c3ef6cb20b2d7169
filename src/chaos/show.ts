/** What one node shows of the chaos app when all has settled: plain data for the checkers. */
import type { MusterNode } from '../services/index.ts';
import type { ChaosApp } from './app.ts';
import type { NodeFinal } from './checkers/index.ts';
import { SERVERS } from './perform.ts';

export async function showNode(node: MusterNode, chaos: ChaosApp): Promise<NodeFinal> {
  const { lists, registers, slots, loads, merged, names, tally } = chaos;
  const stamped = (entries: Iterable<[unknown, { id: number }]>): Record<string, number> =>
    Object.fromEntries([...entries].map(([key, { id }]) => [String(key), id]));
  const tallies: Record<string, readonly number[]> = {};
  for (const key of SERVERS) tallies[String(key)] = await node.server(tally, key).call('read');
  const held = node.registry(names).select();
  return {
    lists: Object.fromEntries(node.cache(lists).entries()),
    registers: stamped(node.cache(registers).entries()),
    slots: stamped(node.cache(slots).entries()),
    loads: stamped(node.cache(loads).entries()),
    merged: stamped(node.cache(merged).entries()),
    names: Object.fromEntries(held.map(({ key, holder, value }) => [key, [holder, value.id] as const])),
    tallies,
  };
}
