/**
 * What outlives the cluster. One store is shared by all nodes.
 *
 * Contract: `query` is atomic per statement, `batch` as a whole; `reserve` is one atomic step on a durable high-water mark, so
 * that no two callers get overlapping blocks, whoever dies when; who was evicted from the cluster is refused. A store that
 * cannot answer rejects with `StoreFailed`; it never answers from memory instead.
 */
import { MusterError } from '../base/index.ts';

export type SqlValue = string | number | null | Uint8Array;
export type Row = Record<string, SqlValue>;

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

export type SqlDialect = 'sqlite' | 'postgres';

export interface Store {
  /** The SQL it understands, its way to name parameters included. Default SQLite's. */
  readonly dialect?: SqlDialect;
  /** Runs one SQL statement with parameters: `?` in SQLite's dialect, `$1` in PostgreSQL's. Rows for SELECT and RETURNING, none otherwise. */
  query(sql: string, parameters?: readonly SqlValue[]): Promise<Row[]>;
  /** Runs the statements one after the other as one transaction: all or, when one fails, none. The rows of each. */
  batch(statements: readonly Statement[]): Promise<Row[][]>;
  /** Moves the high-water mark `name` up by `count` and returns the first id of the block; marks begin at 1. */
  reserve(name: string, count: number): Promise<number>;
  close(): void;
}

export class StoreFailed extends MusterError {
  constructor(what: string, problem: string, options?: ErrorOptions) {
    super('StoreFailed', `${what}: ${problem}`, { what, problem }, options);
  }
}
