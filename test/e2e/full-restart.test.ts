/**
 * Full restart (P10): the whole process ends, by `quit` or by kill -9 in the middle of handing out ids and registering accounts,
 * and is started again on the same data file. Accounts are there, and no id is given again.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'libsql';
import { LobbyTestClient } from '../support/lobby-client.ts';
import { MusterProcess } from './muster-process.ts';

/** What clients were told before the process ended. */
interface Acknowledged {
  readonly names: string[];
  readonly lobbyIds: number[];
}

interface Started extends AsyncDisposable {
  readonly muster: MusterProcess;
  readonly ports: readonly number[];
}

async function start(file: string): Promise<Started> {
  const muster = new MusterProcess(['--json', '--nodes', '2', '--lobby-port', '0', '--data', file]);
  const up = await muster.saw({ event: 'up' });
  const ports = (up.nodes as { lobbyPort: number }[]).map(({ lobbyPort }) => lobbyPort);
  return { muster, ports, [Symbol.asyncDispose]: () => muster[Symbol.asyncDispose]() };
}

/** Registers an account, logs it in and opens a battle; notes each step when it is acknowledged. */
async function one(port: number, name: string, told: Acknowledged): Promise<void> {
  await using client = await LobbyTestClient.connect(port);
  await client.register(name);
  told.names.push(name);
  await client.login(name);
  client.send('OPENBATTLE 0 0 * 8452 8 gameHash 0 1 spring\t104.0\tComet\tEU 01\tBAR');
  await client.waitFor('REQUESTBATTLESTATUS');
  told.lobbyIds.push(client.model.battle!.id);
}

/** Goes on until the process is gone. */
async function many(port: number, prefix: string, told: Acknowledged): Promise<void> {
  for (let at = 0; ; at++) {
    try {
      await one(port, `${prefix}${at}`, told);
    } catch (error) {
      assert.match(String(error), /connection (is )?closed|ECONNREFUSED|ECONNRESET/);
      return;
    }
  }
}

async function until(what: string, check: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!check()) {
    if (performance.now() > deadline) assert.fail(`waited 30 s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function storedAccounts(file: string): { name: string; spring_id: number }[] {
  const database = new Database(file);
  try {
    return database.prepare('SELECT name, spring_id FROM accounts').all() as { name: string; spring_id: number }[];
  } finally {
    database.close();
  }
}

/** A client that finds every account again, makes new ones, and gets no id that was given before. */
async function findsAllAgain(file: string, told: Acknowledged): Promise<void> {
  const later: Acknowledged = { names: [], lobbyIds: [] };
  {
    await using again = await start(file);
    // One after the other: hashing passwords is slow, and all at once would be a storm, which is another test.
    for (const [at, name] of told.names.entries()) {
      await using client = await LobbyTestClient.connect(again.ports[at % 2]!);
      await client.login(name);
      assert.deepEqual(client.violations, []);
    }
    for (const [at, port] of again.ports.entries()) {
      await one(port, `later${at}`, later);
      await one(port, `latest${at}`, later);
    }
    again.muster.send('quit');
    assert.equal(await again.muster.exited(), 0, again.muster.stderr);
  }
  const ids = [...told.lobbyIds, ...later.lobbyIds];
  assert.equal(new Set(ids).size, ids.length, `a lobby id was given again: ${String(ids)}`);
  const accounts = storedAccounts(file);
  const springIds = accounts.map(({ spring_id }) => spring_id);
  assert.equal(new Set(springIds).size, springIds.length, `an id of a user was given again: ${String(springIds)}`);
  for (const name of [...told.names, ...later.names])
    assert.ok(
      accounts.some((account) => account.name === name),
      name,
    );
}

async function withDataFile(use: (file: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-full-'));
  try {
    await use(join(directory, 'muster.db'));
  } finally {
    await rm(directory, { recursive: true });
  }
}

test('quit and start again on the same file: the accounts are there, no id is given again', async () => {
  await withDataFile(async (file) => {
    const told: Acknowledged = { names: [], lobbyIds: [] };
    {
      await using started = await start(file);
      for (const [at, port] of started.ports.entries()) {
        for (const name of ['first', 'second', 'third']) await one(port, `${name}${at}`, told);
      }
      started.muster.send('quit');
      assert.equal(await started.muster.exited(), 0, started.muster.stderr);
    }
    assert.equal(told.lobbyIds.length, 6);
    await findsAllAgain(file, told);
  });
});

test('kill -9 in the middle of registering and opening, three times: what was acknowledged is there, no id is given again', async () => {
  await withDataFile(async (file) => {
    const told: Acknowledged = { names: [], lobbyIds: [] };
    for (let round = 0; round < 3; round++) {
      await using started = await start(file);
      const before = told.lobbyIds.length;
      const works = started.ports.flatMap((port, at) =>
        ['a', 'b'].map((prefix) => many(port, `${prefix}${at}r${round}n`, told)),
      );
      await until('some battles', () => told.lobbyIds.length >= before + 3 + round);
      started.muster.child.kill('SIGKILL');
      await started.muster.exited();
      await Promise.all(works);
    }
    assert.ok(told.lobbyIds.length >= 12 && told.names.length >= told.lobbyIds.length);
    await findsAllAgain(file, told);
  });
});
