import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FARTHEST, findMatch, WIDEN_MS } from '../../../src/lobby/matchmaking/search.ts';
import { type Group, userIdsOf } from '../../../src/lobby/matchmaking/state.ts';

const WALL = 1_000_000;

/** A group of so many, named by its first member. */
function group(first: number, rating: number, size = 1, waitedMs = 0): Group {
  const members = Array.from({ length: size }, (_, at) => ({ userId: first + at, session: 's', rating }));
  return { id: `g${first}`, members, joinedAt: WALL - waitedMs, goneSince: null };
}

function found(groups: readonly Group[], teamSize: number, teamCount = 2): string[] | undefined {
  return findMatch(groups, { teamSize, teamCount, wall: WALL })?.map(({ id }) => id);
}

describe('the search for a match', () => {
  it('finds none with too few, or with ratings too far apart', () => {
    assert.equal(found([group(1, 20)], 1), undefined);
    assert.equal(found([group(1, 20), group(2, 25)], 1), undefined);
    assert.equal(found([group(1, 20), group(2, 20), group(3, 20)], 2), undefined);
  });

  it('serves the front first, with the nearest rating, and among equals who waits longest', () => {
    assert.deepEqual(found([group(1, 20), group(2, 20.4), group(3, 20.1)], 1), ['g1', 'g3']);
    assert.deepEqual(found([group(1, 20), group(2, 20), group(3, 20)], 1), ['g1', 'g2']);
    assert.deepEqual(found([group(1, 40), group(2, 20), group(3, 20)], 1), ['g2', 'g3']);
  });

  it('reaches farther by a bucket to each side every 30 s, of both, but not without end', () => {
    const apart = (waitedMs: number, difference: number) =>
      found([group(1, 20, 1, waitedMs), group(2, 20 + difference, 1, waitedMs)], 1) !== undefined;
    assert.equal(apart(WIDEN_MS - 1, 1), false);
    assert.equal(apart(WIDEN_MS, 1), true);
    assert.equal(apart(WIDEN_MS, 2), true);
    assert.equal(apart(WIDEN_MS, 3), false);
    assert.equal(apart(100 * WIDEN_MS, 2 * FARTHEST), true);
    assert.equal(apart(100 * WIDEN_MS, 2 * FARTHEST + 1), false);
  });

  it('keeps groups whole: the largest first, small ones for what is left, nobody where it does not fit', () => {
    assert.deepEqual(found([group(1, 20), group(2, 20), group(3, 20), group(4, 20, 2)], 2), ['g1', 'g4', 'g2']);
    assert.equal(found([group(1, 20, 3), group(4, 20)], 2), undefined);
    assert.equal(found([group(1, 20, 2), group(3, 20, 2), group(5, 20, 2)], 3), undefined);
  });

  it('whatever it finds fills the teams exactly, with groups that were there, each once', () => {
    const anyGroup = fc.record({ size: fc.integer({ min: 1, max: 3 }), rating: fc.integer({ min: 15, max: 18 }) });
    fc.assert(
      fc.property(fc.array(anyGroup, { maxLength: 20 }), fc.integer({ min: 1, max: 4 }), (some, teamSize) => {
        const groups = some.map(({ size, rating }, at) => group(10 * at, rating, size));
        const match = findMatch(groups, { teamSize, teamCount: 2, wall: WALL });
        if (!match) return;
        assert.equal(new Set(userIdsOf(match)).size, 2 * teamSize);
        assert.ok(match.every((one) => groups.includes(one) && one.members.length <= teamSize));
      }),
    );
  });

  it('is done soon when thousands wait for whom there is no match', () => {
    const groups = Array.from({ length: 5_000 }, (_, at) => group(10 * at, 16 + (at % 3) / 10, 3, at * 100));
    assert.equal(found(groups, 4), undefined);
  });
});
