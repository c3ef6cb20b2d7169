import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isNothing, lobbyChanges, NO_CHANGES, together } from '../../../src/lobby/throttles/lobby-changes.ts';
import { lobby, member, PLAYER } from '../records.ts';

const RECORD = lobby([member(2), member(3)]);
const BOT = { name: 'b', owner: 2, status: 0, colour: 0, ai: 'x' };

it('names the part that is different, and the users who came, went or have another status', () => {
  assert.deepEqual(lobbyChanges(RECORD, { ...RECORD, title: 'x' }), { lobby: true, bots: false, players: [] });
  assert.deepEqual(lobbyChanges(RECORD, { ...RECORD, tags: [{ key: 'a', value: 'b' }] }).lobby, true);
  assert.deepEqual(lobbyChanges(RECORD, { ...RECORD, bots: [BOT] }), { lobby: false, bots: true, players: [] });
  const other = lobby([member(2, { status: PLAYER }), member(4)]);
  assert.deepEqual(lobbyChanges(RECORD, other), { lobby: false, bots: false, players: [2, 4, 3] });
});

it('is nothing for a record that only came over the wire again', () => {
  assert.ok(isNothing(lobbyChanges(RECORD, structuredClone(RECORD))));
  assert.ok(isNothing(NO_CHANGES));
});

it('adds up without doubles', () => {
  const sum = together({ lobby: true, bots: false, players: [1, 2] }, { lobby: false, bots: true, players: [2, 3] });
  assert.deepEqual(sum, { lobby: true, bots: true, players: [1, 2, 3] });
});
