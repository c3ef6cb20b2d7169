#!/usr/bin/env node
/** The entry of the `muster` command: runs one subcommand and leaves with its exit code. */
import { failureOf } from './failure.ts';
import { runSubcommand } from './subcommands.ts';

// Whoever read our output may go; the cluster goes on for its clients, unheard.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

process.exitCode = await runSubcommand(process.argv.slice(2), process).catch((error: unknown) => {
  process.stderr.write(`muster: ${failureOf(error).message}\n`);
  return 1;
});
// Stdin, or a timer in an app's module, may still hold the process; what was written goes out first.
process.stdout.write('', () => process.exit());
