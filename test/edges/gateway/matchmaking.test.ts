import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestGateway } from '../../support/gateway.ts';
import { MEMORY_QUEUES } from '../../support/memory-matchmaking.ts';

describe('matchmaking over the wire', () => {
  it('lists queues, joins and leaves, as the client’s own list agrees', async () => {
    await using gateway = await openTestGateway();
    const alice = await gateway.online('alice');
    alice.send('#1 c.matchmaking.list_all_queues');
    await alice.waitFor((line) => line === '#1 s.matchmaking.full_queue_list 1:Duel\t2:Team 2v2');
    alice.send('c.matchmaking.list_my_queues');
    await alice.waitFor('s.matchmaking.your_queue_list ');
    alice.send('c.matchmaking.join_queue 1', 'c.matchmaking.join_queue 1', '#2 c.matchmaking.join_queue 77');
    await alice.waitFor('OK cmd=c.matchmaking.join_queue\t1');
    await alice.waitFor('OK cmd=c.matchmaking.join_queue\t1');
    await alice.waitFor((line) => line === '#2 NO cmd=c.matchmaking.join_queue\t77');
    alice.send('c.matchmaking.get_queue_info 1', 'c.matchmaking.get_queue_info 77');
    await alice.waitFor('s.matchmaking.queue_info 1\tDuel\t61\t1');
    await alice.waitFor(/^NO cmd=c\.matchmaking\.get_queue_info\t/);
    alice.send('c.matchmaking.join_queue 2', 'c.matchmaking.leave_queue 1', 'c.matchmaking.list_my_queues');
    await alice.waitFor('s.matchmaking.your_queue_list 2:Team 2v2');
    alice.send('c.matchmaking.leave_all_queues', 'c.matchmaking.leave_queue 77');
    assert.deepEqual((await alice.sync()).slice(0, -1), [], 'leaving has no reply');
    alice.send('c.matchmaking.list_my_queues');
    await alice.waitFor('s.matchmaking.your_queue_list ');
    assert.deepEqual(gateway.violations(), []);
  });

  it('passes ready and decline on without a reply', async () => {
    await using gateway = await openTestGateway();
    const alice = await gateway.online('alice');
    alice.send('c.matchmaking.ready', 'c.matchmaking.decline');
    assert.deepEqual((await alice.sync()).slice(0, -1), []);
    const [session] = gateway.lobby.online.values();
    assert.deepEqual(session!.matchmaking.said, ['ready', 'decline']);
  });

  it('tells of a match that was found, that it is off, and of the queues of who comes back', async () => {
    await using gateway = await openTestGateway();
    const alice = await gateway.online('alice');
    const [session] = gateway.lobby.online.values();
    session!.tellAlone({ kind: 'ready-check', queueId: 1 });
    await alice.waitFor('s.matchmaking.ready_check 1');
    session!.tellAlone({ kind: 'match-cancelled', queueId: 1 });
    await alice.waitFor('s.matchmaking.match_cancelled 1');
    session!.tellAlone({ kind: 'your-queues', queues: MEMORY_QUEUES });
    await alice.waitFor('s.matchmaking.your_queue_list 1:Duel\t2:Team 2v2');
  });
});
