/** Settings that an operator changes: on all nodes when the change resolves, kept in the store, and used by the code they are for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operate, setting } from '../../src/lobby/index.ts';
import type { MusterNode } from '../../src/services/index.ts';
import { memoryStore, PASSWORD, SimulatedLobby } from './simulated-lobby.ts';

const ALICE = { name: 'alice', passwordHash: PASSWORD, ip: '10.0.0.1', client: 'test' };

function set(node: MusterNode, name: string, value: boolean | number | string | string[]) {
  return operate(node, { kind: 'set-setting', name, value });
}

async function everywhere(lobby: SimulatedLobby, nodes: readonly string[]): Promise<number[]> {
  return Promise.all(nodes.map((id) => lobby.cluster.run(id, (node) => setting(node, 'playerLimit'))));
}

test('a setting that was changed on one node is on every node when the change resolves, and on those that come later', async () => {
  await using lobby = await SimulatedLobby.start({ settings: { playerLimit: 5 } });
  assert.deepEqual(
    await everywhere(lobby, ['n1', 'n2', 'n3']),
    [5, 5, 5],
    'what the node was started with holds first',
  );
  const { message } = await lobby.cluster.run('n2', (node) => set(node, 'playerLimit', 7));
  assert.equal(message, 'playerLimit is 7');
  assert.deepEqual(await everywhere(lobby, ['n1', 'n2', 'n3']), [7, 7, 7]);
  const added = await lobby.cluster.add();
  assert.deepEqual(await everywhere(lobby, [added]), [7]);
  await lobby.cluster.run('n3', (node) => operate(node, { kind: 'reset-setting', name: 'playerLimit' }));
  assert.deepEqual(await everywhere(lobby, ['n1', 'n2', added]), [5, 5, 5]);
});

test('settings outlive the cluster; the last of several changes at once is what holds, in the store too', async () => {
  const store = memoryStore();
  await using first = await SimulatedLobby.start({ store, seed: 3 });
  const changes = [2, 3, 4, 5, 6].map((value, at) =>
    first.cluster.run(`n${(at % 3) + 1}`, (node) => set(node, 'playerLimit', value)),
  );
  await Promise.all(changes);
  const [held] = await everywhere(first, ['n1']);
  assert.deepEqual(await everywhere(first, ['n2', 'n3']), [held, held]);
  assert.deepEqual(await store.query('SELECT value FROM settings'), [{ value: String(held) }]);
  await using second = await SimulatedLobby.start({ store, seed: 4 });
  assert.deepEqual(await everywhere(second, ['n1', 'n2', 'n3']), [held, held, held]);
});

test('an unknown name and a value that does not fit are refused with what was expected, and change nothing', async () => {
  await using lobby = await SimulatedLobby.start();
  await lobby.cluster.run('n1', async (node) => {
    await assert.rejects(set(node, 'playerlimit', 3), {
      reason: 'BadValue',
      message: /^There is no setting playerlimit; there are playerLimit, consentMs, /,
    });
    for (const value of [0, 1.5, 'many', ['3']]) {
      await assert.rejects(set(node, 'playerLimit', value), {
        reason: 'BadValue',
        message: 'playerLimit is a whole number from 1 to 250',
      });
    }
    await assert.rejects(set(node, 'motd', ['two\nlines']), { reason: 'BadValue' });
    const { settings } = await operate(node, { kind: 'list-settings' });
    assert.ok(settings!.every(({ value, otherwise }) => value === otherwise));
  });
});

test('the keeper is at work again after its node died, and nothing that was set is lost', async () => {
  await using lobby = await SimulatedLobby.start({ seed: 9 });
  await lobby.cluster.run('n1', (node) => set(node, 'consentMs', 1_234));
  for (const id of ['n1', 'n2']) {
    await lobby.cluster.kill(id);
    assert.equal(await lobby.cluster.run('n3', (node) => setting(node, 'consentMs')), 1_234);
  }
  await lobby.cluster.run('n3', (node) => set(node, 'replaceMs', 77));
  assert.equal(await lobby.cluster.run('n3', (node) => setting(node, 'replaceMs')), 77);
});

test('code that asks has a changed setting at once on any node: a login needs the lobby hash, then no more', async () => {
  await using lobby = await SimulatedLobby.start();
  await lobby.client('alice', 'n1');
  await lobby.cluster.run('n1', (node) => set(node, 'requireLobbyHash', true));
  const login = () => lobby.on('n3', (one) => one.login(ALICE));
  await assert.rejects(login(), { reason: 'NoLobbyHash' });
  await lobby.cluster.run('n2', (node) => set(node, 'requireLobbyHash', false));
  assert.equal((await login()).user().name, 'alice');
});
