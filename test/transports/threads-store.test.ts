/** The embedded store: what it refuses, and that no two threads get the same ids. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { link, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { MessageChannel, Worker } from 'node:worker_threads';
import Database from 'libsql';
import { lockDataFile } from '../../src/transports/threads/data-lock.ts';
import {
  openStore,
  prepareStore,
  RemoteStore,
  type StoreLocation,
  serveStore,
} from '../../src/transports/threads/index.ts';
import { buildThreadEntry } from '../support/thread-entry.ts';

const COUNT = 10;
const ROUNDS = 500;

describe('threads store', () => {
  let folder: string;
  let entry: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'muster-store-'));
    entry = await buildThreadEntry(new URL('./fixtures/reserve-thread.ts', import.meta.url), folder);
  });
  after(() => rm(folder, { recursive: true }));

  const file = (name: string): StoreLocation & { kind: 'file' } => ({ kind: 'file', path: join(folder, name) });
  const memory = (): StoreLocation => ({ kind: 'memory', name: randomUUID() });

  for (const [kind, locate] of [
    ['file', () => file('shared.db')],
    ['memory', memory],
  ] as const) {
    it(`${kind}: statements with parameters give plain rows, blobs as bytes`, async () => {
      const location = locate();
      const prepared = await prepareStore(location);
      const store = openStore(location);
      await store.query('CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT, data BLOB, weight REAL)');
      assert.deepEqual(
        await store.query('INSERT INTO things VALUES (?, ?, ?, ?)', [1, 'a', Uint8Array.of(0, 255), 0.5]),
        [],
      );
      const inserted = await store.query('INSERT INTO things VALUES (?, ?, ?, ?) RETURNING id', [2, null, null, 2]);
      assert.deepEqual(inserted, [{ id: 2 }]);
      assert.deepEqual(await store.query('SELECT * FROM things ORDER BY id'), [
        { id: 1, name: 'a', data: Uint8Array.of(0, 255), weight: 0.5 },
        { id: 2, name: null, data: null, weight: 2 },
      ]);
      store.close();
      prepared.close();
    });

    it(`${kind}: a batch happens wholly or not at all, also through a port, and gives the rows of each statement`, async () => {
      const location = locate();
      const prepared = await prepareStore(location);
      const local = openStore(location);
      const { port1, port2 } = new MessageChannel();
      serveStore(local, port1);
      const remote = new RemoteStore(port2);
      port2.ref();
      await local.query('CREATE TABLE batched (id INTEGER PRIMARY KEY, name TEXT NOT NULL)');
      const insert = (id: number, name: string | null) => ({
        sql: 'INSERT INTO batched VALUES (?, ?) RETURNING id',
        parameters: [id, name],
      });
      const count = { sql: 'SELECT count(*) AS n FROM batched', parameters: [] };
      let kept = 0;
      for (const store of [local, remote]) {
        const id = kept + 1;
        for (const bad of [insert(id, 'twice'), insert(99, null), { sql: 'NONSENSE', parameters: [] }]) {
          await assert.rejects(store.batch([insert(id, 'a'), insert(id + 1, 'b'), bad, count]), {
            code: 'StoreFailed',
          });
          assert.deepEqual(await store.query(count.sql), [{ n: kept }]);
        }
        kept += 2;
        const rows = await store.batch([insert(id, 'a'), insert(id + 1, 'b'), count]);
        assert.deepEqual(rows, [[{ id }], [{ id: id + 1 }], [{ n: kept }]]);
        assert.deepEqual(await store.batch([]), []);
      }
      port1.close();
      local.close();
      prepared.close();
    });

    it(`${kind}: blocks that four threads reserve at once never overlap and begin at 1`, async () => {
      const location = locate();
      const prepared = await prepareStore(location);
      const blocks = (await Promise.all([1, 2, 3, 4].map(() => reserveInThread(entry, location)))).flat();
      blocks.sort((a, b) => a - b);
      assert.deepEqual(
        blocks,
        Array.from({ length: 4 * ROUNDS }, (_, at) => 1 + at * COUNT),
      );
      prepared.close();
    });
  }

  it('file: marks go on where they were after everything was closed', async () => {
    const location = file('again.db');
    for (const first of [1, 101]) {
      const prepared = await prepareStore(location);
      const store = openStore(location);
      assert.equal(await store.reserve('ids', 100), first);
      assert.equal(await store.reserve(`other ${first}`, 1), 1);
      store.close();
      prepared.close();
    }
  });

  for (const [name, sql] of Object.entries({
    'an insert': 'INSERT INTO things (word) VALUES (?)',
    'an insert that gives rows': 'INSERT INTO things (word) VALUES (?) RETURNING id',
    'an update': 'UPDATE things SET word = ? WHERE id = 1',
    'an update that gives rows': '\n  update things set word = ? where id = 1 returning id',
    'a delete': 'DELETE FROM things WHERE word = ?',
    'a change of several tables':
      'WITH one AS (SELECT 1 AS id) UPDATE things SET word = ? WHERE id IN (SELECT id FROM one)',
  })) {
    it(`file: ${name} that meets the lock of somebody else is refused, and what is written afterwards is in the file`, async () => {
      const location = file(`${randomUUID()}.db`);
      const prepared = await prepareStore(location);
      const store = openStore(location);
      await store.query('CREATE TABLE things (id INTEGER PRIMARY KEY, word TEXT)');
      await store.query("INSERT INTO things (word) VALUES ('first')");
      await store.query('PRAGMA busy_timeout = 20');
      const other = new Database(location.path);
      other.exec('BEGIN IMMEDIATE');
      await assert.rejects(store.query(sql, ['x']), { code: 'StoreFailed', message: /locked/ });
      other.exec('ROLLBACK');
      await store.query("INSERT INTO things (word) VALUES ('afterwards')");
      const words = other.prepare('SELECT word FROM things ORDER BY id').all() as { word: string }[];
      assert.deepEqual(
        words.map(({ word }) => word),
        ['first', 'afterwards'],
      );
      other.exec('BEGIN IMMEDIATE');
      other.close();
      store.close();
      prepared.close();
    });
  }

  it('file: one that is not SQLite is refused and left as it was', async () => {
    const location = file('notes.txt');
    await writeFile(
      location.path,
      'these are notes, and long enough to be read as a header of a database\n'.repeat(20),
    );
    const before = await readFile(location.path);
    await assertRefused(location, `the data file ${location.path}: it is not a SQLite database`);
    assert.deepEqual(await readFile(location.path), before);
  });

  it("file: another program's database is refused and left as it was", async () => {
    const { default: Database } = await import('libsql');
    const marked = file('marked.db');
    const other = new Database(marked.path);
    other.pragma('application_id = 77');
    other.close();
    const plain = file('plain.db');
    const tables = new Database(plain.path);
    tables.exec('CREATE TABLE mine (id INTEGER)');
    tables.close();
    const before = await readFile(plain.path);
    await assertRefused(marked, `the data file ${marked.path}: it belongs to another program (application id 77)`);
    await assertRefused(plain, `the data file ${plain.path}: it is a SQLite database that Muster did not make`);
    assert.deepEqual(await readFile(plain.path), before);
  });

  it('file: a missing directory and a directory in its place are refused', async () => {
    const lost = file('nowhere/data.db');
    await assertRefused(lost, `the data file ${lost.path}: the directory ${join(folder, 'nowhere')} does not exist`);
    await assertRefused({ kind: 'file', path: folder }, `the data file ${folder}: it is not a file`);
  });

  it('through a port: answers and errors come back; what waits when the port closes rejects', async () => {
    const location = memory();
    const prepared = await prepareStore(location);
    const store = openStore(location);
    const { port1, port2 } = new MessageChannel();
    serveStore(store, port1);
    const remote = new RemoteStore(port2);
    port2.ref();
    assert.deepEqual(await remote.query('SELECT ? AS a, ? AS b', [Uint8Array.of(7), 'x']), [
      { a: Uint8Array.of(7), b: 'x' },
    ]);
    assert.deepEqual(await Promise.all([remote.reserve('ids', 5), remote.reserve('ids', 5)]), [1, 6]);
    await assert.rejects(remote.query('SELECT a FROM nowhere'), { code: 'StoreFailed', message: /no such table/ });
    await assert.rejects(remote.query('SELECT ?', [(() => {}) as never]), {
      code: 'StoreFailed',
      message: /no SQL value/,
    });
    const waiting = assert.rejects(remote.query('SELECT 1'), { code: 'StoreFailed', message: /closed/ });
    port1.close();
    await waiting;
    await assert.rejects(remote.query('SELECT 1'), { code: 'StoreFailed', message: /closed/ });
    store.close();
    prepared.close();
  });

  it('through a port: more than 10,000 waiting are refused before anything happened', async () => {
    const { port1, port2 } = new MessageChannel();
    const remote = new RemoteStore(port2);
    const waiting = Array.from({ length: 10_000 }, () => remote.query('SELECT 1'));
    await assert.rejects(remote.query('SELECT 1'), { code: 'Overloaded' });
    remote.close();
    assert.ok((await Promise.allSettled(waiting)).every(({ status }) => status === 'rejected'));
    port1.close();
  });

  it('a file that holds anything but SQLite, down to one byte, is refused and left as it is', async () => {
    for (const [name, text] of [
      ['byte.db', 'x'],
      ['short.db', 'SQLite format 2\0'],
      ['long.db', 'y'.repeat(5_000)],
    ] as const) {
      const location = file(name);
      await writeFile(location.path, text);
      await assertRefused(location, `the data file ${location.path}: it is not a SQLite database`);
      assert.equal(await readFile(location.path, 'utf8'), text);
    }
  });

  it('an empty file is taken', async () => {
    const location = file('empty.db');
    await writeFile(location.path, '');
    (await prepareStore(location)).close();
    assert.match(await readFile(location.path, 'latin1'), /^SQLite format 3/);
  });

  it('a file another cluster uses is refused until that one lets go, which leaves no lock behind', async () => {
    const location = file('taken.db');
    const prepared = await prepareStore(location);
    await assertRefused(location, `the data file ${location.path}: another cluster uses it`);
    prepared.close();
    (await prepareStore(location)).close();
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith('taken.db-lock')),
      [],
    );
  });

  it('a link to a file another cluster uses is refused as the file is, and a file of two names always', async () => {
    const location = file('linked.db');
    (await prepareStore(location)).close();
    const prepared = await prepareStore(location);
    const symbolic = file('symbolic.db');
    await symlink(location.path, symbolic.path);
    await assertRefused(symbolic, `the data file ${symbolic.path}: another cluster uses it`);
    prepared.close();
    (await prepareStore(symbolic)).close();
    const hard = file('hard.db');
    await link(location.path, hard.path);
    for (const { path } of [hard, location]) {
      const message = `the data file ${path}: it has a second name (a hard link); copy it instead`;
      await assertRefused({ kind: 'file', path }, message);
    }
  });

  it('of many who want a file at once, one after another gets it and never two', async () => {
    const location = file('wanted.db');
    let held = 0;
    let most = 0;
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, async () => {
        const lock = await lockDataFile(location.path);
        if (!lock) return false;
        held += 1;
        most = Math.max(most, held);
        await new Promise((resolve) => setImmediate(resolve));
        held -= 1;
        lock.release();
        return true;
      }),
    );
    assert.equal(most, 1);
    assert.ok(results.some((result) => result.status === 'fulfilled' && result.value));
    assert.deepEqual(
      results.filter((result) => result.status === 'rejected'),
      [],
    );
  });

  it('a statement that fails, a count that is none and a closed store reject with StoreFailed', async () => {
    const location = memory();
    const prepared = await prepareStore(location);
    const store = openStore(location);
    await assert.rejects(store.query('SELECT a FROM nowhere'), {
      code: 'StoreFailed',
      message: /no such table/,
    });
    await assert.rejects(store.reserve('ids', 0), { code: 'StoreFailed' });
    assert.equal(await store.reserve('ids', 1), 1);
    store.close();
    await assert.rejects(store.query('SELECT 1'), { code: 'StoreFailed', message: /closed/ });
    prepared.close();
  });
});

async function assertRefused(location: StoreLocation, message: string): Promise<void> {
  await assert.rejects(prepareStore(location), { code: 'StoreFailed', message });
}

function reserveInThread(entry: string, location: StoreLocation): Promise<number[]> {
  const worker = new Worker(entry, { workerData: { location, count: COUNT, rounds: ROUNDS }, execArgv: [] });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
