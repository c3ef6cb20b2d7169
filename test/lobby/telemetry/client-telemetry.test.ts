/** What clients tell of themselves, as it gets into the store. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StoreFailed } from '../../../src/ports/index.ts';
import { memoryStore, SimulatedLobby } from '../simulated-lobby.ts';

describe('client telemetry', () => {
  it('events of accounts and of nobody are kept apart, in few statements', async () => {
    const store = memoryStore();
    let inserts = 0;
    const query = store.query;
    store.query = (sql, parameters) => {
      if (/^insert into "telemetry_events"/.test(sql)) inserts += 1;
      return query(sql, parameters);
    };
    await using lobby = await SimulatedLobby.start({ store });
    await lobby.on('n1', (l) => {
      for (let at = 0; at < 500; at++) l.logEvent({ userId: at % 2 ? 7 : undefined, hash: 'h' }, 'click', `${at}`);
    });
    await lobby.cluster.advance(2_000);
    const rows = await store.query(
      'SELECT account_id, count(*) AS n FROM telemetry_events GROUP BY account_id ORDER BY n, account_id',
    );
    assert.deepEqual(rows, [
      { account_id: null, n: 250 },
      { account_id: 7, n: 250 },
    ]);
    assert.ok(inserts <= 5, `${inserts} statements`);
  });

  it('events that the store takes without saying so come again, and are there once', async () => {
    const store = memoryStore();
    const query = store.query;
    let silent = 2;
    store.query = async (sql, parameters) => {
      const result = await query(sql, parameters);
      if (!/^insert into "telemetry_events"/.test(sql) || silent === 0) return result;
      silent -= 1;
      throw new StoreFailed('query', 'the answer was lost');
    };
    await using lobby = await SimulatedLobby.start({ store });
    for (const id of ['n1', 'n2']) {
      await lobby.on(id, (l) => {
        for (let at = 0; at < 3; at++) l.logEvent({ userId: 7, hash: 'h' }, id, 'same');
      });
    }
    await lobby.cluster.advance(5_000);
    assert.equal(silent, 0);
    assert.deepEqual(
      await store.query('SELECT type, count(*) AS n FROM telemetry_events GROUP BY type ORDER BY type'),
      [
        { type: 'n1', n: 3 },
        { type: 'n2', n: 3 },
      ],
    );
  });

  it('a property has its newest value, whichever node it was told to; before a login it is the hash’s', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ store });
    await lobby.on('n1', (l) => {
      for (const value of ['1', '2']) l.setProperty({ userId: 7, hash: 'h' }, 'gpu', value);
      l.setProperty({ userId: undefined, hash: 'h' }, 'gpu', 'anonymous');
    });
    await lobby.cluster.advance(2_000);
    await lobby.on('n2', (l) => l.setProperty({ userId: 7, hash: 'other' }, 'gpu', '3'));
    await lobby.cluster.advance(2_000);
    assert.deepEqual(await store.query('SELECT owner, value FROM telemetry_properties ORDER BY owner'), [
      { owner: 'hash:h', value: 'anonymous' },
      { owner: 'user:7', value: '3' },
    ]);
  });

  it('what waits when a node stops is written', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ store });
    await lobby.on('n1', (l) => l.logEvent({ userId: 7, hash: 'h' }, 'click', '1'));
    await lobby.cluster.stop('n1');
    assert.equal((await store.query('SELECT * FROM telemetry_events')).length, 1);
  });

  it('a log is kept as it came, under a number', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ store });
    const infolog = { type: 'crash', metadata: '{}', contents: new Uint8Array([120, 156, 3, 0, 0, 0, 0, 1]) };
    const first = await lobby.on('n1', (l) => l.keepInfolog({ userId: undefined, hash: 'h' }, infolog));
    const second = await lobby.on('n2', (l) => l.keepInfolog({ userId: 7, hash: 'h' }, infolog));
    assert.notEqual(first, second);
    const rows = await store.query('SELECT account_id, contents FROM infologs ORDER BY id');
    assert.deepEqual(rows, [
      { account_id: null, contents: infolog.contents },
      { account_id: 7, contents: infolog.contents },
    ]);
  });
});
