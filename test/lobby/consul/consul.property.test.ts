/** Consul's pure parts for any lobby and any wish. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { playersIn } from '../../../src/lobby/battles/changes.ts';
import { type LobbyRecord, memberOf } from '../../../src/lobby/battles/record.ts';
import { parseCommand, runCommand } from '../../../src/lobby/consul/commands/index.ts';
import { decideStatus, playerLimit } from '../../../src/lobby/consul/decisions.ts';
import { whoGoes } from '../../../src/lobby/consul/split.ts';
import { ConsulState, GATEKEEPERS, LOCKS, newConsulState, waiting } from '../../../src/lobby/consul/state.ts';
import { decodeBattleStatus } from '../../../src/lobby/status/battle-status.ts';
import { lobby, member } from '../records.ts';

const USERS = [2, 3, 4, 5];
const user = fc.constantFrom(...USERS);
const word = fc.integer({ min: 0, max: 0x7fff_ffff });
const record: fc.Arbitrary<LobbyRecord> = fc
  .tuple(fc.array(word, { minLength: 4, maxLength: 4 }), fc.integer({ min: 1, max: 6 }))
  .map(([words, maxPlayers]) =>
    lobby(
      USERS.map((userId, at) => member(userId, { status: words[at]! & ~(0xff << 24) })),
      { maxPlayers },
    ),
  );
const size = fc.option(fc.integer({ min: 1, max: 4 }), { nil: null });
const state: fc.Arbitrary<ConsulState> = fc
  .record({
    gatekeeper: fc.constantFrom(...GATEKEEPERS),
    levelToPlay: fc.nat(7),
    locks: fc.subarray([...LOCKS]),
    queue: fc.uniqueArray(user, { maxLength: 2 }),
    teamSize: size,
    teamCount: size,
    playerLimit: size,
  })
  .map((parts) => ({ ...newConsulState(0), ...parts }));

it('whatever somebody asks for, locks hold, and nobody becomes a player who may not or where there is no room', () => {
  fc.assert(
    fc.property(state, record, user, word, fc.nat(7), (consul, before, userId, wanted, rank) => {
      const asks = memberOf(before, userId)!;
      const person = { userId, rank, friends: [] };
      const was = decodeBattleStatus(asks.status);
      const got = decodeBattleStatus(decideStatus(consul, before, asks, wanted, 16, person).status);
      const locked = new Set<string>(consul.locks);
      if (locked.has('team')) assert.equal(got.ally, was.ally);
      if (locked.has('allyid')) assert.equal(got.team, was.team);
      if (locked.has('side')) assert.equal(got.side, was.side);
      if (locked.has('player') && !was.player) assert.equal(got.player, false);
      assert.equal(got.handicap, was.handicap);
      if (!got.player) return;
      assert.ok(rank >= consul.levelToPlay);
      assert.ok(got.ready);
      if (was.player) return;
      assert.ok(playersIn(before) < playerLimit(consul, before, 16));
      assert.ok([undefined, userId].includes(waiting(consul)[0]));
    }),
  );
});

const vote = fc.oneof(
  fc.record({ userId: user, choice: fc.constantFrom('yes' as const, 'no' as const), follows: fc.constant(null) }),
  fc.record({ userId: user, choice: fc.constant('follow' as const), follows: fc.constantFrom(1, ...USERS) }),
);

it('who goes along is the least set with the first, those who said yes, and those who follow one of it', () => {
  fc.assert(
    fc.property(fc.uniqueArray(vote, { selector: ({ userId }) => userId }), user, (votes, first) => {
      const going = new Set([first]);
      for (let size = 0; size < going.size; ) {
        size = going.size;
        for (const { userId, choice, follows } of votes) {
          if (choice === 'yes' || (choice === 'follow' && going.has(follows!))) going.add(userId);
        }
      }
      const split = { id: 'x', first, deadline: 0, votes };
      assert.deepEqual(whoGoes(split).sort(), [...going].sort());
    }),
  );
});

const NAMES =
  'status joinq leaveq vip lock unlock gatekeeper welcome-message playerlimit leveltoplay leveltospectate reset specunready makeready forceplay forcespec pull success lobbykick lobbyban lobbybanmult unban timeout speclock rename settag meme splitlobby y n follow dosplit cancelsplit help'.split(
    ' ',
  );
const line = fc
  .tuple(
    fc.constantFrom(...NAMES),
    fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('user2', '#3', 'user', '5', 'team', 'friends', 'rich')),
  )
  .map(([name, rest]) => `$${name} ${rest}`);

it('any commands of anybody leave a state that can be kept, nobody waiting twice, and the host in his lobby', () => {
  const people = { named: () => undefined, numbered: () => undefined, rankOf: () => 7, isHost: () => false };
  fc.assert(
    fc.property(record, fc.array(fc.tuple(fc.constantFrom(1, ...USERS), fc.boolean(), line)), (start, lines) => {
      let consul = newConsulState(0);
      let lobbyNow = start;
      for (const [userId, moderator, text] of lines) {
        const sender = { userId, name: `user${userId}`, moderator };
        const context = { limit: 16, now: 0, id: `${userId}`, people, restrictions: new Set<string>() };
        const outcome = runCommand(parseCommand(text)!, { state: consul, record: lobbyNow, sender, ...context });
        consul = outcome.state;
        if (outcome.change) lobbyNow = outcome.change(lobbyNow);
        assert.deepEqual(ConsulState.parse(consul), consul);
        assert.equal(new Set(waiting(consul)).size, waiting(consul).length);
        assert.ok(memberOf(lobbyNow, 1));
      }
    }),
  );
});
