/**
 * Starts a node of the lobby on a data file with many accounts, again and again: how long until it is up does not depend on how many
 * there are, since a node reads none at its start. One of them logs in each time, so the file was not merely opened.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { threadsClock } from '../../src/cluster/index.ts';
import { Names, Player } from '../../src/edges/players/index.ts';
import { type Cluster, startCluster } from '../../src/index.ts';
import type { Measured, Subject } from '../harness.ts';

const APP = new URL('../../src/edges/gateway/app.ts', import.meta.url);
const HASH_COST = 4;
/** The account that logs in. All have its password. */
const NAME = 'somebody';
/** Far from the ids that the sequence gives. */
const FIRST_SPRING_ID = 1_000_000_000;

/** `accounts` beside the one that logs in. */
export async function bootWithAccounts(name: string, accounts: number): Promise<Subject> {
  const folder = await mkdtemp(join(tmpdir(), 'muster-accounts-'));
  const data = join(folder, 'muster.db');
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await withLobby(data, (player) => player.register());
    if (accounts > 0) addAccounts(data, accounts);
    return { name, round: () => boot(data), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** In one statement; the copies differ by name and id. */
function addAccounts(file: string, count: number): void {
  const database = new Database(file);
  try {
    database.pragma('synchronous = OFF');
    const { changes } = database
      .prepare(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
         INSERT INTO accounts (name, salt, hash, cost, spring_id, created_at)
         SELECT 'account' || i, salt, hash, cost, ${FIRST_SPRING_ID} + i, created_at FROM n, accounts WHERE name = ?`,
      )
      .run(count, NAME);
    if (changes !== count) throw new Error(`${changes} of ${count} accounts were made`);
    database.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    database.close();
  }
}

async function boot(data: string): Promise<Measured> {
  const startedAt = performance.now();
  let upMs = 0;
  const loginMs = await withLobby(
    data,
    async (player) => {
      const askedAt = performance.now();
      await player.logIn();
      return performance.now() - askedAt;
    },
    () => {
      upMs = performance.now() - startedAt;
    },
  );
  return { figure: upMs, also: { 'ms of a login': loginMs } };
}

/** A cluster of one node on the file, and a player that is greeted there; `isUp` is called in between. */
async function withLobby<T>(data: string, act: (player: Player) => Promise<T>, isUp = () => {}): Promise<T> {
  const cluster = await startCluster({
    nodes: 1,
    app: APP,
    data,
    settings: { hashCost: HASH_COST },
    logLevel: 'error',
  });
  try {
    isUp();
    const player = await Player.connect({
      ...{ name: NAME, host: '127.0.0.1', port: await portOf(cluster), names: new Names(), clock: threadsClock },
    });
    try {
      return await act(player);
    } finally {
      player.destroy();
    }
  } finally {
    await cluster.close();
  }
}

async function portOf(cluster: Cluster): Promise<number> {
  const [node] = (await cluster.inspect()).nodes;
  const port = node?.gauges.lobbyPort;
  if (port === undefined) throw new Error('the node does not say where it listens');
  return port;
}
