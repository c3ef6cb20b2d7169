import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { open } from '../support/battles.ts';
import { startLobbyCluster } from '../support/lobby-cluster.ts';

const DEADLINE_MS = 10_000;

test("bots: on real threads, the server's own users answer, and a match and a computer told of are stored", async () => {
  await using lobby = await startLobbyCluster(3);
  const alice = await lobby.online('n2', 'alice');
  const host = await lobby.online('n1', 'host');
  for (const name of ['Coordinator', 'AccoladesBot', 'AutohostMonitor']) {
    assert.equal(alice.lines.filter((line) => line.startsWith(`ADDUSER ${name} `)).length, 1, name);
  }
  alice.send('SAYPRIVATE Coordinator $whoami');
  await alice.waitFor(/^SAIDPRIVATE Coordinator You are alice, user #\d+\.$/, DEADLINE_MS);
  alice.send('SAYPRIVATE Coordinator $ignore host');
  await alice.waitFor(/^SAIDPRIVATE Coordinator You hear nothing from host/, DEADLINE_MS);
  alice.send('SAYPRIVATE AccoladesBot 1');
  await alice.waitFor(/^SAIDPRIVATE AccoladesBot I am not waiting/, DEADLINE_MS);

  await open(host);
  const stored = (sql: string) => lobby.cluster.run('n3', (node, query) => node.store.query(query), sql);
  host.send('SAYBATTLEEX * Launching game...');
  await lobby.cluster.waitFor('the begin', async () => (await stored('SELECT id FROM matches')).length === 1);
  host.send('SAYBATTLEEX * Server stopped (running time: 00:00:01)');
  await lobby.cluster.waitFor(
    'the end',
    async () => (await stored('SELECT id FROM matches WHERE finished_at IS NOT NULL')).length === 1,
  );

  await stored("UPDATE accounts SET bot = 1 WHERE name = 'host'");
  const again = await lobby.guest('n1');
  await again.login('host');
  const info = deflateSync(JSON.stringify({ name: 'alice', cpu: 'xyz', gpu: 'xyz', os: 'xyz', ram: 'xyz' }));
  again.send(`SAYPRIVATE AutohostMonitor user_info ${info.toString('base64url')}`);
  await lobby.cluster.waitFor('the fingerprint', async () => {
    const rows = await stored("SELECT value FROM account_stats WHERE name = 'hw_fingerprint'");
    return rows[0]?.value === 'uOGXziwWC1mCePGsh0tTQg==';
  });
  assert.deepEqual(lobby.violations(), []);
});
