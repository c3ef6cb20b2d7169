import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matchRules } from '../../../src/lobby/tasks/match-rules.ts';
import { FIRST_SKILL, rateMatch } from '../../../src/lobby/tasks/rate-match.ts';

describe('rate-match', () => {
  it('who wins gains, who loses loses, and both are surer afterwards', () => {
    const [[winner], [loser]] = rateMatch.run([
      { skills: [FIRST_SKILL], place: 1 },
      { skills: [FIRST_SKILL], place: 2 },
    ]) as [[typeof FIRST_SKILL], [typeof FIRST_SKILL]];
    assert.ok(winner.mu > 25 && loser.mu < 25);
    assert.ok(winner.sigma < FIRST_SKILL.sigma && loser.sigma < FIRST_SKILL.sigma);
  });

  it('gives skills back in the order it was given them, whoever won', () => {
    const strong = { mu: 40, sigma: 2 };
    const [losers, winners] = rateMatch.run([
      { skills: [strong, FIRST_SKILL], place: 2 },
      { skills: [FIRST_SKILL, strong], place: 1 },
    ]);
    assert.ok(losers![0]!.mu < 40 && losers![0]!.mu > 35);
    assert.ok(winners![1]!.mu > 40 && winners![0]!.mu > 25);
  });
});

describe('match-rules', () => {
  const rules = [
    { id: 1, kind: 'lobby_hash', value: 'abc' },
    { id: 2, kind: 'hardware', value: 'abc' },
    { id: 3, kind: 'lobby_hash', value: 'abcd' },
    { id: 4, kind: 'lobby_hash', value: '' },
  ];

  it('is met by exactly its own value of its own kind', () => {
    const met = (kind: string, value: string) => matchRules.run({ rules, values: [{ kind, value }] });
    assert.deepEqual(met('lobby_hash', 'abc'), [1]);
    assert.deepEqual(met('hardware', 'abc'), [2]);
    assert.deepEqual(met('lobby_hash', 'ab'), []);
    assert.deepEqual(met('lobby_hash', 'ABC'), []);
    assert.deepEqual(met('lobby_hash', ''), []);
  });
});
