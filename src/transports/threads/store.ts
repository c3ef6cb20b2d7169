/**
 * The embedded store: SQLite through libsql on a file, or on a database in memory that the threads of this process share.
 * Statements run in the calling thread, which must not be ended meanwhile: nodes ask through `RemoteStore`. The library is
 * loaded at the first statement.
 *
 * A file is in WAL mode with `synchronous = NORMAL`: a commit that returned survives the death of the process, kill -9
 * included, because the log is in the kernel's hands by then. Losing power may undo the last commits; the file stays
 * consistent.
 */
import type Database from 'libsql';
import { type Row, type SqlValue, type Statement, type Store, StoreFailed } from '../../ports/index.ts';
import { CallGate } from './call-gate.ts';

/** How long a statement waits for another thread's lock before it fails. */
const BUSY_TIMEOUT_MS = 5_000;
/** Prepared statements kept per connection; past it all are prepared anew. */
const MOST_STATEMENTS = 500;

/** How statements begin that may write. */
const WRITES = /^\s*(insert|update|delete|replace|with|create|alter|drop)\b/i;

/** What `openStore` opens: a file's path, or a name that only the threads of this process share. */
export type StoreLocation =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'memory'; readonly name: string };

/** How a location is called in messages to people. */
export function showLocation(location: StoreLocation): string {
  return location.kind === 'file' ? `the data file ${location.path}` : 'the store in memory';
}

/** Opens a connection and sets what every connection needs. Throws what libsql throws. */
export async function connect(location: StoreLocation, gate = new CallGate()): Promise<Database.Database> {
  const { default: Connection } = await import('libsql');
  return gate.pass(() => open(Connection, location));
}

function open(Connection: typeof Database, location: StoreLocation): Database.Database {
  const path = location.kind === 'file' ? location.path : `file:/muster-${location.name}?vfs=memdb`;
  const connection = new Connection(path);
  try {
    connection.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    if (location.kind === 'file') connection.pragma('synchronous = NORMAL');
    connection.pragma('foreign_keys = ON');
  } catch (error) {
    connection.close();
    throw error;
  }
  return connection;
}

/**
 * A store on a location that `prepareStore` has made ready. Opens nothing before the first call of `query` or `reserve`.
 * All calls of libsql pass `gate`, which whoever may end this thread has to shut before.
 */
export function openStore(location: StoreLocation, gate = new CallGate()): Store {
  return new SqlStore(location, gate);
}

class SqlStore implements Store {
  readonly #location: StoreLocation;
  readonly #gate: CallGate;
  readonly #statements = new Map<string, Database.Statement>();
  #connection: Promise<Database.Database> | undefined;
  #closed = false;

  constructor(location: StoreLocation, gate: CallGate) {
    this.#location = location;
    this.#gate = gate;
  }

  /**
   * What writes is a transaction of its own, begun before it. A statement that meets another's lock is left half-way by the library, and
   * SQLite commits nothing on that connection as long as there is one; a BEGIN that meets it is over.
   */
  async query(sql: string, parameters: readonly SqlValue[] = []): Promise<Row[]> {
    if (WRITES.test(sql)) return (await this.batch([{ sql, parameters }]))[0]!;
    return this.#on((connection) => run(this.#prepare(connection, sql), parameters));
  }

  batch(statements: readonly Statement[]): Promise<Row[][]> {
    return this.#on((connection) => {
      connection.exec('BEGIN IMMEDIATE');
      try {
        const rows = statements.map(({ sql, parameters }) => run(this.#prepare(connection, sql), parameters));
        connection.exec('COMMIT');
        return rows;
      } catch (error) {
        // A full disk makes SQLite roll back by itself.
        if (connection.inTransaction) connection.exec('ROLLBACK');
        throw error;
      }
    });
  }

  async #on<T>(work: (connection: Database.Database) => T): Promise<T> {
    if (this.#closed) throw new StoreFailed(showLocation(this.#location), 'it is closed');
    try {
      const connection = await this.#connect();
      return this.#gate.pass(() => work(connection));
    } catch (error) {
      throw new StoreFailed(showLocation(this.#location), reason(error), { cause: error });
    }
  }

  async reserve(name: string, count: number): Promise<number> {
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new StoreFailed(`reserve ${name}`, `the count must be a positive integer, got ${count}`);
    }
    const rows = await this.query(
      `INSERT INTO muster_marks (name, high) VALUES (?, ?)
       ON CONFLICT (name) DO UPDATE SET high = high + excluded.high RETURNING high`,
      [name, count],
    );
    return Number(rows[0]!.high) - count + 1;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#statements.clear();
    this.#connection?.then(
      (connection) =>
        this.#gate.pass(() => {
          // Statements live until they are collected, and the connection with them: so the log is written back here.
          if (this.#location.kind === 'file') connection.exec('PRAGMA wal_checkpoint(TRUNCATE)');
          connection.close();
        }),
      () => {
        // A connection that never opened was already reported to whoever asked for it, and there is nothing to close.
      },
    );
  }

  /** One connection for all calls; one that failed to open is tried again by the next call. */
  #connect(): Promise<Database.Database> {
    this.#connection ??= connect(this.#location, this.#gate).catch((error: unknown) => {
      this.#connection = undefined;
      throw error;
    });
    return this.#connection;
  }

  #prepare(connection: Database.Database, sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      if (this.#closed) throw new Error('it is closed');
      if (this.#statements.size >= MOST_STATEMENTS) this.#statements.clear();
      statement = connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function run(statement: Database.Statement, parameters: readonly SqlValue[]): Row[] {
  if (!statement.reader) {
    statement.run([...parameters]);
    return [];
  }
  return (statement.all([...parameters]) as Record<string, unknown>[]).map(toRow);
}

/** libsql gives blobs as ArrayBuffers. */
function toRow(found: Record<string, unknown>): Row {
  for (const [name, value] of Object.entries(found)) {
    if (value instanceof ArrayBuffer) found[name] = new Uint8Array(value);
  }
  return found as Row;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
