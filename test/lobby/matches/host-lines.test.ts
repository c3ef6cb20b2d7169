import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromBase64, readEndData, readHostLine } from '../../../src/lobby/matches/host-lines.ts';

const line = (data: unknown): string => `endGameData ${Buffer.from(JSON.stringify(data)).toString('base64')}`;

describe('what hosts say', () => {
  it('begin and end of a game are known by their words', () => {
    assert.equal(readHostLine('* Launching game...'), 'launched');
    assert.equal(readHostLine('* Server stopped (running time: 00:12:05)'), 'stopped');
    assert.equal(readHostLine('Launching game...'), undefined);
    assert.equal(readHostLine('* Bob launches the game'), undefined);
  });

  it('the winner is told outright, or by the players who won; all that was told is kept', () => {
    assert.deepEqual(readEndData(line({ winner: 1 })), { winner: 1, data: '{"winner":1}' });
    const players = [
      { name: 'A', allyTeam: 0, win: 0 },
      { name: 'B', allyTeam: 2, win: 1 },
    ];
    assert.equal(readEndData(line({ players, map: 'Comet' }))?.winner, 2);
    assert.equal(readEndData(line({ duration: 5 }))?.winner, null);
  });

  it('what is not well formed is refused', () => {
    for (const bad of [
      'endGameData',
      'endGameData !!!',
      line('text'),
      line({ winner: 'me' }),
      'endGameData bm90IGpzb24=',
    ]) {
      assert.equal(readEndData(bad), undefined, bad);
    }
    assert.equal(readEndData(line({ winner: 1, note: 'x'.repeat(70_000) })), undefined);
  });

  it('base64 is read in both alphabets, and must be UTF-8', () => {
    assert.equal(fromBase64(Buffer.from('ÿ~?>ü').toString('base64url')), 'ÿ~?>ü');
    assert.equal(fromBase64(Buffer.from('ÿ~?>ü').toString('base64')), 'ÿ~?>ü');
    assert.equal(fromBase64(Buffer.from([0xff, 0xfe]).toString('base64')), undefined);
  });
});
