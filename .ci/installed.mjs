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
