import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LobbyRefused, type RefusalCode } from '../../src/lobby/index.ts';
import { operate } from '../../src/lobby/operator/operate.ts';
import { PASSWORD, SimulatedLobby, type TestClient } from './simulated-lobby.ts';

function refused(reason: RefusalCode, text = /./) {
  return (error: unknown): boolean =>
    error instanceof LobbyRefused && error.reason === reason && text.test(error.message);
}

const LOGIN = { passwordHash: PASSWORD, ip: '10.0.0.1', client: 'test' };

describe('accounts', () => {
  it('a name and an email are taken once, whatever node and case', async () => {
    await using lobby = await SimulatedLobby.start();
    await lobby.on('n1', (l) => l.register({ name: 'Alice', passwordHash: PASSWORD, email: 'a@example.org' }));
    const again = (name: string, email?: string) =>
      lobby.on('n2', (l) => l.register({ name, passwordHash: PASSWORD, ...(email && { email }) }));
    await assert.rejects(again('aLICE'), refused('NameTaken'));
    await assert.rejects(again('Bob', 'A@EXAMPLE.ORG'), refused('EmailTaken'));
    await again('Bob');
    await again('Carol');
  });

  it('two nodes that register one name at the same time make one account', async () => {
    await using lobby = await SimulatedLobby.start();
    const results = await Promise.allSettled(
      ['n1', 'n2', 'n3'].map((node) => lobby.on(node, (l) => l.register({ name: 'Alice', passwordHash: PASSWORD }))),
    );
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const result of results) {
      if (result.status === 'rejected') assert.ok(refused('NameTaken')(result.reason), String(result.reason));
    }
  });

  it('a login is refused with the reason: unknown, wrong case, wrong password, too many of those', async () => {
    await using lobby = await SimulatedLobby.start();
    await lobby.on('n1', (l) => l.register({ name: 'Alice', passwordHash: PASSWORD }));
    const login = (name: string, passwordHash = PASSWORD, node = 'n2') =>
      lobby.on(node, (l) => l.login({ ...LOGIN, name, passwordHash }));
    await assert.rejects(login('Nobody'), refused('NoSuchUser'));
    await assert.rejects(login('alice'), refused('WrongCase', /^Username is case sensitive, try 'Alice'$/));
    for (const node of ['n1', 'n2', 'n3']) {
      await assert.rejects(login('Alice', 'Xr4ilOzQ4PCOq3aQ0qbuaQ==', node), refused('WrongPassword'));
    }
    await lobby.cluster.settled();
    await assert.rejects(login('Alice'), refused('TooManyTries'));
    await lobby.cluster.advance(11_000);
    await login('Alice');
  });

  it('a node without a store runs, and refuses logins with a clear line', async () => {
    await using lobby = await SimulatedLobby.start({ store: null });
    await assert.rejects(
      lobby.on('n1', (l) => l.register({ name: 'Alice', passwordHash: PASSWORD })),
      refused('Unavailable', /account store/),
    );
    await assert.rejects(
      lobby.on('n1', (l) => l.login({ ...LOGIN, name: 'Alice' })),
      refused('Unavailable', /account store/),
    );
  });
});

describe('presence', () => {
  it('clients on different nodes see each other come, change status, and go', async () => {
    await using lobby = await SimulatedLobby.start();
    const alice = await lobby.client('Alice', 'n1');
    const bob = await lobby.client('Bob', 'n3');
    await lobby.until(
      'both see both',
      () => alice.sees().join() === 'Alice,Bob,Coordinator' && bob.sees().join() === 'Alice,Bob,Coordinator',
    );
    await lobby.as(bob, (session) => session.setStatus(127));
    await lobby.until('the status, masked', () => alice.statusOf('Bob') === 3 && bob.statusOf('Bob') === 3);
    await lobby.as(bob, (session) => session.end());
    await lobby.until('Bob is gone', () => alice.sees().join() === 'Alice,Coordinator');
    assert.deepEqual(bob.ends, []);
  });

  it('an unchanged status comes again, to who asked only', async () => {
    await using lobby = await SimulatedLobby.start();
    const alice = await lobby.client('Alice', 'n1');
    const bob = await lobby.client('Bob', 'n1');
    await lobby.as(bob, (session) => session.setStatus(0));
    assert.deepEqual(bob.told(), ['user-status Bob']);
    assert.deepEqual(alice.told(), ['user-added Bob']);
  });

  it('roles show in the status word', async () => {
    await using lobby = await SimulatedLobby.start();
    await lobby.on('n1', async (l) => {
      await l.register({ name: 'Alice', passwordHash: PASSWORD });
      await l.setRoles('Alice', { moderator: true, bot: true });
    });
    const alice = await lobby.client('Alice', 'n1');
    assert.equal(alice.statusOf('Alice'), 96);
  });

  it('private messages and rings reach their user wherever he is', async () => {
    await using lobby = await SimulatedLobby.start();
    const alice = await lobby.client('Alice', 'n1');
    const bob = await lobby.client('Bob', 'n2');
    await lobby.as(alice, async (session) => {
      await session.sayPrivate('Bob', 'hello');
      await session.ring('Bob');
    });
    await lobby.until('both arrive', () => bob.inboxed.length === 2);
    assert.deepEqual(
      bob.inboxed.map(({ kind }) => kind),
      ['private-message', 'ring'],
    );
    await assert.rejects(
      lobby.as(alice, (session) => session.sayPrivate('Nobody', 'x')),
      refused('NotOnline'),
    );
  });
});

describe('a second login of the same user', () => {
  for (const node of ['n1', 'n2']) {
    it(`replaces the first, ${node === 'n1' ? 'on the same node' : 'on another node'}`, async () => {
      await using lobby = await SimulatedLobby.start();
      const watcher = await lobby.client('Watcher', 'n3');
      const first = await lobby.client('Alice', 'n1');
      await lobby.as(first, (session) => session.rooms.join('main'));
      const second = await lobby.client('Alice', node);
      assert.deepEqual(first.ends, ['replaced']);
      await lobby.as(second, (session) => session.rooms.join('main'));
      await lobby.until('the watcher has seen it', () => watcher.told().length === 3);
      assert.deepEqual(watcher.told(), ['user-added Alice', 'user-removed Alice', 'user-added Alice']);
      await assert.rejects(
        lobby.as(first, (session) => session.setStatus(1)),
        refused('SessionEnded'),
      );
    });
  }

  it('does not wait for a session whose node is dead', async () => {
    await using lobby = await SimulatedLobby.start();
    await lobby.client('Alice', 'n2');
    await lobby.cluster.kill('n2');
    const again = await lobby.client('Alice', 'n1');
    assert.deepEqual(again.sees(), ['Alice', 'Coordinator']);
  });

  it('at the same moment: never two, one of them stays', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      await using lobby = await SimulatedLobby.start({ seed });
      const watcher = await lobby.client('Watcher', 'n3');
      await lobby.on('n1', (l) => l.register({ name: 'Alice', passwordHash: PASSWORD }));
      const logins = await Promise.allSettled(['n1', 'n2', 'n3', 'n1'].map((node) => lobby.client('Alice', node)));
      await lobby.cluster.settled();
      const live = logins.flatMap((login): TestClient[] =>
        login.status === 'fulfilled' && login.value.ends.length === 0 ? [login.value] : [],
      );
      assert.equal(live.length, 1, `seed ${seed}: ${JSON.stringify(logins.map((login) => login.status))}`);
      for (const login of logins) {
        if (login.status === 'rejected')
          assert.ok(['AlreadyLoggedIn', 'SessionEnded'].includes(login.reason.reason), String(login.reason));
      }
      assert.deepEqual(watcher.sees(), ['Alice', 'Coordinator', 'Watcher']);
    }
  });
});

it('a login in the middle of comings and goings gets a stream without a gap or a repeat', async () => {
  await using lobby = await SimulatedLobby.start({ seed: 5 });
  const watchers: TestClient[] = [];
  const churn = async (at: number): Promise<void> => {
    for (let round = 0; round < 5; round++) {
      const client = await lobby.client(`churner${at}`, `n${1 + ((at + round) % 3)}`);
      await lobby.as(client, (session) => session.setStatus(round % 4));
      await lobby.as(client, (session) => session.rooms.join('main'));
      if (round % 2 === 0) await lobby.as(client, (session) => session.end());
    }
  };
  const watch = async (at: number): Promise<void> => {
    watchers.push(await lobby.client(`watcher${at}`, `n${1 + (at % 3)}`));
  };
  await Promise.all([churn(0), churn(1), churn(2), churn(3), ...[0, 1, 2, 3, 4, 5].map(watch)]);
  await lobby.cluster.settled();
  const views = new Set(watchers.map((watcher) => watcher.sees().join()));
  assert.equal(views.size, 1);
});

it('a node that dies: every other client sees its users leave once, and rooms without them', async () => {
  await using lobby = await SimulatedLobby.start();
  const alice = await lobby.client('Alice', 'n1');
  const bob = await lobby.client('Bob', 'n2');
  const carol = await lobby.client('Carol', 'n2');
  for (const client of [alice, bob, carol]) await lobby.as(client, (session) => session.rooms.join('main'));
  await lobby.cluster.kill('n2');
  await lobby.until('both are gone', () => alice.sees().join() === 'Alice,Coordinator');
  const gone = alice
    .told()
    .filter((line) => /removed|left/.test(line))
    .sort();
  assert.deepEqual(gone, ['room-left Bob', 'room-left Carol', 'user-removed Bob', 'user-removed Carol']);
});

it('a node that stops ends its sessions with the reason, and they are gone everywhere', async () => {
  await using lobby = await SimulatedLobby.start();
  const alice = await lobby.client('Alice', 'n1');
  const bob = await lobby.client('Bob', 'n2');
  await lobby.cluster.stop('n2');
  assert.deepEqual(bob.ends, ['shutdown']);
  await lobby.until('Bob is gone', () => alice.sees().join() === 'Alice,Coordinator');
});

it('a node that joins later shows who is there', async () => {
  await using lobby = await SimulatedLobby.start({ nodes: 2 });
  await lobby.client('Alice', 'n1');
  const node = await lobby.cluster.add();
  const bob = await lobby.client('Bob', node);
  assert.deepEqual(bob.sees(), ['Alice', 'Bob', 'Coordinator']);
});

describe('rooms', () => {
  it('members on different nodes see each other join, talk and leave', async () => {
    await using lobby = await SimulatedLobby.start();
    const alice = await lobby.client('Alice', 'n1');
    const bob = await lobby.client('Bob', 'n2');
    assert.equal(await lobby.as(alice, (session) => session.rooms.join('main')), 'joined');
    assert.equal(await lobby.as(alice, (session) => session.rooms.join('main')), 'already');
    await lobby.as(bob, (session) => session.rooms.join('main'));
    await lobby.as(bob, (session) => session.rooms.say('main', 'hello', { tag: '7' }));
    await lobby.as(bob, (session) => session.rooms.say('main', 'waves', { emote: true }));
    await lobby.until('all is heard', () => alice.model.said.length === 2 && bob.model.said.length === 2);
    const own = bob.events.find((event) => event.kind === 'room-said');
    assert.equal(own?.kind === 'room-said' && own.tag, '7');
    assert.deepEqual(lobby.lobby('n3').rooms(), [{ name: 'main', members: 2, topic: 'topic' }]);
    assert.equal(await lobby.as(bob, (session) => session.rooms.leave('main')), true);
    assert.equal(await lobby.as(bob, (session) => session.rooms.leave('main')), false);
    await assert.rejects(
      lobby.as(bob, (session) => session.rooms.say('main', 'x')),
      refused('NotInRoom'),
    );
    await lobby.until('Alice sees him leave', () => alice.told().includes('room-left Bob'));
    assert.deepEqual(lobby.lobby('n3').rooms(), [{ name: 'main', members: 1, topic: 'topic' }]);
  });

  it('who is not in a room hears nothing of it', async () => {
    await using lobby = await SimulatedLobby.start();
    const alice = await lobby.client('Alice', 'n1');
    const bob = await lobby.client('Bob', 'n1');
    await lobby.as(alice, (session) => session.rooms.join('main'));
    await lobby.as(alice, (session) => session.rooms.say('main', 'psst'));
    await lobby.cluster.settled();
    assert.deepEqual(bob.told(), []);
  });

  it('the room of a clan is for its members, from the moment they are, and for moderators', async () => {
    await using lobby = await SimulatedLobby.start({ nodes: 2 });
    const alice = await lobby.client('Alice', 'n1');
    const join = (client: TestClient) => lobby.as(client, (session) => session.rooms.join('clan_abc'));
    await assert.rejects(join(alice), refused('NotAllowed', /clan abc/));
    await lobby.cluster.run('n2', (node) => operate(node, { kind: 'set-clan', name: 'Alice', clan: 'ABC' }));
    assert.equal(await join(alice), 'joined');
    await lobby.on('n1', async (l) => {
      await l.register({ name: 'Mod', passwordHash: PASSWORD });
      await l.setRoles('Mod', { moderator: true });
    });
    const mod = await lobby.client('Mod', 'n2');
    assert.equal(await join(mod), 'joined');
    await assert.rejects(join(await lobby.client('Bob', 'n2')), refused('NotAllowed'));
    await assert.rejects(
      lobby.as(alice, (session) => session.rooms.join('clan_ABC')),
      refused('BadRoomName', /clan_abc/),
    );
    await lobby.as(alice, (session) => session.rooms.join('main'));
    await lobby.cluster.run('n2', (node) => operate(node, { kind: 'set-clan', name: 'Alice', clan: null }));
    await lobby.until('she is out', () => mod.told().includes('room-left Alice'));
    await assert.rejects(
      lobby.as(alice, (session) => session.rooms.say('clan_abc', 'still here')),
      refused('NotInRoom'),
    );
    assert.deepEqual(await lobby.as(alice, (session) => [...session.rooms.joined()]), ['main']);
  });

  it('bad names are refused', async () => {
    await using lobby = await SimulatedLobby.start({ nodes: 1 });
    const alice = await lobby.client('Alice', 'n1');
    for (const name of ['', 'a b', 'a'.repeat(21), 'x#y']) {
      await assert.rejects(
        lobby.as(alice, (session) => session.rooms.join(name)),
        refused('BadRoomName'),
        name,
      );
    }
  });
});
