/** The event-loop delay of a node: no stall goes unseen while somebody asks, and while nobody does it looks seldom. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventLoopDelay } from '../../workers/event-loop-delay.ts';

function block(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

const NEVER = 3_600_000;

test('a stall that begins right after somebody asked, and one that lasts until somebody asks, are seen', async () => {
  const delay = new EventLoopDelay({ closeMs: 10, seldomMs: NEVER, askedMs: NEVER });
  delay.takeWorst();
  block(80);
  assert.ok(delay.takeWorst() >= 70);
  block(80);
  // The timer of the watch is due before this one.
  await sleep(1);
  const worst = delay.takeWorst();
  assert.ok(worst >= 70, `${worst}`);
});

test('a stall that was told while it lasted is not told again', async () => {
  const delay = new EventLoopDelay({ closeMs: 10, seldomMs: NEVER, askedMs: NEVER });
  delay.takeWorst();
  block(500);
  assert.ok(delay.takeWorst() >= 490);
  // The timer of the watch was due before this one.
  await sleep(1);
  const again = delay.takeWorst();
  assert.ok(again < 400, `${again}`);
});

test('while nobody asks, a stall that is longer than its interval is seen; once somebody asked, shorter ones too', async () => {
  const delay = new EventLoopDelay({ closeMs: 10, seldomMs: 60, askedMs: NEVER });
  block(160);
  assert.ok(delay.takeWorst() >= 100);
  block(40);
  assert.ok(delay.takeWorst() >= 30);
});

test('some time after somebody asked it is no close watch any more', async () => {
  const delay = new EventLoopDelay({ closeMs: 5, seldomMs: NEVER, askedMs: 20 });
  delay.takeWorst();
  block(30);
  // The timer of the watch is due before this one, and finds that nobody has asked for a while.
  await sleep(1);
  block(500);
  const worst = delay.takeWorst();
  assert.ok(worst < 400, `${worst}`);
});
