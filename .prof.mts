import { writeFileSync } from 'node:fs';
import { startBench, ask, nodeIds } from './benchmarks/ours.ts';
const which = process.argv[2]!; const count = Number(process.argv[3] ?? 300000);
const nodes = Number(process.argv[4] ?? 4);
const cluster = await startBench(nodes);
const ids = nodeIds(nodes);
const on = (id: string) => cluster.run(id, () => new Promise((resolve) => { const { Session } = (process as any).getBuiltinModule('node:inspector'); const s = new Session(); s.connect(); (globalThis as any).sess = s; s.post('Profiler.enable', () => s.post('Profiler.setSamplingInterval', { interval: 200 }, () => s.post('Profiler.start', () => resolve(0)))); }));
const off = (id: string) => cluster.run(id, () => new Promise<string>((resolve) => (globalThis as any).sess.post('Profiler.stop', (_e: any, r: any) => resolve(JSON.stringify(r.profile)))));
const acts: Record<string, (round: number) => Promise<unknown>> = {
  fanout: async (round) => { const heard = Promise.all(ids.map((id) => ask(cluster, id, 'pubsub', 'heard', round * count))); await Promise.all([ask(cluster, 'n1', 'pubsub', 'publish', count, 48), heard]); },
  put: async (round) => { await Promise.all([ask(cluster, 'n1', 'caches', 'put', count, round, 48), ...ids.map((id) => ask(cluster, id, 'caches', 'holds', count, round))]); },
  call: async () => { await ask(cluster, 'n1', 'servers', 'call', 'n2', count, 64); },
  seq: async () => { console.log(await ask(cluster, 'n1', 'servers', 'callInTurn', 'n2', count)); },
  get: async () => { console.log(await ask(cluster, 'n2', 'caches', 'get', 1_000_000, count)); },
  update: async (round) => { await Promise.all(ids.map((id) => ask(cluster, id, 'caches', 'countUp', `k${round}`, count, 1000))); },
  register: async (round) => { await ask(cluster, 'n1', 'names', 'register', round * count, count); },
  ids: async () => { await ask(cluster, 'n1', 'names', 'takeIds', count); },
};
if (which === 'fanout') await Promise.all(ids.map((id) => ask(cluster, id, 'pubsub', 'listen')));
if (which === 'get') { await ask(cluster, 'n1', 'caches', 'put', count, 1, 48); await ask(cluster, 'n2', 'caches', 'holds', count, 1); }
await acts[which]!(1);
for (const id of ['n1', 'n2']) await on(id);
const t = performance.now(); await acts[which]!(2); const ms = performance.now() - t;
console.log(which, count, Math.round(ms), 'ms', Math.round(count / ms * 1000), '/s');
for (const id of ['n1', 'n2']) writeFileSync(`/tmp/prof.${id}.json`, await off(id));
await cluster.close();
