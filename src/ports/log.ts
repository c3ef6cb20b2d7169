/** What a node says to its operator. Never thrown at, never awaited. */
export type Level = 'debug' | 'info' | 'warn' | 'error';

/** One line of a log as plain data, for whoever collects them. */
export interface LogRecord {
  /** Ms since 1970. */
  readonly time: number;
  readonly level: Level;
  /** Who says it: a node's id, or `authority`. */
  readonly node: string;
  readonly incarnation: number;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Log {
  write(level: Level, message: string, fields?: Record<string, unknown>): void;
}
