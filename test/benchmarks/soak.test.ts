/** The soak's judgement: what is level is flat, what grows is seen. And its options. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flatnessOf } from '../../benchmarks/soak/flatness.ts';
import { parseSoakOptions, SOAK_USAGE, SoakUsageError } from '../../benchmarks/soak/options.ts';

const TOLERANCE = { part: 0.05, absolute: 10 };

function series(value: (at: number) => number, count = 60): { atMs: number; value: number }[] {
  return Array.from({ length: count }, (_, at) => ({ atMs: at * 1_000, value: value(at) }));
}

test('a series that rises, then stays level and noisy is flat', () => {
  const shown = flatnessOf(
    'heap',
    series((at) => Math.min(1_000, at * 60) + (at % 7)),
    TOLERANCE,
  );
  assert.equal(shown?.isFlat, true);
  assert.equal(shown?.forMs, 59_000);
});

test('a series that goes on growing is not flat', () => {
  assert.equal(
    flatnessOf(
      'heap',
      series((at) => 1_000 + at * 5),
      TOLERANCE,
    )?.isFlat,
    false,
  );
});

test('growth within the tolerance is flat, and a little more is not', () => {
  const step = (by: number): boolean | undefined =>
    flatnessOf(
      'heap',
      series((at) => (at < 40 ? 1_000 : 1_000 + by)),
      TOLERANCE,
    )?.isFlat;
  assert.deepEqual([step(60), step(61)], [true, false]);
});

test('with too few samples nothing is said', () => {
  assert.equal(
    flatnessOf(
      'heap',
      series(() => 1, 8),
      TOLERANCE,
    ),
    undefined,
  );
});

test('options: defaults, values, and help', () => {
  assert.deepEqual(parseSoakOptions([]), { minutes: 4, nodes: 4 });
  assert.deepEqual(parseSoakOptions(['--minutes', '3.5', '--nodes=8']), { minutes: 3.5, nodes: 8 });
  assert.equal(parseSoakOptions(['--help']), undefined);
  assert.match(SOAK_USAGE, /^usage: npm run soak -- \[--minutes M\] \[--nodes N\]\n/);
});

const MISTAKES: [string[], RegExp][] = [
  [['--what'], /^unknown option --what; the soak takes --minutes M, --nodes N and --help$/],
  [['more'], /^unexpected argument "more"; the soak takes/],
  [['--minutes'], /--minutes .*; the soak takes/],
  [['--minutes', '1'], /^--minutes "1" is not a number of minutes from 3$/],
  [['--nodes', 'x'], /^--nodes "x" is not a whole number from 3$/],
];
for (const [args, message] of MISTAKES) {
  test(`options: ${args.join(' ')}: one clear sentence`, () => {
    assert.throws(
      () => parseSoakOptions(args),
      (error) => error instanceof SoakUsageError && message.test(error.message) && !error.message.includes('\n'),
    );
  });
}
