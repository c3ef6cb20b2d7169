/** The real process as the environment of a subcommand: its streams, signals and clock. The only file of the command that touches them. */
import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { ReadStream, WriteStream } from 'node:tty';
import type { ChaosEnvironment } from './chaos/command.ts';
import { MOST_SEED } from './chaos/options.ts';
import type { PlayersEnvironment } from './players/command.ts';
import type { SimulateEnvironment } from './simulate/command.ts';
import { ttyTerminal } from './terminal.ts';
import type { UpEnvironment } from './up.ts';

/** A shell, a terminal and a parent process may each pass on the same Ctrl-C; what comes this close together is one. */
const SAME_SIGNAL_MS = 100;

const STOP_SIGNALS: Readonly<Record<'SIGINT' | 'SIGTERM', number>> = { SIGINT: 130, SIGTERM: 143 };

export function processEnvironment(): UpEnvironment {
  const { stdin, stdout, stderr, env } = process;
  const person = stdin.isTTY && stdout.isTTY && env.TERM !== 'dumb';
  return {
    // Imported when it is needed, so that `muster help` and a mistyped option answer at once.
    startCluster: async (options) => (await import('../../cluster/index.ts')).startCluster(options),
    stdin,
    stdout,
    stderr,
    terminal: person ? ttyTerminal(stdin as ReadStream, stdout as WriteStream, stderr) : undefined,
    color: !env.NO_COLOR,
    directory: process.cwd(),
    elapsedMs: () => performance.now(),
    onStopSignal,
    exitNow: (exitCode) => process.exit(exitCode),
  };
}

export function simulateEnvironment(): SimulateEnvironment {
  const { stdout, stderr, env } = process;
  return {
    openPool: async (app, threads) => (await import('./simulate/pool.ts')).openSeedPool(app, threads),
    cores: availableParallelism(),
    stdout,
    stderr,
    columns: stdout.isTTY && env.TERM !== 'dumb' ? () => stdout.columns || 80 : undefined,
    directory: process.cwd(),
    elapsedMs: () => performance.now(),
    onStopSignal,
  };
}

export function chaosEnvironment(): ChaosEnvironment {
  const { stdout, stderr, env } = process;
  return {
    runOnThreads: async (options) => (await import('../../chaos/index.ts')).runOnThreads(options),
    drawSeed: () => randomInt(1, MOST_SEED),
    stdout,
    stderr,
    columns: stdout.isTTY && env.TERM !== 'dumb' ? () => stdout.columns || 80 : undefined,
    directory: process.cwd(),
    onStopSignal,
  };
}

export function playersEnvironment(): PlayersEnvironment {
  const { stdout, stderr, env } = process;
  return {
    drawSeed: () => randomInt(1, MOST_SEED),
    stdout,
    stderr,
    columns: stdout.isTTY && env.TERM !== 'dumb' ? () => stdout.columns || 80 : undefined,
    token: env.MUSTER_CONTROL_TOKEN || undefined,
    elapsedMs: () => performance.now(),
    onStopSignal,
  };
}

function onStopSignal(listener: (exitCode: number) => void): () => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  const heard = (signal: NodeJS.Signals): void => {
    const repeated = performance.now() - lastMs < SAME_SIGNAL_MS;
    lastMs = performance.now();
    if (!repeated) listener(STOP_SIGNALS[signal as keyof typeof STOP_SIGNALS]);
  };
  for (const signal of Object.keys(STOP_SIGNALS)) process.on(signal, heard);
  return () => {
    for (const signal of Object.keys(STOP_SIGNALS)) process.off(signal, heard);
  };
}
