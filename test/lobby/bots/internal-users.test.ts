import assert from 'node:assert/strict';
import { it } from 'node:test';
import { INTERNAL_USERS } from '../../../src/lobby/index.ts';
import { SimulatedLobby } from '../simulated-lobby.ts';

const NAMES = INTERNAL_USERS.map(({ name }) => name);

it("each of the server's own users is online once while any node lives, whichever die and come back", async () => {
  await using lobby = await SimulatedLobby.start({ nodes: 4 });
  const watcher = await lobby.client('Watcher', 'n4');
  for (const doomed of ['n1', 'n2', 'n3']) {
    await lobby.cluster.kill(doomed);
    await lobby.cluster.settled();
    for (const name of NAMES) {
      assert.equal([...watcher.model.users.values()].filter((user) => user.name === name).length, 1, name);
    }
  }
  await lobby.cluster.restart('n2');
  await lobby.cluster.settled();
  const newcomer = await lobby.client('Newcomer', 'n2');
  for (const name of NAMES) assert.ok(newcomer.model.names.has(name), name);
  const told = watcher.events.filter((event) => 'user' in event && NAMES.includes(event.user.name));
  assert.deepEqual(told, [], 'nobody is told anything about them');
});

it('the names of the server itself cannot be registered', async () => {
  await using lobby = await SimulatedLobby.start({ nodes: 1 });
  for (const name of NAMES) {
    const attempt = lobby.on('n1', (l) => l.register({ name: name.toUpperCase(), passwordHash: 'x' }));
    await assert.rejects(attempt, { reason: 'NameTaken' });
  }
});
