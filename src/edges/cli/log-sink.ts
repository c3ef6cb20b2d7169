/**
 * Where `muster up` writes what its nodes log: JSON, one object a line, by pino. Each has time, level, node, incarnation and
 * msg, then what was said with it (connection, user, …).
 */
import { openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { deferred, MusterError } from '../../base/index.ts';
import type { Level, LogRecord } from '../../ports/index.ts';
import { oneLine } from './failure.ts';
import { describe } from './reporters/describe.ts';
import type { Output } from './reporters/reporter.ts';
import type { Report } from './reports.ts';

export interface LogSink {
  take(record: LogRecord): void;
  /** What happened in the cluster, as the host saw it. */
  tell(report: Report): void;
  /** Resolves when what is left is written, or after a while. Fine to call twice. */
  close(): Promise<void>;
}

/** What may wait for a disk; past it lines are lost rather than memory. */
const MOST_BUFFERED_BYTES = 16 * 1_024 * 1_024;

/** How long a disk has for the last lines. */
const CLOSE_MS = 2_000;

const OWN_FIELDS: ReadonlySet<string> = new Set(['time', 'level', 'node', 'incarnation', 'msg']);

/** Appends to a file. Throws `CannotLog`, one sentence. */
export function logToFile(path: string, lowest: Level, wall: () => number = Date.now): LogSink {
  const fd = opened(path);
  const file = pino.destination({ fd, sync: false, maxLength: MOST_BUFFERED_BYTES });
  const gone = deferred<void>();
  file.on('close', () => gone.resolve());
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= ended(file, gone.promise);
    return closing;
  };
  // A disk that is full loses lines, not the cluster.
  file.on('error', () => {});
  // What comes after the end is lost, and no fault.
  const write = (line: string): void => {
    if (closing === undefined) file.write(line);
  };
  return sink({ write }, lowest, wall, close);
}

export function logToStream(stream: Output, lowest: Level, wall: () => number = Date.now): LogSink {
  return sink({ write: (line) => void stream.write(line) }, lowest, wall, async () => {});
}

async function ended(file: { end(): void }, gone: Promise<void>): Promise<void> {
  file.end();
  const late = new AbortController();
  // Being cancelled is how this wait usually ends.
  await Promise.race([gone, sleep(CLOSE_MS, undefined, { signal: late.signal }).catch(() => {})]);
  late.abort();
}

function sink(
  destination: pino.DestinationStream,
  lowest: Level,
  wall: () => number,
  close: () => Promise<void>,
): LogSink {
  const options: pino.LoggerOptions = {
    level: lowest,
    base: null,
    timestamp: false,
    formatters: { level: (level) => ({ level }) },
  };
  const logger = pino(options, destination);
  const write = (level: Level, time: number, who: object, fields: object, message: string): void =>
    logger[level]({ time: new Date(time).toISOString(), ...who, ...renamed(fields) }, message);
  return {
    take: ({ time, level, node, incarnation, message, fields }) =>
      write(level, time, { node, incarnation }, fields, message),
    tell: (report) => write(levelOf(report), wall(), { node: 'host' }, { event: report.event }, describe(report)),
    close,
  };
}

/** An app's fields never stand for those of the line itself. */
function renamed(fields: object): object {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [OWN_FIELDS.has(name) ? `${name}_` : name, value]),
  );
}

const TROUBLE: ReadonlySet<string> = new Set(['down', 'failed', 'cut off']);

function levelOf(report: Report): Level {
  if (report.event === 'error') return 'error';
  if (report.event === 'node' && TROUBLE.has(report.state)) return 'warn';
  return report.event === 'primary' && !report.exists ? 'warn' : 'info';
}

function opened(path: string): number {
  try {
    return openSync(path, 'a');
  } catch (error) {
    throw new MusterError('CannotLog', `--log ${path} cannot be written: ${oneLine((error as Error).message)}`, {
      path,
    });
  }
}
