/** The subcommands of `muster`: a table name → { usage, about, run }. Each is loaded when it is asked for. */
import { createRequire } from 'node:module';
import { oneLine, UsageError } from './failure.ts';
import type { OperatorEnvironment } from './operator/environment.ts';
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

/** The usage of a subcommand that has options ends so; it answers `--help`. */
const OPTIONS = '[options]';

export const subcommands: ReadonlyMap<string, Subcommand> = new Map<string, Subcommand>([
  ['up', { usage: `up ${OPTIONS}`, about: 'start a cluster with the lobby on every node', run: runUpCommand }],
  [
    'simulate',
    {
      usage: `simulate ${OPTIONS}`,
      about: 'put the promises to the test under faults, seed by seed',
      run: runSimulateCommand,
    },
  ],
  [
    'chaos',
    {
      usage: `chaos ${OPTIONS}`,
      about: 'put the promises to the test under faults on real threads',
      run: runChaosCommand,
    },
  ],
  [
    'inspect',
    {
      usage: `inspect ${OPTIONS}`,
      about: 'show the nodes, servers, links and tables of a running cluster',
      run: runInspectCommand,
    },
  ],
  [
    'tell',
    { usage: `tell ${OPTIONS}`, about: 'give a running cluster a command, such as kill n2', run: runTellCommand },
  ],
  ['user', { usage: `user ${OPTIONS}`, about: 'add a user, give roles, ban and mute', run: runUserCommand }],
  ['reports', { usage: `reports ${OPTIONS}`, about: 'show what users reported of each other', run: runReportsCommand }],
  [
    'automod',
    {
      usage: `automod ${OPTIONS}`,
      about: 'show the rules by which Automod bans, or change them',
      run: runAutomodCommand,
    },
  ],
  ['set', { usage: `set ${OPTIONS}`, about: "show the lobby's settings, or change one", run: runSetCommand }],
  [
    'catalogue',
    {
      usage: `catalogue ${OPTIONS}`,
      about: 'write the pages about the topics, caches and servers an app declares',
      run: runCatalogueCommand,
    },
  ],
  [
    'players',
    {
      usage: `players ${OPTIONS}`,
      about: 'put simulated players on a running cluster, and check what each is sent',
      run: runPlayersCommand,
    },
  ],
  ['help', { usage: 'help [subcommand]', about: 'show this, or the options of a subcommand', run: runHelpCommand }],
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
    return await named(ALIASES[name] ?? name).run(rest, streams);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    streams.stderr.write(`muster: ${error.message}\n`);
    return 1;
  }
}

/** Throws `UsageError` when there is none. */
function named(name: string): Subcommand {
  const subcommand = subcommands.get(name);
  if (subcommand) return subcommand;
  throw new UsageError(`unknown subcommand ${shown(name)}; there are ${[...subcommands.keys()].join(', ')}`);
}

function shown(word: string): string {
  return JSON.stringify(oneLine(word).slice(0, 60));
}

async function runHelpCommand(args: readonly string[], streams: Streams): Promise<number> {
  const [name, ...more] = args;
  if (more.length > 0)
    throw new UsageError(`unexpected argument ${shown(more[0]!)}; expected: muster help [subcommand]`);
  if (name === undefined) return print(streams.stdout, help());
  const { usage, about, run } = named(name);
  if (usage.endsWith(OPTIONS)) return run(['--help'], streams);
  return print(streams.stdout, [`usage: muster ${usage}`, '', about]);
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

async function runInspectCommand(args: readonly string[], { stdout }: Streams): Promise<number> {
  const { parseInspectOptions, inspectUsage, runInspect } = await import('./operator/inspect-command.ts');
  const options = parseInspectOptions(args);
  return options ? runInspect(options, await operator()) : print(stdout, inspectUsage());
}

async function runTellCommand(args: readonly string[], { stdout }: Streams): Promise<number> {
  const { parseTellOptions, tellUsage, runTell } = await import('./operator/tell-command.ts');
  const options = parseTellOptions(args);
  return options ? runTell(options, await operator()) : print(stdout, tellUsage());
}

async function runUserCommand(args: readonly string[], { stdout }: Streams): Promise<number> {
  const { parseUserOptions, userUsage, runUser } = await import('./operator/user-command.ts');
  const options = parseUserOptions(args);
  return options ? runUser(options, await operator()) : print(stdout, userUsage());
}

async function runSetCommand(args: readonly string[], { stdout }: Streams): Promise<number> {
  const { parseSetOptions, setUsage, runSet } = await import('./operator/set-command.ts');
  const options = parseSetOptions(args);
  return options ? runSet(options, await operator()) : print(stdout, setUsage());
}

async function runReportsCommand(args: readonly string[], { stdout }: Streams): Promise<number> {
  const { parseReportsOptions, reportsUsage, runReports } = await import('./operator/reports-command.ts');
  const place = parseReportsOptions(args);
  return place ? runReports(place, await operator()) : print(stdout, reportsUsage());
}

async function runAutomodCommand(args: readonly string[], { stdout }: Streams): Promise<number> {
  const { parseAutomodOptions, automodUsage, runAutomod } = await import('./operator/automod-command.ts');
  const options = parseAutomodOptions(args);
  return options ? runAutomod(options, await operator()) : print(stdout, automodUsage());
}

async function operator(): Promise<OperatorEnvironment> {
  return (await import('./environment.ts')).operatorEnvironment();
}

async function runCatalogueCommand(args: readonly string[], { stdout, stderr }: Streams): Promise<number> {
  const { parseCatalogueOptions, catalogueUsage } = await import('./catalogue/options.ts');
  const options = parseCatalogueOptions(args);
  if (!options) return print(stdout, catalogueUsage());
  const { runCatalogue } = await import('./catalogue/command.ts');
  return runCatalogue(options, { stdout, stderr, directory: process.cwd() });
}

async function runPlayersCommand(args: readonly string[], { stdout }: Streams): Promise<number> {
  const { parsePlayersOptions, playersUsage } = await import('./players/options.ts');
  const options = parsePlayersOptions(args);
  if (!options) return print(stdout, playersUsage());
  const [{ runPlayers }, { playersEnvironment }] = await Promise.all([
    import('./players/command.ts'),
    import('./environment.ts'),
  ]);
  return runPlayers(options, playersEnvironment());
}

function help(): string[] {
  const width = Math.max(...[...subcommands.values()].map(({ usage }) => usage.length));
  return [
    'usage: muster <subcommand>',
    '',
    ...[...subcommands.values()].map(({ usage, about }) => `  ${usage.padEnd(width)}  ${about}`),
    '',
    'muster help up lists the options of up, as does muster up --help, and so for the others.',
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
