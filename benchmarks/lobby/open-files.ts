/** How many files and sockets this process may have open at once, where the system says so. */
import { readFile } from 'node:fs/promises';
import { Skipped } from '../harness.ts';

/** Beside the sockets: listening ones, files, pipes, what libraries hold. */
const RESERVE = 1_000;
/** Both ends of a connection are in this process. */
const PER_PLAYER = 2;

/** Throws `Skipped` when this process may not have open what so many players need; where the limit is unknown it is tried. */
export async function requireOpenFiles(players: number, limit = mostOpenFiles): Promise<void> {
  const most = await limit();
  const needed = players * PER_PLAYER + RESERVE;
  if (most !== undefined && most < needed) {
    throw new Skipped('muster', `${players} players need ${needed} open files, the limit is ${most}: raise ulimit -n`);
  }
}

async function mostOpenFiles(): Promise<number | undefined> {
  try {
    return readMostOpenFiles(await readFile('/proc/self/limits', 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The soft limit in the text of /proc/self/limits; undefined when there is none. */
export function readMostOpenFiles(limits: string): number | undefined {
  const soft = /^Max open files +(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? undefined : Number(soft);
}
