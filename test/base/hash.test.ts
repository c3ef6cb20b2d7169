/** Rendezvous hashing: everybody computes the same owner, evenly, and a leaver moves its own keys only. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hashText, Rendezvous } from '../../src/base/index.ts';

const ids = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 6 }), { minLength: 2, maxLength: 12 });

test('rendezvous: only the keys of a node that leaves move', () => {
  fc.assert(
    fc.property(ids, fc.array(fc.string(), { maxLength: 50 }), fc.nat(), (nodes, routes, at) => {
      const leaver = nodes[at % nodes.length]!;
      const [before, after] = [new Rendezvous(nodes), new Rendezvous(nodes.filter((id) => id !== leaver))];
      for (const route of routes) {
        if (before.pick(route) !== leaver) assert.equal(after.pick(route), before.pick(route));
      }
    }),
  );
});

test('rendezvous: the order in which the nodes are named does not matter; without nodes there is no owner', () => {
  fc.assert(
    fc.property(ids, fc.string(), (nodes, route) => {
      assert.equal(new Rendezvous(nodes).pick(route), new Rendezvous([...nodes].reverse()).pick(route));
    }),
  );
  assert.equal(new Rendezvous([]).pick('x'), undefined);
});

test('rendezvous: keys are spread evenly over 4, 16 and 64 nodes', () => {
  for (const count of [4, 16, 64]) {
    const nodes = Array.from({ length: count }, (_, at) => `n${at + 1}`);
    const rendezvous = new Rendezvous(nodes);
    const held = new Map<string, number>();
    const keys = count * 1_000;
    for (let at = 0; at < keys; at++) {
      const owner = rendezvous.pick(`cache lobbies|${at}`)!;
      held.set(owner, (held.get(owner) ?? 0) + 1);
    }
    for (const id of nodes) {
      const share = held.get(id) ?? 0;
      assert.ok(share > 800 && share < 1_200, `${id} of ${count} holds ${share} of ${keys}`);
    }
  }
});

test('hashText: unsigned 32 bits, and few collisions', () => {
  const seen = new Set<number>();
  for (let at = 0; at < 50_000; at++) {
    const hash = hashText(`key ${at}`);
    assert.ok(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32);
    seen.add(hash);
  }
  assert.ok(seen.size > 49_990, `${seen.size} of 50,000`);
});
