import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateSync } from 'node:zlib';
import { unpackUserInfo } from '../../../../src/edges/gateway/protocol/user-info.ts';

const packed = (text: string, alphabet: 'base64' | 'base64url' = 'base64url') => deflateSync(text).toString(alphabet);

describe('user_info', () => {
  it('is unpacked from both alphabets of base64', () => {
    const text = '{"name":"Böb","cpu":"?>~"}';
    assert.equal(unpackUserInfo(`user_info ${packed(text)}`), `user_info ${text}`);
    assert.equal(unpackUserInfo(`user_info ${packed(text, 'base64')}`), `user_info ${text}`);
  });

  it('what cannot be unpacked, or would be too long, stays as it is', () => {
    const bomb = `user_info ${packed('x'.repeat(10_000_000))}`;
    for (const line of ['user_info', 'user_info abc', 'user_info !', `${'say '}${packed('{}')}`, bomb]) {
      assert.equal(unpackUserInfo(line), line);
    }
  });
});
