import assert from 'node:assert/strict';
import { it } from 'node:test';
import { roomMembers, rooms } from '../../../src/lobby/rooms/declarations.ts';
import { enterRoom, MOST_ROOMS_ANYWHERE } from '../../../src/lobby/rooms/room-list.ts';
import type { MusterNode } from '../../../src/services/index.ts';
import { SimulatedLobby } from '../simulated-lobby.ts';

const AT_ONCE = 500;

/** Lists so many rooms that nobody is in, the first of them first. */
async function listEmpty(node: MusterNode, count: number): Promise<void> {
  for (let from = 0; from < count; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, at) => from + at);
    await Promise.all(
      some.map((n) => {
        const name = `empty${n}`;
        const createdAt = node.wall() + n;
        return node.cache(rooms).insertNew(name, { name, topic: 'topic', author: 'Alice', createdAt });
      }),
    );
  }
}

it('when there are as many rooms as may be, a new one takes the place of the oldest that nobody is in', async () => {
  await using lobby = await SimulatedLobby.start({ nodes: 2 });
  const alice = await lobby.client('Alice', 'n1');
  const bob = await lobby.client('Bob', 'n2');
  await lobby.as(alice, (session) => session.rooms.join('old'));
  await lobby.cluster.run('n1', listEmpty, MOST_ROOMS_ANYWHERE - 1);
  assert.equal(await lobby.as(bob, (session) => session.rooms.join('new')), 'joined');
  await lobby.as(alice, (session) => session.rooms.join('new'));
  for (const id of lobby.cluster.view().members.map((member) => member.id)) {
    const [size, ...there] = await lobby.cluster.run(id, (node) => [
      node.cache(rooms).size,
      ...['old', 'new', 'empty0', 'empty1'].map((name) => node.cache(rooms).has(name)),
    ]);
    assert.equal(size, MOST_ROOMS_ANYWHERE, id);
    assert.deepEqual(there, [true, true, false, true], id);
  }
  await lobby.as(bob, (session) => session.rooms.say('new', 'here'));
  await lobby.until('Alice hears him', () => alice.model.said.length === 1);
});

it('a room that somebody comes into while it makes way for another is listed all the same', async () => {
  for (let seed = 1; seed <= 100; seed++) {
    await using lobby = await SimulatedLobby.start({ seed });
    const enter = (node: MusterNode, room: string, userId: number) => {
      const takePlace = async () => {
        await new Promise<void>((resolve) => node.after(4 * node.random(), resolve));
        return node.registry(roomMembers).register([room, userId], { session: 'a session' });
      };
      return enterRoom(node, { room, author: 'Alice', mostRooms: 3, takePlace }).then(() => undefined);
    };
    await lobby.cluster.run('n3', listEmpty, 3);
    await Promise.all([lobby.cluster.run('n1', enter, 'empty0', 1), lobby.cluster.run('n2', enter, 'new', 2)]);
    for (const id of ['n1', 'n2', 'n3']) {
      const there = await lobby.cluster.run(id, (node) => ['empty0', 'new'].map((name) => node.cache(rooms).has(name)));
      assert.deepEqual(there, [true, true], `seed ${seed}, ${id}`);
    }
  }
});
