/** What a node says to its operator. Never thrown at, never awaited. */
export type Level = 'debug' | 'info' | 'warn' | 'error';

export interface Log {
  write(level: Level, message: string, fields?: Record<string, unknown>): void;
}
