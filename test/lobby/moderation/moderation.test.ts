/** Reports and restrictions, imposed and lifted on any node of a simulated cluster. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LobbyRefused } from '../../../src/lobby/index.ts';
import { Moderation } from '../../../src/lobby/moderation/moderation.ts';
import { type ModerationNews, moderationNews } from '../../../src/lobby/moderation/news.ts';
import type { MusterNode } from '../../../src/services/index.ts';
import { memoryStore, PASSWORD, SimulatedLobby } from '../simulated-lobby.ts';

async function register(lobby: SimulatedLobby, ...names: string[]): Promise<void> {
  for (const name of names) await lobby.on('n1', (one) => one.register({ name, passwordHash: PASSWORD }));
}

async function onNode<T>(lobby: SimulatedLobby, id: string, act: (node: MusterNode) => Promise<T>): Promise<T> {
  let result: { value: T } | undefined;
  await lobby.cluster.run(id, async (node) => {
    result = { value: await act(node) };
  });
  return result!.value;
}

const MUTE = { userId: 1, restrictions: ['All chat'], reason: 'rude', by: 7 } as const;

describe('moderation', () => {
  it('a restriction imposed on one node holds on every node when it resolves, and no more when it has expired', async () => {
    await using lobby = await SimulatedLobby.start();
    await register(lobby, 'Alice');
    const on = (id: string) =>
      onNode(lobby, id, (node) => new Moderation(node).isRestricted(1, 'All chat', 'Room chat'));
    assert.equal(await on('n3'), undefined);
    const actionId = await onNode(lobby, 'n1', (node) => new Moderation(node).impose({ ...MUTE, forMs: 60_000 }));
    for (const id of ['n1', 'n2', 'n3']) {
      const { actionId: by, name, reason } = (await on(id))!;
      assert.deepEqual({ by, name, reason }, { by: actionId, name: 'All chat', reason: 'rude' });
    }
    await lobby.cluster.advance(60_001);
    for (const id of ['n1', 'n2', 'n3']) assert.equal(await on(id), undefined);
  });

  it('two nodes that impose on one user at the same time lose neither restriction', async () => {
    await using lobby = await SimulatedLobby.start();
    await register(lobby, 'Alice');
    const names = ['All chat', 'Game queue', 'Accolades'] as const;
    await Promise.all(
      names.map((name, at) =>
        onNode(lobby, `n${at + 1}`, (node) =>
          new Moderation(node).impose({ ...MUTE, restrictions: [name], forMs: null }),
        ),
      ),
    );
    for (const id of ['n1', 'n2', 'n3']) {
      const found = await onNode(lobby, id, (node) => new Moderation(node).restrictionsOf(1));
      assert.deepEqual(found.map(({ name }) => name).sort(), [...names].sort());
    }
  });

  it('a lifted restriction holds nowhere; lifting it again, or one that never was, says no', async () => {
    await using lobby = await SimulatedLobby.start();
    await register(lobby, 'Alice');
    const actionId = await onNode(lobby, 'n1', (node) => new Moderation(node).impose({ ...MUTE, forMs: null }));
    assert.equal(await onNode(lobby, 'n2', (node) => new Moderation(node).lift(actionId, 7)), true);
    assert.equal(await onNode(lobby, 'n3', (node) => new Moderation(node).lift(actionId, 7)), false);
    assert.equal(await onNode(lobby, 'n3', (node) => new Moderation(node).lift(99, 7)), false);
    assert.deepEqual(await onNode(lobby, 'n3', (node) => new Moderation(node).restrictionsOf(1)), []);
  });

  it('lists the actions in force with what was acknowledged, and writes each deed into the audit log', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ store });
    await register(lobby, 'Alice', 'Bob');
    await onNode(lobby, 'n1', async (node) => {
      const moderation = new Moderation(node);
      const reportId = await moderation.report({
        reporterId: 2,
        targetId: 1,
        location: 'battle',
        locationId: 5,
        reason: 'rude\tagain',
      });
      const actionId = await moderation.impose({ ...MUTE, forMs: null, reportId });
      await moderation.acknowledge(1);
      await moderation.impose({ ...MUTE, restrictions: ['Community'], forMs: 1_000 });
      const actions = await moderation.actionsOf(1);
      assert.deepEqual(
        actions.map(({ restrictions, acknowledged }) => [restrictions, acknowledged]),
        [
          [['All chat'], true],
          [['Community'], false],
        ],
      );
      await moderation.lift(actionId, null);
      assert.equal((await moderation.actionsOf(1)).length, 1);
    });
    const log = await store.query('SELECT action, actor_id, target_id FROM audit_log ORDER BY id');
    assert.deepEqual(log, [
      { action: 'report', actor_id: 2, target_id: 1 },
      { action: 'impose', actor_id: 7, target_id: 1 },
      { action: 'impose', actor_id: 7, target_id: 1 },
      { action: 'lift', actor_id: null, target_id: 1 },
    ]);
    assert.deepEqual(await store.query('SELECT reporter_id, target_id, location_id, reason FROM reports'), [
      { reporter_id: 2, target_id: 1, location_id: 5, reason: 'rude again' },
    ]);
  });

  it('news of a report and of an action are heard once, on the node where it was done', async () => {
    await using lobby = await SimulatedLobby.start();
    await register(lobby, 'Alice');
    const heard: string[] = [];
    for (const id of ['n1', 'n2', 'n3']) {
      await lobby.cluster.run(id, async (node) => {
        await node.subscribe(moderationNews(), (news: ModerationNews) => heard.push(`${id} ${news.kind}`));
      });
    }
    await onNode(lobby, 'n2', async (node) => {
      const moderation = new Moderation(node);
      await moderation.report({ reporterId: null, targetId: 1, location: 'Automod', locationId: null, reason: 'x' });
      await moderation.impose({ ...MUTE, forMs: null });
    });
    await lobby.cluster.settled();
    assert.deepEqual(heard, ['n2 reported', 'n2 imposed']);
  });

  it('takes twenty reports of one user, wherever he makes them, and more only an hour after', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ store });
    await register(lobby, 'Alice', 'Bob');
    const report = (at: number, reporterId: number | null) =>
      onNode(lobby, `n${1 + (at % 3)}`, (node) =>
        new Moderation(node).report({ reporterId, targetId: 1, location: 'x', locationId: null, reason: 'y' }),
      );
    const outcomes = await Promise.allSettled(Array.from({ length: 25 }, (_, at) => report(at, 2)));
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 20);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') assert.equal(outcome.reason.reason, 'TooMany');
    }
    await report(0, null);
    await lobby.cluster.advance(1_800_001);
    await lobby.cluster.advance(1_800_001);
    await report(1, 2);
    assert.equal((await store.query('SELECT * FROM reports')).length, 22);
  });

  it('refuses a report without a reason, an action without a restriction, and users who are not there', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ store });
    await register(lobby, 'Alice');
    const report = { reporterId: null, targetId: 1, location: 'battle', locationId: null, reason: ' ' };
    await onNode(lobby, 'n2', async (node) => {
      const moderation = new Moderation(node);
      const refused = (reason: string) => (error: unknown) => error instanceof LobbyRefused && error.reason === reason;
      await assert.rejects(moderation.report(report), refused('BadValue'));
      await assert.rejects(moderation.report({ ...report, targetId: 9, reason: 'x' }), refused('NoSuchUser'));
      await assert.rejects(moderation.impose({ ...MUTE, restrictions: [], forMs: null }), refused('BadValue'));
      await assert.rejects(moderation.impose({ ...MUTE, userId: 9, forMs: null }), refused('NoSuchUser'));
    });
    assert.deepEqual(await store.query('SELECT * FROM audit_log'), []);
  });
});
