/**
 * Makes a location ready for `openStore`: called once by the host before any node starts. A file that is not ours is
 * refused before anything is written to it.
 */
import { constants } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type Database from 'libsql';
import { StoreFailed } from '../../ports/index.ts';
import { type DataLock, lockDataFile } from './data-lock.ts';
import { connect, type StoreLocation, showLocation } from './store.ts';

/** SQLite's `application_id` of a Muster file: 'Mstr' in ASCII. */
const APPLICATION_ID = 0x4d73_7472;
/** What every SQLite file with something in it begins with. */
const FILE_HEADER = 'SQLite format 3\0';

export interface PreparedStore {
  /** Lets go of the location: the next cluster may have the file. A store in memory ceases to exist with its last connection. */
  close(): void;
}

/**
 * Creates or checks the store. Rejects with `StoreFailed`, one sentence that names the file and what is wrong with it:
 * no such directory, not writable, not SQLite, another program's file, in use by another cluster.
 */
export async function prepareStore(location: StoreLocation): Promise<PreparedStore> {
  if (location.kind === 'file') await checkPath(location);
  let lock: DataLock | undefined;
  let connection: Database.Database | undefined;
  try {
    if (location.kind === 'file') {
      lock = await lockDataFile(location.path);
      if (!lock) throw refusal(location, 'another cluster uses it');
    }
    connection = await connect(location);
    checkOwner(location, connection);
    if (location.kind === 'file') connection.pragma('journal_mode = WAL');
    connection.pragma(`application_id = ${APPLICATION_ID}`);
    connection.exec(
      'CREATE TABLE IF NOT EXISTS muster_marks (name TEXT PRIMARY KEY, high INTEGER NOT NULL) WITHOUT ROWID',
    );
  } catch (error) {
    connection?.close();
    lock?.release();
    throw error instanceof StoreFailed ? error : refusal(location, explain(error), error);
  }
  const opened = connection;
  return {
    close: () => {
      opened.close();
      lock?.release();
    },
  };
}

async function checkPath(location: StoreLocation & { kind: 'file' }): Promise<void> {
  const directory = dirname(location.path);
  const found = await stat(directory).catch(() => undefined);
  if (!found?.isDirectory()) throw refusal(location, `the directory ${directory} does not exist`);
  const file = await stat(location.path).catch(() => undefined);
  if (file && !file.isFile()) throw refusal(location, 'it is not a file');
  // SQLite finds its log by the name of the file: under two names there would be two logs, and writes of both would be lost.
  if (file && file.nlink > 1) throw refusal(location, 'it has a second name (a hard link); copy it instead');
  // SQLite writes its log beside the file, so both have to be writable.
  for (const path of file ? [location.path, directory] : [directory]) {
    const writable = await access(path, constants.W_OK).then(
      () => true,
      () => false,
    );
    if (!writable)
      throw refusal(location, `${path === directory ? `the directory ${directory}` : 'it'} is not writable`);
  }
  if (file && file.size > 0 && !(await isSqlite(location.path))) throw refusal(location, 'it is not a SQLite database');
}

/** SQLite itself takes a file shorter than its header for an empty one, and writes over it. */
async function isSqlite(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(FILE_HEADER.length), 0, FILE_HEADER.length, 0);
    return buffer.toString('latin1', 0, bytesRead) === FILE_HEADER;
  } finally {
    await file.close();
  }
}

function checkOwner(location: StoreLocation, connection: Database.Database): void {
  const id = numberOf(connection, 'PRAGMA application_id');
  if (id === APPLICATION_ID) return;
  if (id !== 0) throw refusal(location, `it belongs to another program (application id ${id})`);
  const tables = numberOf(connection, 'SELECT count(*) FROM sqlite_schema');
  if (tables > 0) throw refusal(location, 'it is a SQLite database that Muster did not make');
}

function numberOf(connection: Database.Database, sql: string): number {
  const rows = connection.prepare(sql).all() as Record<string, unknown>[];
  return Number(Object.values(rows[0] ?? {})[0]);
}

function explain(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code === 'SQLITE_NOTADB') return 'it is not a SQLite database';
  if (code === 'SQLITE_BUSY' || code === 'SQLITE_LOCKED') return 'another process holds it locked';
  return String(message);
}

function refusal(location: StoreLocation, problem: string, cause?: unknown): StoreFailed {
  return new StoreFailed(showLocation(location), problem, cause === undefined ? undefined : { cause });
}
