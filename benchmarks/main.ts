/**
 * `npm run bench -- [--quick] [--only NAME] [--json FILE] [--html FILE] [--compare FILE]`: runs the scenarios (those whose name
 * contains NAME), shows progress on stderr and a table on stdout. Writes the results as JSON or as a page when asked, and tells
 * what changed since the results in a file.
 */
import { writeFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { parseArgs } from 'node:util';
import { chosen, FULL, measure, QUICK, type Result } from './harness.ts';
import { compare, comparison, readResults } from './report/compare.ts';
import { page } from './report/page.ts';
import { table } from './report/table.ts';
import { SCENARIOS } from './scenarios/index.ts';

const NAMES = SCENARIOS.map(({ name }) => name.replace(/^(curves\/[^/]+)\/.*/, '$1/…'));
const USAGE = `usage: npm run bench -- [--quick] [--only NAME] [--json FILE] [--html FILE] [--compare FILE]\nscenarios: ${[...new Set(NAMES)].join(', ')}`;

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function main(): Promise<number> {
  const options = readOptions();
  const scenarios = options ? chosen(SCENARIOS, options) : [];
  if (!options || scenarios.length === 0) {
    process.stderr.write(`${USAGE}\n`);
    return 2;
  }
  const before = options.compare === undefined ? undefined : readResults(options.compare);
  const results: Result[] = [];
  for (const scenario of scenarios) {
    results.push(await measure(scenario, options.quick ? QUICK : FULL, (text) => process.stderr.write(`${text}\n`)));
  }
  process.stdout.write(table(results));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
  if (options.html !== undefined) writeFileSync(options.html, page(results, machine()));
  if (before) process.stdout.write(`\n${comparison(compare(before, results))}`);
  return 0;
}

function machine(): string {
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  return `${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, ${memory}, ${type()} ${release()}, Node ${process.version}`;
}

interface Options {
  readonly quick: boolean;
  readonly only: string | undefined;
  readonly json: string | undefined;
  readonly html: string | undefined;
  readonly compare: string | undefined;
}

function readOptions(): Options | undefined {
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string' },
        json: { type: 'string' },
        html: { type: 'string' },
        compare: { type: 'string' },
      },
    });
    const { quick, only, json, html, compare } = values;
    return { quick, only, json, html, compare };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return undefined;
  }
}
