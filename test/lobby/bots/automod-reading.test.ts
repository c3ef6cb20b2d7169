import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fingerprintOf, HARDWARE } from '../../../src/lobby/bots/automod/fingerprint.ts';
import { readUserInfo } from '../../../src/lobby/bots/automod/user-info.ts';

describe('hardware', () => {
  it('its fingerprint is the base64 of the MD5 of cpu, gpu, os and ram in that order', () => {
    assert.equal(fingerprintOf(Object.fromEntries(HARDWARE.map((stat) => [stat, 'xyz']))), 'uOGXziwWC1mCePGsh0tTQg==');
    assert.notEqual(
      fingerprintOf({ 'hardware:cpuinfo': 'a', 'hardware:gpuinfo': 'b' }),
      fingerprintOf({ 'hardware:cpuinfo': 'b', 'hardware:gpuinfo': 'a' }),
    );
    assert.equal(fingerprintOf({}), undefined);
  });

  it('is read from what a host reports, in whichever of the known forms', () => {
    const hardware = {
      'hardware:cpuinfo': 'c',
      'hardware:gpuinfo': 'g',
      'hardware:osinfo': 'o',
      'hardware:raminfo': '16',
    };
    const flat = { username: 'Bob', CPU: 'c', GPU: 'g', OS: 'o', RAM: 16 };
    const inner = { name: 'Bob', hardware: { cpuinfo: 'c', gpuinfo: 'g', osinfo: 'o', raminfo: '16' } };
    for (const data of [flat, inner, { name: 'Bob', ...hardware }]) {
      assert.deepEqual(readUserInfo(`user_info ${JSON.stringify(data)}`), { name: 'Bob', hardware });
    }
  });

  it('what is not well formed is not read', () => {
    for (const bad of [
      'user_info',
      'user_info x',
      'user_info {"name":"Bob"}',
      'user_info {"cpu":"c"}',
      'user_info null',
    ]) {
      assert.equal(readUserInfo(bad), undefined, bad);
    }
  });
});
