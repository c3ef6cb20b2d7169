/**
 * What a thread says to its operator. By default a line of text per event on the process's error output; in a worker that
 * stream goes through the main thread, so lines written just before a thread is ended may be lost. With a port, records go to the
 * host, which also gets what a thread said just before its end. Nothing here waits for either.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { type Address, idOf, incarnationOf } from '../../base/index.ts';
import type { Level, Log, LogRecord } from '../../ports/index.ts';

const RANK: Record<Level, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Records a thread may give to its host within a second; of those past it only their number is told. */
const MOST_PER_SECOND = 2_000;

/** Writes what is at `lowest` or above: time, level, node, message and the fields as JSON. */
export function createLog(
  self: Address,
  lowest: Level,
  write = (line: string) => void process.stderr.write(line),
): Log {
  return {
    write(level, message, fields) {
      if (RANK[level] < RANK[lowest]) return;
      const time = new Date().toISOString();
      write(`${time} ${level.padEnd(5)} ${idOf(self)} ${message}${fields ? ` ${asJson(fields)}` : ''}\n`);
    },
  };
}

/** Gives what is at `lowest` or above as records, at most so many a second. */
export function createRecordLog(
  self: Address,
  lowest: Level,
  give: (record: LogRecord) => void,
  wall: () => number = Date.now,
): Log {
  const who = { node: idOf(self), incarnation: incarnationOf(self) };
  let second = 0;
  let given = 0;
  const record = (time: number, level: Level, message: string, fields: Record<string, unknown> = {}): void =>
    give({ time, level, ...who, message, fields: JSON.parse(asJson(fields)) as Record<string, unknown> });
  return {
    write(level, message, fields) {
      if (RANK[level] < RANK[lowest]) return;
      const time = wall();
      const now = Math.floor(time / 1_000);
      if (now !== second) {
        if (given > MOST_PER_SECOND) {
          record(time, 'warn', 'too many log lines; some were left out', { lines: given - MOST_PER_SECOND });
        }
        second = now;
        given = 0;
      }
      given += 1;
      if (given <= MOST_PER_SECOND) record(time, level, message, fields);
    },
  };
}

/** The host's end of a thread's port. `close` first takes what is still under way: the thread has ended by then. */
export function readLog(port: MessagePort, take: (record: LogRecord) => void): { close(): void } {
  port.on('message', take);
  port.unref();
  return {
    close() {
      for (;;) {
        const left = receiveMessageOnPort(port) as { message: LogRecord } | undefined;
        if (!left) break;
        take(left.message);
      }
      port.close();
    },
  };
}

/** Whatever the fields hold, this is JSON. */
function asJson(fields: Record<string, unknown>): string {
  const above: object[] = [];
  return JSON.stringify(fields, function (this: object, _key, value: unknown) {
    if (value instanceof Error) return value.message;
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value !== 'object' || value === null) return value;
    // Only what holds itself is left out, not what is there twice.
    while (above.length > 0 && above.at(-1) !== this) above.pop();
    if (above.includes(value)) return '(again)';
    above.push(value);
    return value;
  });
}
