/**
 * Milliseconds from nothing to a cluster whose app is ready on each node, of the package as its users have it: built, in a
 * process of its own, the nodes' bundle in the cache. Beside bare workers in such a process; and what a node takes of memory.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { moleculerBoot } from '../baselines/moleculer.ts';
import type { Measured, Scenario, Subject } from '../harness.ts';
import { builtPackage } from '../package/build.ts';
import type { Booted } from '../package/child.ts';

export const boot4 = boot(4, [moleculerBoot]);
export const boot16 = boot(16);
export const boot64 = boot(64);

function boot(nodes: number, peers: Scenario['subjects'] = []): Scenario {
  return {
    name: `cluster/boot-${nodes}`,
    nodes,
    size: { full: nodes, quick: nodes },
    unit: 'ms',
    better: 'lower',
    slow: nodes > 16,
    subjects: [(count) => booting('muster', count), (count) => booting('bare-workers', count)],
    peers,
  };
}

/** Each round is a process of its own. */
export async function booting(what: 'muster' | 'bare-workers', count: number): Promise<Subject> {
  const folder = await builtPackage();
  const bootOnce = () => bootInChild(folder, what, count);
  // The first start makes the bundle.
  if (what === 'muster') await bootOnce();
  return { name: what, round: async () => shown(count, await bootOnce()), close: async () => {} };
}

async function bootInChild(folder: string, what: string, count: number): Promise<Booted> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = [join(folder, 'child.mjs'), what, String(count)];
  const { stdout } = await promisify(execFile)(process.execPath, child, { cwd: folder, env });
  return JSON.parse(stdout) as Booted;
}

const MB = 2 ** 20;

/** Throws unless all are up. */
export function shown(count: number, { tookMs, up, rssBytes, heapBytes }: Booted): Measured {
  if (up !== count) throw new Error(`${up} of ${count} nodes are up`);
  return { figure: tookMs, also: { 'MB per node': rssBytes / count / MB, 'MB of it heap': heapBytes / MB } };
}
