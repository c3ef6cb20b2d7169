import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type BattleStatus,
  decodeBattleStatus,
  encodeBattleStatus,
  withOwnFields,
} from '../../../src/lobby/status/battle-status.ts';
import {
  decodeClientStatus,
  encodeClientStatus,
  rankOf,
  withOwnBits,
} from '../../../src/lobby/status/client-status.ts';

const SYNCED_PLAYER: BattleStatus = {
  ready: true,
  team: 0,
  ally: 0,
  player: true,
  handicap: 0,
  sync: 1,
  side: 0,
};

const VECTORS: [number, Partial<BattleStatus>][] = [
  [4195330, {}],
  [4195334, { team: 1 }],
  [4195394, { ally: 1 }],
  [4195398, { team: 1, ally: 1 }],
  [4195402, { team: 2, ally: 1 }],
  [4195458, { ally: 2 }],
  [4195522, { ally: 3 }],
  [4194374, { player: false, team: 1, ally: 1 }],
  [4194304, { player: false, ready: false }],
  [4373506, { handicap: 87 }],
  [4400130, { handicap: 100 }],
  [4240386, { handicap: 22 }],
  [20972546, { side: 1 }],
  [37749760, { ready: false, side: 2 }],
  [12, { ready: false, player: false, sync: 0, team: 3 }],
];

describe('battle status', () => {
  for (const [word, fields] of VECTORS) {
    it(`reads and writes ${word}`, () => {
      const status = { ...SYNCED_PLAYER, ...fields };
      assert.deepEqual(decodeBattleStatus(word), status);
      assert.equal(encodeBattleStatus(status), word);
    });
  }

  it('keeps the handicap and drops unused bits of what a client asks for', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (before, wanted) => {
        const after = withOwnFields(before, wanted);
        assert.equal(decodeBattleStatus(after).handicap, decodeBattleStatus(before).handicap);
        assert.equal(after & 0b1111_0000_0011_1100_0000_0000_0000_0001, 0);
        assert.ok(after >= 0);
      }),
    );
  });
});

describe('client status', () => {
  it('lets a client set only in game and away', () => {
    assert.equal(withOwnBits(0, 127), 3);
    assert.equal(withOwnBits(0b0111100, 0), 0b0111100);
  });

  it('reads what it writes', () => {
    const status = { inGame: true, away: false, rank: 5, moderator: true, bot: false };
    assert.deepEqual(decodeClientStatus(encodeClientStatus(status)), status);
    assert.equal(encodeClientStatus({ inGame: false, away: false, rank: 0, moderator: false, bot: true }), 64);
  });

  it('gives a rank for each threshold of hours that is reached', () => {
    assert.deepEqual([0, 4.9, 5, 29, 100, 999, 1_000, 5_000].map(rankOf), [0, 0, 1, 2, 4, 5, 6, 7]);
  });
});
