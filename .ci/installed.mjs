// Runs in an empty folder where the packed tarball is installed: the library from plain JS, and the command.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import * as muster from 'muster';

assert.equal(typeof muster.startCluster, 'function');
writeFileSync('app.mjs', `import { defineApp } from 'muster';\nexport default defineApp({ uses: [] });\n`);
const cluster = await muster.startCluster({ nodes: 2, app: new URL('./app.mjs', import.meta.url) });
try {
  assert.equal(await cluster.run('n2', (node, by) => `${node.id} ${2 * by}`, 21), 'n2 42');
} finally {
  await cluster.close();
}
console.log("import { startCluster } from 'muster' runs a cluster");

const args = ['muster', 'up', '--json', '--nodes', '2', '--lobby-port', '0', '--data', 'memory'];
const child = spawn('npx', args, { stdio: ['pipe', 'pipe', 'inherit'] });
const closed = once(child, 'close');
const events = [];
for await (const line of createInterface({ input: child.stdout })) {
  events.push(JSON.parse(line).event);
  if (events.at(-1) === 'up') child.stdin.write('quit\n');
}
const [code] = await closed;
assert.ok(events.includes('up'), `no up event among: ${events.join(', ')}`);
assert.equal(code, 0, 'exit code after quit');
console.log(`npx ${args.join(' ')}: ${events.length} events, quit cleanly`);

writeFileSync('counter.mjs', `import { cache, defineApp } from 'muster';
import * as z from 'zod';
const counts = cache('counts', { key: z.string(), value: z.number(), writes: 'owner', filled: 'here', about: 'Counts.' });
export default defineApp({ uses: [counts] });
export const workload = ({ record }) => record('add', 'a', (node) => node.cache(counts).update('a', (n) => (n ?? 0) + 1));
export const invariants = [{ name: 'never two', check: ({ history }) => (history.of('add').length > 1 ? 'two' : undefined) }];
`);
for (const [expected, ...more] of [[0], [1, '--app', 'counter.mjs']]) {
  const simulate = ['muster', 'simulate', '--json', '--seeds', '2', '--nodes', '3', '--minutes', '0.1', ...more];
  const run = spawn('npx', simulate, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(run, 'close');
  const lines = [];
  for await (const line of createInterface({ input: run.stdout })) lines.push(JSON.parse(line));
  assert.equal((await ended)[0], expected, `exit code of npx ${simulate.join(' ')}`);
  assert.equal(lines.at(-1).done, 2);
  assert.equal(lines.at(-1).failed.length, 2 * expected);
  console.log(`npx ${simulate.join(' ')}: ${lines.length} lines, exit code ${expected}`);
}
const summary = await muster.simulate({ seeds: 1, nodes: 3, minutes: 0.05 });
assert.ok(summary.operations > 0);
console.log("import { simulate } from 'muster' runs a seed");
