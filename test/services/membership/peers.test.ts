/** Which peers do not answer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Address } from '../../../src/base/index.ts';
import { Peers } from '../../../src/services/membership/peers.ts';

test('a peer is silent after a few rounds without an answer, and no longer when it answers', () => {
  const peers = new Peers();
  for (let round = 0; round < 3; round++) {
    peers.round(['n2#1', 'n3#1']);
    peers.answered('n3#1');
  }
  assert.deepEqual(peers.silent(), []);
  peers.round(['n2#1', 'n3#1']);
  assert.deepEqual(peers.silent(), ['n2#1']);
  peers.answered('n2#1');
  assert.deepEqual(peers.silent(), []);
});

test('who is no peer any more is not silent', () => {
  const peers = new Peers();
  for (let round = 0; round < 5; round++) peers.round(['n2#1']);
  assert.deepEqual(peers.silent(), ['n2#1']);
  peers.round(['n3#1']);
  assert.deepEqual(peers.silent(), []);
});

test('in a large cluster every peer has its turn, a bounded number per round', () => {
  const all = Array.from({ length: 63 }, (_, at): Address => `n${at + 2}#1`);
  const peers = new Peers();
  const asked = new Set<Address>();
  for (let round = 0; round < 4; round++) {
    const now = peers.round(all);
    assert.ok(now.length <= 16);
    for (const peer of now) asked.add(peer);
  }
  assert.equal(asked.size, 63);
});
