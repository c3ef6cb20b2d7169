import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  candidatesFor,
  type Facts,
  missesAfter,
  question,
  readChoice,
} from '../../../src/lobby/bots/accolades/rules.ts';

const PLAYERS = [1, 2, 3, 4].map((userId) => ({ userId, team: userId <= 3 ? 0 : 1 }));
const NOTHING: Facts = { misses: new Map(), restricted: new Set(), given: new Set() };
const BADGES = [
  { id: 7, name: 'Leader' },
  { id: 9, name: 'Teacher' },
];

function candidates(facts: Partial<Facts>): number[] {
  return candidatesFor(PLAYERS[0]!, PLAYERS, { ...NOTHING, ...facts });
}

describe('the rules of accolades', () => {
  it('team-mates are asked about, not oneself and not the others', () => {
    assert.deepEqual(candidates({}), [2, 3]);
    assert.deepEqual(candidatesFor(PLAYERS[3]!, PLAYERS, NOTHING), []);
  });

  it('not who is restricted, misses too much, or was given something of late by the same player', () => {
    assert.deepEqual(candidates({ restricted: new Set([2]) }), [3]);
    assert.deepEqual(
      candidates({
        misses: new Map([
          [2, 19],
          [3, 20],
        ]),
      }),
      [2],
    );
    assert.deepEqual(candidates({ given: new Set(['1:2', '2:3']) }), [3]);
  });

  it('misses stay between 0 and 30', () => {
    assert.equal(missesAfter(3, -5), 0);
    assert.equal(missesAfter(28, 10), 30);
    assert.equal(missesAfter(10, 3), 13);
  });

  it('an answer is n, 0, or the number of a badge', () => {
    assert.deepEqual(readChoice(' N ', BADGES), { kind: 'none' });
    assert.deepEqual(readChoice('0', BADGES), { kind: 'skip' });
    assert.deepEqual(readChoice('2', BADGES), { kind: 'badge', badge: BADGES[1] });
    for (const bad of ['3', 'two', '-1', '', '1.5']) assert.equal(readChoice(bad, BADGES).kind, 'unclear', bad);
  });

  it('the question names the player and numbers the badges from 1', () => {
    const lines = question('Bob', BADGES);
    assert.ok(lines.some((line) => /selected Bob/.test(line)));
    assert.ok(lines.includes('1 - Leader') && lines.includes('2 - Teacher') && lines.includes('.'));
  });
});
