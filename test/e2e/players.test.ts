/**
 * `muster players` on a cluster of threads: forty players act by themselves while a node dies, comes back, and another is added; no
 * stream breaks, and at the end all see the same.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { runPlayers } from '../../src/edges/cli/players/command.ts';
import type { Figures } from '../../src/edges/cli/players/figures.ts';
import { parsePlayersOptions } from '../../src/edges/cli/players/options.ts';
import { sink } from '../edges/cli/sink.ts';
import { type LobbyCluster, startLobbyCluster } from '../support/lobby-cluster.ts';

const PLAYERS = 40;

interface Control extends AsyncDisposable {
  readonly url: string;
}

/** What the control port answers about nodes. */
async function controlOf({ cluster }: LobbyCluster): Promise<Control> {
  const server = createServer((_request, response) => {
    void cluster.inspect().then(({ nodes }) => {
      response.end(JSON.stringify({ nodes: nodes.map(({ id, gauges }) => ({ id, told: { gauges } })) }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

test('players: forty of them, a node killed and one added meanwhile: no stream breaks, and all see the same at the end', async () => {
  await using lobby = await startLobbyCluster(3);
  const { cluster } = lobby;
  await using control = await controlOf(lobby);
  const [stdout, stderr] = [sink(), sink()];
  const args = ['--control', control.url, '--count', String(PLAYERS), '--minutes', '0.25', '--pace', '250', '--json'];
  const running = runPlayers(parsePlayersOptions(args)!, {
    ...{ stdout, stderr, columns: undefined, drawSeed: () => 7, token: undefined },
    elapsedMs: () => performance.now(),
    onStopSignal: () => () => undefined,
  });
  const sessionsOn = (node: string): Promise<number> => lobby.gauge(node, 'sessions');
  await cluster.waitFor('players on n2', async () => (await sessionsOn('n2')) > PLAYERS / 5);
  await cluster.kill('n2');
  const added = await cluster.add();
  await cluster.start('n2');
  await cluster.waitFor('players on the added node', async () => (await sessionsOn(added)) > 0);
  assert.equal(await running, 0, stdout.text + stderr.text);

  const events = stdout.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string } & Record<string, unknown>);
  assert.ok(events.some(({ event, nodes }) => event === 'nodes' && (nodes as string[]).length === 4));
  const { ok, agreed, faults, counts } = events.at(-1) as unknown as Figures & { ok: boolean; agreed: boolean };
  assert.deepEqual({ ok, agreed, faults }, { ok: true, agreed: true, faults: 0 });
  // An account may be made on the node that is killed before it could say so.
  assert.ok(counts.registrations <= PLAYERS, `${counts.registrations} registrations`);
  const { registrations, disconnects, heard, joins, gamesStarted } = counts;
  for (const [what, count] of Object.entries({ registrations, disconnects, heard, joins, gamesStarted }))
    assert.ok(count > 0, `${what} is ${count}`);
});
