/**
 * Where `muster up` writes what its nodes log: JSON, one object a line, by pino. Each has time, level, node, incarnation and
 * msg, then what was said with it (connection, user, …).
 */
import { closeSync, openSync } from 'node:fs';
import pino from 'pino';
import { MusterError } from '../../base/index.ts';
import type { Level, LogRecord } from '../../ports/index.ts';
import { oneLine } from './failure.ts';
import { describe } from './reporters/describe.ts';
import type { Output } from './reporters/reporter.ts';
import type { Report } from './reports.ts';

export interface LogSink {
  take(record: LogRecord): void;
  /** What happened in the cluster, as the host saw it. */
  tell(report: Report): void;
  /** Writes what is left. Fine to call twice. */
  close(): void;
}

/** What may wait for a disk; past it lines are lost rather than memory. */
const MOST_BUFFERED_BYTES = 16 * 1_024 * 1_024;

const OWN_FIELDS: ReadonlySet<string> = new Set(['time', 'level', 'node', 'incarnation', 'msg']);

/** Appends to a file. Throws `CannotLog`, one sentence. */
export function logToFile(path: string, lowest: Level, wall: () => number = Date.now): LogSink {
  const fd = opened(path);
  const file = pino.destination({ fd, sync: false, maxLength: MOST_BUFFERED_BYTES });
  let closed = false;
  const close = (): void => {
    if (closed) return;
    closed = true;
    file.flushSync();
    closeSync(fd);
  };
  // A disk that is full loses lines, not the cluster.
  file.on('error', () => {});
  return sink(file, lowest, wall, close);
}

export function logToStream(stream: Output, lowest: Level, wall: () => number = Date.now): LogSink {
  return sink({ write: (line) => void stream.write(line) }, lowest, wall, () => {});
}

function sink(destination: pino.DestinationStream, lowest: Level, wall: () => number, close: () => void): LogSink {
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
