/**
 * `muster up`: checks what can be checked, starts the cluster, reports what happens, obeys commands, and stops it all.
 * Everything outside (the cluster's start, streams, signals) comes in as an `UpEnvironment`, so that a test can hold it.
 */

import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster, ClusterEvent, StartOptions } from '../../cluster/index.ts';
import { CommandRunner } from './command-runner.ts';
import { type ControlEnvironment, ControlPort } from './control-port.ts';
import { Ending } from './ending.ts';
import { failureOf } from './failure.ts';
import { readLines } from './line-reader.ts';
import type { LogSink } from './log-sink.ts';
import type { UpOptions } from './options.ts';
import { Ports } from './ports.ts';
import { checkCanControl, checkCanListen, locateApp } from './preflight.ts';
import { jsonReporter } from './reporters/json.ts';
import { linesReporter } from './reporters/lines.ts';
import { liveReporter } from './reporters/live.ts';
import type { Output, Reporter } from './reporters/reporter.ts';
import { errorReport, reportOf } from './reports.ts';
import { Session } from './session.ts';
import type { Terminal } from './terminal.ts';
import { tlsSettings } from './tls-files.ts';

export interface UpEnvironment extends ControlEnvironment {
  readonly startCluster: (options: StartOptions) => Promise<Cluster>;
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Set when a person sits at both ends. */
  readonly terminal: Terminal | undefined;
  readonly color: boolean;
  /** What relative file names start from. */
  readonly directory: string;
  /** Ms since the process started. */
  readonly elapsedMs: () => number;
  /** The listener gets the exit code that ending at once would have. Returns what ends the listening. */
  readonly onStopSignal: (listener: (exitCode: number) => void) => () => void;
  readonly exitNow: (exitCode: number) => void;
}

const INTERRUPTED = 130;

/** Runs until `quit` or a signal. Resolves to the exit code: 0, or 1 with one sentence on stderr when it could not start. */
export async function runUp(options: UpOptions, environment: UpEnvironment): Promise<number> {
  const ending = new Ending(environment.exitNow);
  const reporter = reporterFor(options, environment, () => ending.interrupt(INTERRUPTED));
  ending.reporter = reporter;
  const ignoreSignals = environment.onStopSignal((exitCode) => ending.interrupt(exitCode));
  // A cluster whose nodes are all down keeps nothing else alive, but still waits for commands and signals.
  const stayAlive = setInterval(() => {}, 2 ** 30);
  try {
    await hostCluster(options, environment, reporter, ending);
    reporter.close();
    return 0;
  } catch (error) {
    if (options.json) reporter.report(errorReport(error, now(environment)));
    reporter.close();
    environment.stderr.write(`muster: ${failureOf(error).message}\n`);
    return 1;
  } finally {
    clearInterval(stayAlive);
    ignoreSignals();
  }
}

function reporterFor(options: UpOptions, environment: UpEnvironment, interrupt: () => void): Reporter {
  const { stdout, stderr, terminal, color } = environment;
  if (options.json) return jsonReporter(stdout, stderr);
  if (!terminal) return linesReporter(stdout, options.host);
  return liveReporter({ terminal, host: options.host, color, elapsedMs: () => now(environment), interrupt });
}

/** Resolves when the end was asked for and everything is closed. Rejects when it could not start; nothing is left then. */
async function hostCluster(
  options: UpOptions,
  environment: UpEnvironment,
  reporter: Reporter,
  ending: Ending,
): Promise<void> {
  const ports = new Ports(options.lobbyPort);
  const checked = await preflight(options, environment, ports);
  const log = await openLog(options, environment);
  const told = log && options.log !== undefined ? alsoLogged(reporter, log) : reporter;
  // While the nodes start: what it takes to load is not waited for then.
  const control = new ControlPort(options.control, environment, (line) => reporter.say([line]));
  try {
    const cluster = await start(checked, options, environment, told, log, ports, ending);
    try {
      await control.opened;
      if (!ending.begun) {
        await serve(cluster, control, ports, options, environment, told, ending);
        await ending.asked;
      }
    } finally {
      await control.close();
      await cluster.close();
    }
  } finally {
    await control.close();
    await log?.close();
  }
}

/** On a terminal, without a file, what nodes log is shown as text among what they print. Rejects with `CannotLog`. */
async function openLog(
  { log, logLevel, json }: UpOptions,
  { stderr, terminal, directory }: UpEnvironment,
): Promise<LogSink | undefined> {
  if (log === undefined && terminal && !json) return undefined;
  const { logToFile, logToStream } = await import('./log-sink.ts');
  return log === undefined ? logToStream(stderr, logLevel) : logToFile(resolve(directory, log), logLevel);
}

function alsoLogged(reporter: Reporter, log: LogSink): Reporter {
  return {
    ...reporter,
    report: (report) => {
      log.tell(report);
      reporter.report(report);
    },
  };
}

interface Checked {
  readonly module: URL;
  /** Settings of a node. */
  readonly certificate: Record<string, string>;
}

/** What can be checked before anything is started. */
async function preflight(
  { nodes, lobbyPort, listens, app, host, tls, control }: UpOptions,
  { directory, controlToken }: UpEnvironment,
  ports: Ports,
): Promise<Checked> {
  const module = locateApp(app, directory);
  const certificate = tlsSettings(tls, directory);
  if (listens) {
    const ids = Array.from({ length: lobbyPort === 0 ? 1 : nodes }, (_, at) => `n${at + 1}`);
    await checkCanListen(ids.map((node) => ({ node, host, port: ports.wanted(node) })));
  }
  if (control?.isAskedFor) await checkCanControl({ ...control, token: control.token ?? controlToken });
  return { module, certificate };
}

async function start(
  { module, certificate }: Checked,
  { nodes, data, host, timing, logLevel }: UpOptions,
  { startCluster, directory, ...environment }: UpEnvironment,
  reporter: Reporter,
  log: LogSink | undefined,
  ports: Ports,
  ending: Ending,
): Promise<Cluster> {
  // Until the start is decided an error may be what it fails with, which is then reported once, by whoever called.
  let held: ClusterEvent[] | undefined = [];
  const tell = (event: ClusterEvent): void => {
    // The views in which the nodes go one by one at the end look like deaths, and are none.
    if (ending.begun && event.event !== 'error') return;
    if (held && event.event === 'error') held.push(event);
    else reporter.report(reportOf(event, now(environment)));
  };
  const cluster = await startCluster({
    nodes,
    app: module,
    data: data === 'memory' ? data : resolve(directory, data),
    settings: (id) => ({ host, lobbyPort: ports.wanted(id), ...certificate }),
    restart: {},
    timing,
    freezeValues: false,
    logLevel,
    onLog: log && ((record) => log.take(record)),
    onEvent: tell,
  });
  const errors = held;
  held = undefined;
  errors.forEach(tell);
  return cluster;
}

/** Says that it is up, and from then on obeys commands. */
async function serve(
  cluster: Cluster,
  control: ControlPort,
  ports: Ports,
  options: UpOptions,
  environment: UpEnvironment,
  reporter: Reporter,
  ending: Ending,
): Promise<void> {
  const elapsedMs = () => now(environment);
  const session = new Session({
    cluster,
    ports,
    host: options.host,
    checkCanListen: (node, port) =>
      options.listens ? checkCanListen([{ node, host: options.host, port }]) : Promise.resolve(),
    report: (report) => reporter.report(report),
    say: (lines) => reporter.say(lines),
    show: (title, lines) => reporter.show(title, lines),
    quit: () => ending.begin(),
    elapsedMs,
  });
  const runner = new CommandRunner({
    session,
    refused: (command, message) => reporter.report({ event: 'refused', t: elapsedMs(), command, message }),
    done: (command, ms, effect) =>
      reporter.report({ event: 'done', t: elapsedMs(), command, ms: Math.round(ms), ...effect }),
    elapsedMs,
    wait: cancellableWait,
  });
  await learnPorts(session);
  control.begin({ session, runner });
  const ms = elapsedMs();
  reporter.attach({ session, submit: (line) => runner.submit(line) });
  const nodes = cluster.nodes().map(({ id }) => ({ id, lobbyPort: ports.bound(id) ?? null }));
  reporter.report({ event: 'up', t: ms, ms, nodes, control: control.url });
  if (!environment.terminal || options.json) void obey(runner, environment, reporter, ending);
}

/** A node that is busy just after its start may not answer the first time. */
async function learnPorts(session: Session): Promise<void> {
  for (let attempt = 1; attempt <= 3; attempt++) {
    const { missing } = await session.inspect();
    if (missing.length === 0) return;
  }
}

/**
 * Runs the lines of stdin. When stdin ends the cluster goes on: `muster up < /dev/null`, and a pipe whose writer is
 * done, must not stop a server. Never rejects.
 */
async function obey(
  runner: CommandRunner,
  environment: UpEnvironment,
  reporter: Reporter,
  ending: Ending,
): Promise<void> {
  try {
    for await (const line of readLines(environment.stdin)) {
      if (ending.begun) return;
      await runner.submit(line);
    }
  } catch (error) {
    if (!ending.begun) reporter.report(errorReport(error, now(environment)));
  }
}

function cancellableWait(ms: number): { over: Promise<void>; cancel: () => void } {
  const abort = new AbortController();
  // Being cancelled is how a wait usually ends.
  const over = sleep(ms, undefined, { signal: abort.signal }).catch(() => {});
  return { over, cancel: () => abort.abort() };
}

function now({ elapsedMs }: Pick<UpEnvironment, 'elapsedMs'>): number {
  return Math.round(elapsedMs());
}
