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
  const answer = await alice.waitFor(/^SAIDPRIVATE Coordinator You are alice, user #\d+\.$/, DEADLINE_MS);
  const asked = alice.lines.indexOf('SAYPRIVATE Coordinator $whoami');
  assert.ok(asked >= 0 && asked < alice.lines.indexOf(answer), 'the question comes before its answer');
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

  // As many players as there may be, each with much said of him.
  const players = Array.from({ length: 110 }, (_, at) => ({ name: 'x'.repeat(300), allyTeam: at % 2, win: at % 2 }));
  const report = Buffer.from(JSON.stringify({ players })).toString('base64');
  assert.ok(report.length > 40_000, `${report.length}`);
  again.send(`SAYPRIVATE AutohostMonitor endGameData ${report}`);
  await lobby.cluster.waitFor('the result', async () => {
    const rows = await stored('SELECT winner FROM matches');
    return rows[0]?.winner === 1;
  });
  assert.deepEqual(lobby.violations(), []);
});

test('bots: the stop of a node is told to its own clients and to nobody else', async () => {
  await using lobby = await startLobbyCluster(2);
  const stays = await lobby.online('n1', 'stays');
  const goes = await lobby.online('n2', 'goes');
  await stays.until('both there', ({ users }) => users.has('goes'));
  await lobby.cluster.stop('n2');
  await goes.closed;
  assert.ok(goes.lines.includes('s.system.shutdown'));
  await stays.until('the other is gone', ({ users }) => !users.has('goes'), DEADLINE_MS);
  await stays.sync();
  assert.ok(!stays.lines.includes('s.system.shutdown'));
  stays.send('SAYPRIVATE Coordinator $coc');
  await stays.waitFor(/^SAIDPRIVATE Coordinator 1\. /, DEADLINE_MS);
  assert.deepEqual(lobby.violations(), []);
});

test('bots: who is under moderation is warned after the login, and joins no battle until he acknowledges', async () => {
  await using lobby = await startLobbyCluster(2);
  const host = await lobby.online('n1', 'host');
  const id = await open(host);
  const first = await lobby.guest('n2');
  await first.register('alice');
  await lobby.cluster.run('n1', (node) =>
    node.store.query(
      "INSERT INTO moderation_actions (account_id, restrictions, reason, created_at) SELECT id, '[\"Accolades\"]', 'was rude', 0 FROM accounts WHERE name = 'alice'",
    ),
  );
  await first.login('alice');
  await first.until('the battle is there', ({ battles }) => battles.has(id));
  await first.waitFor(/^SAIDPRIVATE Coordinator - Accolades \(for good\): was rude$/, DEADLINE_MS);
  await first.waitFor(/^SAIDPRIVATE Coordinator Please answer this message/, DEADLINE_MS);
  first.send(`JOINBATTLE ${id}`);
  await first.waitFor(/^JOINBATTLEFAILED Awaiting acknowledgement/, DEADLINE_MS);
  first.send('SAYPRIVATE Coordinator I acknowledge this');
  await first.waitFor('SAIDPRIVATE Coordinator Thank you', DEADLINE_MS);
  first.send(`JOINBATTLE ${id}`);
  await first.waitFor('REQUESTBATTLESTATUS', DEADLINE_MS);
  assert.deepEqual(lobby.violations(), []);
});
