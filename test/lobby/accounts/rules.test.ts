import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkEmail, checkName, checkPasswordHash } from '../../../src/lobby/accounts/rules.ts';
import { LobbyRefused } from '../../../src/lobby/refusal.ts';

describe('names', () => {
  it('of letters, digits, brackets and underscores, 3 to 20 long, are fine', () => {
    for (const name of ['abc', '[CLAN]Name_1', 'a'.repeat(20)]) checkName(name);
  });

  it('are refused with the reason', () => {
    const reasons: [string, RegExp][] = [
      ['bad name', /Invalid characters/],
      ['naïve', /Invalid characters/],
      ['a-b', /Invalid characters/],
      ['a'.repeat(21), /Max length 20/],
      ['ab', /Min length 3/],
      ['', /Min length 3/],
      ['coordinator', /already taken/],
      ['AccoladesBot', /already taken/],
      ['autohostmonitor', /already taken/],
    ];
    for (const [name, reason] of reasons) {
      assert.throws(
        () => checkName(name),
        (error) => error instanceof LobbyRefused && reason.test(error.message),
        name,
      );
    }
  });
});

it('emails are optional, compared without case, and need an @', () => {
  assert.equal(checkEmail(undefined), null);
  assert.equal(checkEmail('  '), null);
  assert.equal(checkEmail(' Me@Example.org '), 'me@example.org');
  assert.throws(() => checkEmail('nobody'), LobbyRefused);
});

it('password hashes are one word', () => {
  checkPasswordHash('X03MO1qnZdYdgyfeuILPmQ==');
  for (const hash of ['', 'a b', 'a'.repeat(200)]) assert.throws(() => checkPasswordHash(hash), LobbyRefused);
});
