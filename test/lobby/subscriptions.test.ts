import assert from 'node:assert/strict';
import { it } from 'node:test';
import { SharedSubscriptions } from '../../src/lobby/hub/subscriptions.ts';
import { roomLines } from '../../src/lobby/rooms/declarations.ts';
import type { MusterNode } from '../../src/services/index.ts';

/** A node that only subscribes, and counts. */
function counting(outcomes: (Error | undefined)[] = []) {
  const counts = { subscribed: 0, unsubscribed: 0 };
  const subscribe = async (): Promise<unknown> => {
    const failure = outcomes[counts.subscribed];
    counts.subscribed += 1;
    if (failure) throw failure;
    return { unsubscribe: () => (counts.unsubscribed += 1) };
  };
  return { counts, shared: new SharedSubscriptions({ subscribe } as unknown as MusterNode) };
}

const MAIN = roomLines('main');

it('many needs of one topic share one subscription, which ends with the last of them', async () => {
  const { counts, shared } = counting();
  await Promise.all([shared.need(MAIN, () => undefined), shared.need(MAIN, () => undefined)]);
  await shared.need(roomLines('other'), () => undefined);
  assert.deepEqual(counts, { subscribed: 2, unsubscribed: 0 });
  shared.release(MAIN);
  assert.equal(counts.unsubscribed, 0);
  shared.release(MAIN);
  assert.equal(counts.unsubscribed, 1);
  await shared.need(MAIN, () => undefined);
  assert.deepEqual(counts, { subscribed: 3, unsubscribed: 1 });
  assert.equal(shared.size, 2);
});

it('a subscription that fails fails all who waited, and the next need tries again', async () => {
  const { counts, shared } = counting([new Error('no')]);
  const failed = await Promise.allSettled([shared.need(MAIN, () => undefined), shared.need(MAIN, () => undefined)]);
  assert.deepEqual(
    failed.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  await shared.need(MAIN, () => undefined);
  assert.equal(counts.subscribed, 2);
  shared.release(MAIN);
  assert.equal(counts.unsubscribed, 1);
});
