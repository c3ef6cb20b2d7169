/** The subcommands of `muster`: a table name → { usage, about, run }. Each is loaded when it is asked for. */
import { createRequire } from 'node:module';
import { oneLine, UsageError } from './failure.ts';
import type { Output } from './reporters/reporter.ts';

export interface Streams {
  readonly stdout: Output;
  readonly stderr: Output;
}

interface Subcommand {
  readonly usage: string;
  readonly about: string;
  /** Resolves to the exit code. Throws `UsageError` before anything happened. */
  run(args: readonly string[], streams: Streams): Promise<number>;
}

export const subcommands: ReadonlyMap<string, Subcommand> = new Map<string, Subcommand>([
  ['up', { usage: 'up [options]', about: 'start a cluster with the lobby on every node', run: runUpCommand }],
  [
    'simulate',
    {
      usage: 'simulate [options]',
      about: 'put the promises to the test under faults, seed by seed',
      run: runSimulateCommand,
    },
  ],
  [
    'chaos',
    {
      usage: 'chaos [options]',
      about: 'put the promises to the test under faults on real threads',
      run: runChaosCommand,
    },
  ],
  ['help', { usage: 'help', about: 'show this', run: async (_, { stdout }) => print(stdout, help()) }],
  [
    'version',
    { usage: 'version', about: 'show the version', run: async (_, { stdout }) => print(stdout, [version()]) },
  ],
]);

const ALIASES: Readonly<Record<string, string>> = {
  '--help': 'help',
  '-h': 'help',
  '--version': 'version',
  '-v': 'version',
};

/** Resolves to the exit code. A mistake in the arguments gives one sentence on stderr and 1. */
export async function runSubcommand(args: readonly string[], streams: Streams): Promise<number> {
  const [name = 'help', ...rest] = args;
  try {
    const subcommand = subcommands.get(ALIASES[name] ?? name);
    if (!subcommand) {
      const named = JSON.stringify(oneLine(name).slice(0, 60));
      throw new UsageError(`unknown subcommand ${named}; there are ${[...subcommands.keys()].join(', ')}`);
    }
    return await subcommand.run(rest, streams);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    streams.stderr.write(`muster: ${error.message}\n`);
    return 1;
  }
}

async function runUpCommand(args: readonly string[], { stdout }: Streams): Promise<number> {
  const { parseUpOptions, upUsage } = await import('./options.ts');
  const options = parseUpOptions(args);
  if (!options) return print(stdout, upUsage());
  const [{ runUp }, { processEnvironment }] = await Promise.all([import('./up.ts'), import('./environment.ts')]);
  return runUp(options, processEnvironment());
}

async function runSimulateCommand(args: readonly string[], { stdout }: Streams): Promise<number> {
  const { parseSimulateOptions, simulateUsage } = await import('./simulate/options.ts');
  const options = parseSimulateOptions(args);
  if (!options) return print(stdout, simulateUsage());
  const [{ runSimulate }, { simulateEnvironment }] = await Promise.all([
    import('./simulate/command.ts'),
    import('./environment.ts'),
  ]);
  return runSimulate(options, simulateEnvironment());
}

async function runChaosCommand(args: readonly string[], { stdout }: Streams): Promise<number> {
  const { parseChaosOptions, chaosUsage } = await import('./chaos/options.ts');
  const options = parseChaosOptions(args);
  if (!options) return print(stdout, chaosUsage());
  const [{ runChaos }, { chaosEnvironment }] = await Promise.all([
    import('./chaos/command.ts'),
    import('./environment.ts'),
  ]);
  return runChaos(options, chaosEnvironment());
}

function help(): string[] {
  const width = Math.max(...[...subcommands.values()].map(({ usage }) => usage.length));
  return [
    'usage: muster <subcommand>',
    '',
    ...[...subcommands.values()].map(({ usage, about }) => `  ${usage.padEnd(width)}  ${about}`),
    '',
    'muster up --help lists the options of up, and so for the others.',
  ];
}

/** The package knows itself by name, from a checkout as from an installation. */
function version(): string {
  return (createRequire(import.meta.url)('muster/package.json') as { version: string }).version;
}

function print(stdout: Output, lines: readonly string[]): number {
  stdout.write(lines.map((line) => `${line}\n`).join(''));
  return 0;
}
