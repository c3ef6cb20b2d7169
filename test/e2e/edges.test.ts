/** TLS, tokens, telemetry and achievements on real threads with one store. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SCENARIO_END, SCENARIOS } from '../../src/lobby/achievements/scenarios.ts';
import { join, open } from '../support/battles.ts';
import { startLobbyCluster } from '../support/lobby-cluster.ts';

test('tls: two nodes show one certificate; a token of one logs in on the other, into a battle with a plain client', async () => {
  await using lobby = await startLobbyCluster(2);
  const first = await lobby.guest('n1');
  const shown = await first.startTls();
  await first.register('ann');
  first.send('c.user.get_token_by_name ann\tpassword');
  const token = (await first.waitFor(/^s\.user\.user_token ann\t/)).split('\t')[1]!;
  const second = await lobby.guest('n2');
  assert.equal((await second.startTls()).fingerprint256, shown.fingerprint256);
  second.send(`c.user.login ${token}\tstrict client\t0\tsp`);
  await second.waitFor('ACCEPTED ann');
  await second.waitFor('LOGININFOEND');
  const host = await lobby.online('n1', 'host');
  const id = await open(host);
  await join(second, id);
  host.send('SAYBATTLE hello');
  await second.waitFor('SAIDBATTLE host hello');
});

test('telemetry and achievements: told on each node, in the one store once', async () => {
  await using lobby = await startLobbyCluster(2);
  const value = Buffer.from(JSON.stringify({ scenarioid: SCENARIOS[1], difficulty: 'Brutal', won: true })).toString(
    'base64url',
  );
  const ann = await lobby.online('n1', 'ann');
  const guest = await lobby.guest('n2');
  for (const client of [ann, guest]) {
    client.send(`c.telemetry.log_client_event_test ${SCENARIO_END} ${value} h1`);
    await client.waitFor('OK cmd=success');
  }
  const count = (table: string): Promise<number> =>
    lobby.cluster.run(
      'n2',
      async (node, name) => Number((await node.store.query(`SELECT count(*) AS n FROM ${name}`))[0]!.n),
      table,
    );
  await lobby.cluster.waitFor('the events are stored', async () => (await count('telemetry_events')) === 2);
  await lobby.cluster.waitFor('the achievements are', async () => (await count('achievements')) === 2);
  assert.equal(await count('achievement_types'), 38);
});
