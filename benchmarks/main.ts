/**
 * `npm run bench -- [--quick] [--only NAME] [--json FILE]`: runs the scenarios (those whose name contains NAME), shows
 * progress on stderr and a table on stdout, and writes the results as JSON when asked.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { FULL, measure, QUICK, type Result } from './harness.ts';
import { SCENARIOS } from './scenarios/index.ts';
import { table } from './table.ts';

const USAGE = `usage: npm run bench -- [--quick] [--only NAME] [--json FILE]\nscenarios: ${SCENARIOS.map(({ name }) => name).join(', ')}`;

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  const chosen = SCENARIOS.filter(({ name }) => name.includes(options?.only ?? ''));
  if (!options || chosen.length === 0) {
    process.stderr.write(`${USAGE}\n`);
    return 2;
  }
  const results: Result[] = [];
  for (const scenario of chosen) {
    results.push(await measure(scenario, options.quick ? QUICK : FULL, (text) => process.stderr.write(`${text}\n`)));
  }
  process.stdout.write(table(results));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
  return 0;
}

interface Options {
  readonly quick: boolean;
  readonly only: string | undefined;
  readonly json: string | undefined;
}

function readOptions(): Options | undefined {
  try {
    const { values } = parseArgs({
      options: { quick: { type: 'boolean', default: false }, only: { type: 'string' }, json: { type: 'string' } },
    });
    return { quick: values.quick, only: values.only, json: values.json };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return undefined;
  }
}
