/** Overload: a short round is accounted for, and an account that does not add up, or memory that grows, is seen. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Measured } from '../../benchmarks/harness.ts';
import { assertFlat, growthOf } from '../../benchmarks/memory.ts';
import { Account, overloading } from '../../benchmarks/scenarios/overload.ts';

const MEGABYTE = 1_048_576;

for (const [name, inTime] of [
  ['muster', false],
  ['in-time', true],
] as const) {
  test(`a short round of ${name}: the rest goes on, and every message is handled or told as missed`, async () => {
    const subject = await overloading(name, 1_500, inTime);
    try {
      const { figure, also } = (await subject.round()) as Measured;
      assert.ok(figure > 0);
      assert.equal(also['messages dropped']! > 0, !inTime);
      assert.ok(also['messages handled slowly']! > 0);
      for (const of of ['process', 'heaps', 'external']) assert.ok(Number.isFinite(also[`MB grown, ${of}`]), of);
    } finally {
      await subject.close();
    }
  });
}

const SENT = { sent: 10, refused: 4 };
const REST = { sent: 100, refused: 0 };
const SLOW = { handled: 6, missed: 4, lastAt: 0 };
const QUICK = { handled: 100, missed: 0, lastAt: 0 };

function check(
  given: Partial<{ sent: typeof SENT; rest: typeof REST; slow: typeof SLOW; quick: typeof QUICK; dropped: number }>,
): void {
  const { sent = SENT, rest = REST, slow = SLOW, quick = QUICK, dropped = 4 } = given;
  const account = new Account();
  account.sent(sent, rest);
  account.check(slow, quick, dropped);
}

test('an account that adds up is believed', () => check({}));

const WRONG: Record<string, [Parameters<typeof check>[0], RegExp]> = {
  'a message that was neither handled nor told': [
    { slow: { ...SLOW, handled: 5 } },
    /5 handled and 4 told as missed are not the 10/,
  ],
  'a message that was handled twice': [{ slow: { ...SLOW, handled: 7 } }, /7 handled and 4 told/],
  'a drop that was not counted': [{ dropped: 3 }, /4 were refused, 3 counted as dropped, 4 told as missed/],
  'a message that was told as missed and arrived': [
    { slow: { ...SLOW, handled: 5, missed: 5 } },
    /4 counted as dropped, 5 told/,
  ],
  'a message of the rest that was lost': [
    { quick: { ...QUICK, handled: 99 } },
    /of the rest's 100 messages 99 were handled/,
  ],
  'a message of the rest that was refused': [{ rest: { sent: 100, refused: 1 } }, /100 were handled, 1 refused/],
};
for (const [name, [given, message]] of Object.entries(WRONG)) {
  test(`${name} is seen`, () => assert.throws(() => check(given), message));
}

test('growth is from the median of the first third to that of the last; what the collector brings is none', () => {
  const level = Array.from({ length: 60 }, (_, at) => (100 + (at % 5)) * MEGABYTE);
  assert.equal(Math.round(growthOf(level)), 0);
  const growing = Array.from({ length: 60 }, (_, at) => at * MEGABYTE);
  assert.equal(growthOf(growing), 40);
  assert.doesNotThrow(() => assertFlat({ rss: 20, heaps: 500, external: 0 }));
  assert.throws(() => assertFlat({ rss: 129, heaps: 0, external: 0 }), /the process grew by 129 MB/);
});
