/** What nodes log reaches the host as records, also what a node said just before its end. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startCluster } from '../../../src/cluster/index.ts';
import type { LogRecord } from '../../../src/ports/index.ts';

const APP = `import { defineApp } from 'muster';
export default defineApp({ uses: [] }, (node) => {
  node.log.write('debug', 'too low');
  node.log.write('info', 'started', { where: node.id });
});
`;

test('log: records of every node and life arrive with who said them; the last words of a thread that ends are not lost', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'muster-log-'));
  const records: LogRecord[] = [];
  try {
    const app = join(folder, 'app.ts');
    await writeFile(app, APP);
    await using cluster = await startCluster({ nodes: 2, app, restart: {}, onLog: (record) => records.push(record) });
    const messages = (node: string, incarnation: number): string[] =>
      records.filter((one) => one.node === node && one.incarnation === incarnation).map(({ message }) => message);
    await cluster.waitFor('both said that they started', () => records.length === 2);
    assert.deepEqual(records.map(({ fields }) => fields.where).sort(), ['n1', 'n2']);
    const ended = cluster.run('n2', (node) => {
      for (let line = 1; line <= 100; line++) node.log.write('warn', `line ${line}`);
      throw process.exit(3);
    });
    await assert.rejects(ended, { code: 'NodeDown' });
    await cluster.waitFor('its next life', () => messages('n2', 2).length === 1);
    assert.deepEqual(
      messages('n2', 1).slice(1),
      Array.from({ length: 100 }, (_, at) => `line ${at + 1}`),
    );
    assert.deepEqual(messages('n2', 2), ['started']);
  } finally {
    await rm(folder, { recursive: true });
  }
});
