/**
 * `npm test [-- FILTER…]`: runs every file below test/ that ends in `.test.ts` (or those whose path contains a filter, and none
 * that contains what follows a `!`), two files at a time, each in its own process, and reports like node's spec reporter. Fails when a test fails, when a file does not
 * end by itself, and when no test ran.
 *
 * MUSTER_TEST_CONCURRENCY (files at once, default 2) and MUSTER_TEST_IDLE_MS (default 90,000) change the limits.
 */
import { spec as SpecReporter } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { countTests, noCounts } from './runner/counts.ts';
import { findTests } from './runner/find-tests.ts';
import { type FileResult, killAll, runFile } from './runner/run-file.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const filters = process.argv.slice(2);
const atOnce = positive('MUSTER_TEST_CONCURRENCY', 2);
const idleMs = positive('MUSTER_TEST_IDLE_MS', 90_000);
const testTimeoutMs = 60_000;

const startedAt = performance.now();
const counts = noCounts();
const reporter = new SpecReporter();
reporter.pipe(process.stdout);
const queue = findTests(root, 'test', filters);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    const stopped = [...killAll(), ...queue];
    process.stderr.write(`\n${signal}: interrupted; without a result: ${stopped.join(', ') || 'none'}\n`);
    process.exit(signal === 'SIGINT' ? 130 : 143);
  });
}

await Promise.all(Array.from({ length: atOnce }, work));
summarize();

async function work(): Promise<void> {
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    show(await runFile(file, { root, idleMs, testTimeoutMs }));
  }
}

/** A file's report is printed in one piece, when the file has ended. */
function show({ file, events, output }: FileResult): void {
  const failed = events.some((event) => event.type === 'test:fail');
  say(`\n${file}\n`);
  if (output && (failed || filters.length > 0)) say(output.endsWith('\n') ? output : `${output}\n`);
  for (const event of events) {
    countTests(counts, event);
    reporter.write(event);
  }
}

function say(message: string): void {
  reporter.write({ type: 'test:stdout', data: { message, file: '' } });
}

function summarize(): void {
  say('\n');
  const lines = { ...counts, duration_ms: Math.round(performance.now() - startedAt) };
  for (const [name, value] of Object.entries(lines)) {
    reporter.write({
      type: 'test:diagnostic',
      data: { message: `${name} ${value}`, nesting: 0, file: '', level: 'info' },
    });
  }
  reporter.end();
  if (counts.tests === 0) {
    process.stderr.write(`no test ran${filters.length > 0 ? `: no file matches ${filters.join(' ')}` : ''}\n`);
  }
  process.exitCode = counts.tests === 0 || counts.fail > 0 || counts.cancelled > 0 ? 1 : 0;
}

function positive(name: string, otherwise: number): number {
  const value = Number(process.env[name] ?? otherwise);
  return Number.isInteger(value) && value > 0 ? value : otherwise;
}
