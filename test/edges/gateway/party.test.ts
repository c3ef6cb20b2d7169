import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestGateway } from '../../support/gateway.ts';

describe('parties over the wire', () => {
  it('are made, shown, filled, changed and left, each command answered', async () => {
    await using gateway = await openTestGateway();
    const alice = await gateway.online('alice');
    alice.send('c.party.get_info', '#1 c.party.create', 'c.party.create');
    await alice.waitFor('NO cmd=c.party.get_info\tYou are not in a party');
    await alice.waitFor((line) => line === '#1 s.party.info 7\talice\talice\t');
    await alice.waitFor('NO cmd=c.party.create\tYou are in a party already');
    alice.send(
      'c.party.invite bob',
      'c.party.get_info',
      'c.party.kick bob',
      'c.party.leader bob',
      'c.party.message hi all',
    );
    await alice.waitFor('OK cmd=c.party.invite');
    await alice.waitFor('s.party.info 7\talice\talice\tbob');
    await alice.waitFor('OK cmd=c.party.kick');
    await alice.waitFor('OK cmd=c.party.leader');
    alice.send('c.party.leave', 'c.party.decline 8', 'c.party.accept 9');
    await alice.waitFor('OK cmd=c.party.leave');
    await alice.waitFor('OK cmd=c.party.decline');
    await alice.waitFor('s.party.accepted 9');
    await alice.waitFor('s.party.info 9\tbob\tbob alice\t');
    const [session] = gateway.lobby.online.values();
    assert.deepEqual(session!.party.asked, ['kick bob', 'say hi all', 'decline 8']);
    assert.deepEqual(gateway.violations(), []);
  });

  it('tell their news, each in a line of its own', async () => {
    await using gateway = await openTestGateway();
    const alice = await gateway.online('alice');
    const [session] = gateway.lobby.online.values();
    const about = { partyId: 7, name: 'bob' };
    session!.tellAlone({ kind: 'party', news: { event: 'invited', partyId: 7, by: 'bob' } });
    for (const event of ['joined', 'left', 'declined', 'leader'] as const) {
      session!.tellAlone({ kind: 'party', news: { event, ...about } });
    }
    session!.tellAlone({ kind: 'party', news: { event: 'message', ...about, text: 'two\twords' } });
    await alice.waitFor('s.party.invited 7\tbob');
    for (const event of ['joined', 'left', 'declined', 'leader']) await alice.waitFor(`s.party.${event} 7\tbob`);
    await alice.waitFor('s.party.message 7\tbob\ttwo words');
    assert.deepEqual(gateway.violations(), []);
  });
});
