import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type BalanceGroup, balanceTeams } from '../../../src/lobby/tasks/balance.ts';
import { pack } from '../../../src/lobby/tasks/pack.ts';

const single = (id: number, rating: number): BalanceGroup => ({ members: [id], ratings: [rating] });

describe('balance', () => {
  it('splits few players the best way there is', () => {
    const groups = [40, 30, 20, 10].map((rating, at) => single(at + 1, rating));
    assert.deepEqual(balanceTeams({ groups, teamSize: 2, teamCount: 2 }), {
      teams: [
        [1, 4],
        [2, 3],
      ],
      difference: 0,
    });
  });

  it('keeps groups together, even where that makes uneven teams', () => {
    const groups = [{ members: [1, 2], ratings: [30, 30] }, single(3, 5), single(4, 5)];
    assert.deepEqual(balanceTeams({ groups, teamSize: 2, teamCount: 2 }), {
      teams: [
        [1, 2],
        [3, 4],
      ],
      difference: 50,
    });
  });

  it('splits 16 against 16 almost evenly, the same every time', () => {
    const groups = Array.from({ length: 32 }, (_, at) => single(at + 1, (at * 37) % 53));
    const input = { groups, teamSize: 16, teamCount: 2 };
    const result = balanceTeams(input)!;
    assert.ok(result.difference <= 2, `the difference is ${result.difference}`);
    assert.deepEqual(balanceTeams(input), result);
  });

  it('says so when the groups do not fill the teams', () => {
    const groups = [{ members: [1, 2, 3], ratings: [1, 1, 1] }, single(4, 1)];
    assert.equal(balanceTeams({ groups, teamSize: 2, teamCount: 2 }), null);
  });

  it('puts everybody into exactly one team, groups whole, teams full', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 16 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 2, max: 4 }), fc.integer({ min: 0, max: 60 }), (some, teamCount, rating) => {
        const total = some.reduce((sum, size) => sum + size, 0);
        const rest = (teamCount - (total % teamCount)) % teamCount;
        const all = [...some, ...new Array<number>(rest).fill(1)];
        const teamSize = (total + rest) / teamCount;
        let next = 0;
        const groups = all.map((size) => {
          const members = Array.from({ length: size }, () => ++next);
          return { members, ratings: members.map((id) => (id * rating) % 41) };
        });
        const result = balanceTeams({ groups, teamSize, teamCount });
        assert.equal(result === null, pack(all, teamSize, teamCount) === undefined);
        if (!result) return;
        assert.ok(result.teams.every((team) => team.length === teamSize));
        assert.equal(new Set(result.teams.flat()).size, next);
        for (const { members } of groups)
          assert.ok(result.teams.some((team) => members.every((id) => team.includes(id))));
      }),
      { numRuns: 200 },
    );
  });
});
