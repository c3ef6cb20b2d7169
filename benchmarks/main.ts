/**
 * `npm run bench -- [--quick] [--only NAME]`: runs the scenarios (those whose name contains NAME), shows progress on stderr and a
 * table on stdout. `--json FILE` and `--html FILE` write the results as JSON or as a page; `--keep` puts those of a full run into
 * benchmarks/results. `--compare FILE` tells what changed since the results in a file, and `--from FILE` takes them from there
 * instead of measuring; `kept` for a file are the newest that are kept.
 */
import { writeFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import { chosen, FULL, measure, QUICK, type Result } from './harness.ts';
import { type BenchOptions, BenchUsageError, parseBenchOptions } from './options.ts';
import { compare, comparison } from './report/compare.ts';
import { page } from './report/page.ts';
import { fileOf, keep, type Results, readResults, writeResults } from './report/results.ts';
import { table } from './report/table.ts';
import { SCENARIOS } from './scenarios/index.ts';

const NAMES = SCENARIOS.map(({ name }) => name.replace(/^(curves\/[^/]+)\/.*/, '$1/…'));
const USAGE = `usage: npm run bench -- [--quick] [--only NAME] [--json FILE] [--html FILE] [--keep] [--from FILE] [--compare FILE]
FILE may be \`kept\` in --from and --compare: the newest in benchmarks/results
scenarios: ${[...new Set(NAMES)].join(', ')}
`;

const RESULTS = fileURLToPath(new URL('./results', import.meta.url));

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof BenchUsageError ? 2 : 1;
  if (error instanceof BenchUsageError) process.stderr.write(USAGE);
}

async function main(args: readonly string[]): Promise<number> {
  const options = parseBenchOptions(args);
  const before = options.compare === undefined ? undefined : readResults(fileOf(options.compare, RESULTS));
  const run =
    options.from === undefined ? await measured(options) : only(options, readResults(fileOf(options.from, RESULTS)));
  process.stdout.write(table(run.results));
  if (options.json !== undefined) writeResults(options.json, run);
  if (options.keep) process.stderr.write(`kept in ${keep(RESULTS, run)}\n`);
  if (options.html !== undefined) writeFileSync(options.html, page(run.results, aboutOf(run)));
  if (before) process.stdout.write(`\n${comparison(compare(only(options, before).results, run.results))}`);
  return 0;
}

async function measured(options: BenchOptions): Promise<Results> {
  const scenarios = chosen(SCENARIOS, options);
  if (scenarios.length === 0) throw new BenchUsageError(`no scenario is called ${options.only}`);
  const results: Result[] = [];
  for (const scenario of scenarios) {
    results.push(await measure(scenario, options.quick ? QUICK : FULL, (text) => process.stderr.write(`${text}\n`)));
  }
  return { at: new Date().toISOString(), machine: machine(), results };
}

/** Of results that were read, those that would have been measured. */
function only({ only: name = '' }: BenchOptions, { results, ...rest }: Results): Results {
  return { ...rest, results: results.filter(({ scenario }) => scenario.includes(name)) };
}

function aboutOf({ at, machine: on }: Results): string {
  return at === '' ? 'An older run' : `${at.slice(0, 10)}, ${on}`;
}

function machine(): string {
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  return `${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, ${memory}, ${type()} ${release()}, Node ${process.version}`;
}
