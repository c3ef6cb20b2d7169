/**
 * A line of text per event on the process's error output. In a worker the stream goes through the main thread: lines
 * written just before a thread is ended may be lost, and nothing here waits for them.
 */
import type { NodeId } from '../../base/index.ts';
import type { Level, Log } from '../../ports/index.ts';

const RANK: Record<Level, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Writes what is at `lowest` or above: time, level, node, message and the fields as JSON. */
export function createLog(node: NodeId, lowest: Level, write = (line: string) => void process.stderr.write(line)): Log {
  return {
    write(level, message, fields) {
      if (RANK[level] < RANK[lowest]) return;
      const time = new Date().toISOString();
      write(`${time} ${level.padEnd(5)} ${node} ${message}${fields ? ` ${showFields(fields)}` : ''}\n`);
    },
  };
}

function showFields(fields: Record<string, unknown>): string {
  const seen = new WeakSet<object>();
  return JSON.stringify(fields, (_key, value: unknown) => {
    if (value instanceof Error) return value.message;
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value !== 'object' || value === null) return value;
    if (seen.has(value)) return '(again)';
    seen.add(value);
    return value;
  });
}
