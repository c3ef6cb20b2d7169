/** The command: shows results of a file as a table, as a page and compared; says what it does not do. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../benchmarks/main.ts', import.meta.url));

function bench(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', MAIN, ...args], (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr });
    });
  });
}

test('results of a file are shown, drawn and compared, without measuring', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-bench-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [file, html] = [join(folder, 'run.json'), join(folder, 'page.html')];
  const ours = { median: 50, min: 49, max: 51 };
  const shape = { nodes: 4, size: 10, unit: 'messages/s', better: 'higher', ours, baselines: {}, ratio: {} };
  const results = ['pubsub/a', 'pubsub/b'].map((scenario) => ({ scenario, ...shape }));
  writeFileSync(file, JSON.stringify({ at: '2026-03-01T10:00:00.000Z', machine: 'a machine', results }));
  const { code, stdout } = await bench('--from', file, '--only', 'pubsub/a', '--html', html, '--compare', file);
  assert.equal(code, 0);
  assert.match(stdout, /pubsub\/a +4 +10 +muster +50 messages\/s/);
  assert.match(stdout, /within noise +pubsub\/a/);
  assert.doesNotMatch(stdout, /pubsub\/b/);
  assert.match(readFileSync(html, 'utf8'), /2026-03-01, a machine/);
});

test('a scenario that does not exist, and options that make no sense, end with 2 and the names there are', async () => {
  for (const [args, reason] of [
    [['--only', 'nothing'], /^no scenario is called nothing\n/],
    [['--keep', '--quick'], /^--keep is for full runs/],
  ] as const) {
    const { code, stderr } = await bench(...args);
    assert.equal(code, 2);
    assert.match(stderr, reason);
    assert.match(stderr, /usage: .*\n.*\nscenarios: .*pubsub\/overload.*curves\/fan-out\/…/);
  }
});
