/**
 * One cluster at a time on a data file. The lock is SQLite's own on a small file beside it, so the kernel lets go of it
 * when the process dies, however that happens; the data file itself stays readable for other programs.
 */
import { rmSync } from 'node:fs';
import { appendFile, realpath, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type Database from 'libsql';

/** A cluster that is just closing gets this long to let go. */
const WAIT_MS = 1_000;
const RETRY_MS = 50;

export interface DataLock {
  /** Lets the next cluster in, and leaves no file behind. */
  release(): void;
}

/** Resolves to undefined when another cluster, of this process or another, uses the data file. Rejects with what libsql throws. */
export async function lockDataFile(dataFile: string): Promise<DataLock | undefined> {
  // By its own name, whatever links lead to it. It may not be there yet.
  const path = `${(await ifThere(realpath(dataFile))) ?? dataFile}-lock`;
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    await appendFile(path, '');
    const before = await inodeOf(path);
    const holder = await hold(path);
    // Its last holder may have removed the file before we had locked it: what we hold is nobody's lock then.
    if (holder && before !== undefined && before === (await inodeOf(path))) return lockOf(path, holder);
    holder?.close();
    if (performance.now() >= deadline) return undefined;
    if (!holder) await sleep(RETRY_MS);
  }
}

/** A connection that has the file to itself until it is closed; undefined when another has it. */
async function hold(path: string): Promise<Database.Database | undefined> {
  const { default: Connection } = await import('libsql');
  const connection = new Connection(path);
  try {
    connection.exec('BEGIN EXCLUSIVE');
    return connection;
  } catch (error) {
    connection.close();
    if ((error as { code?: unknown }).code === 'SQLITE_BUSY') return undefined;
    throw error;
  }
}

function lockOf(path: string, holder: Database.Database): DataLock {
  return {
    release: () => {
      // While it is still locked, so that whoever has opened it meanwhile notices that it went.
      rmSync(path, { force: true });
      holder.close();
    },
  };
}

async function inodeOf(path: string): Promise<number | undefined> {
  return (await ifThere(stat(path)))?.ino;
}

/** Undefined when the file is not there; what else goes wrong is not hidden. */
async function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  }
}
