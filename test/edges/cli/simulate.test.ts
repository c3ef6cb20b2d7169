/** `muster simulate`: its options, its exit codes, and what it prints on a terminal, in a log and as JSON. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, it, test } from 'node:test';
import type { HarnessShape, SeedAnswer, SeedTask } from '../../../src/chaos/index.ts';
import { UsageError } from '../../../src/edges/cli/failure.ts';
import { runSimulate, type SimulateEnvironment } from '../../../src/edges/cli/simulate/command.ts';
import { parseSimulateOptions, replayOf, simulateUsage } from '../../../src/edges/cli/simulate/options.ts';
import type { SeedPool } from '../../../src/edges/cli/simulate/pool.ts';
import { type Sink, sink } from './sink.ts';

const FIGURES = { virtualMs: 60_000, faults: 40, operations: 500, checked: 15, deliveries: 9_000, events: 20_000 };

function answer(seed: number, failure?: SeedAnswer['failure']): SeedAnswer {
  return { seed, figures: FIGURES, ms: 12.3, failure };
}

function failing({ seed, replay, pages }: SeedTask): SeedAnswer {
  const text = `seed ${seed}: P8 broken\nreplay: ${replay}`;
  const page = pages && `${pages}/muster-seed-${seed}.html`;
  return answer(seed, { promise: 'P8', problem: 'two ran', text, isRepeatable: true, page, noPage: undefined });
}

interface World {
  readonly environment: SimulateEnvironment;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly tasks: SeedTask[];
  readonly signal: (exitCode: number) => void;
  readonly closed: () => number;
}

interface WorldOptions {
  readonly isTerminal?: boolean;
  readonly harness?: HarnessShape | undefined;
  readonly directory?: string;
}

function world(run: (task: SeedTask) => Promise<SeedAnswer> | SeedAnswer, options: WorldOptions = {}): World {
  const [stdout, stderr] = [sink(), sink()];
  const tasks: SeedTask[] = [];
  let signal = (_: number): void => undefined;
  let closed = 0;
  const pool: SeedPool = {
    threads: 2,
    harness: options.harness,
    run: async (task) => {
      tasks.push(task);
      return run(task);
    },
    close: async () => {
      closed += 1;
    },
  };
  const environment: SimulateEnvironment = {
    openPool: async () => pool,
    cores: 2,
    stdout,
    stderr,
    columns: options.isTerminal ? () => 80 : undefined,
    directory: options.directory ?? '/tmp',
    elapsedMs: () => tasks.length * 1_000,
    onStopSignal: (listener) => {
      signal = listener;
      return () => undefined;
    },
  };
  return { environment, stdout, stderr, tasks, signal: (exitCode) => signal(exitCode), closed: () => closed };
}

describe('options', () => {
  it('defaults: a thousand seeds of five nodes, a virtual minute each, with a swarm of faults', () => {
    assert.deepEqual(parseSimulateOptions([]), {
      ...{ from: 1, count: 1_000, nodes: 5, faults: 'swarm', minutes: 1, app: undefined, pages: '.', json: false },
    });
  });

  it('one seed, other seeds, kinds of faults, parts of a minute', () => {
    const parsed = parseSimulateOptions(['--seed', '77', '--faults', 'crash,hang', '--minutes', '0.5', '--json']);
    assert.deepEqual(parsed, {
      ...{
        from: 77,
        count: 1,
        nodes: 5,
        faults: ['crash', 'hang'],
        minutes: 0.5,
        app: undefined,
        pages: '.',
        json: true,
      },
    });
    assert.equal(parseSimulateOptions(['--from', '500', '--seeds', '20'])?.from, 500);
  });

  const mistakes: [string[], RegExp][] = [
    [['--nodes', '2'], /--nodes "2" is not a whole number from 3 to 9/],
    [['--seeds', 'many'], /--seeds "many" is not a whole number/],
    [['--minutes', '0'], /--minutes "0" is not a number above 0/],
    [['--faults', 'crash,earthquake'], /got earthquake/],
    [['--seed', '1', '--seeds', '2'], /leave out --seeds/],
    [
      ['--faults', 'none,crash'],
      /--faults: none stands alone: expected none, or a list of kinds .* got it with crash$/,
    ],
    [['--faults', 'crash,swarm'], /--faults: swarm stands alone: .* got it with crash$/],
    [['--app'], /--app needs a value: --app FILE/],
    [['--what'], /unknown option --what; muster simulate takes --seeds/],
    [['more'], /unexpected argument "more"; muster simulate takes options only/],
  ];
  for (const [args, message] of mistakes) {
    it(`${args.join(' ')}: one clear sentence`, () => {
      assert.throws(
        () => parseSimulateOptions(args),
        (error) => error instanceof UsageError && message.test(error.message),
      );
    });
  }

  it('help names every kind of fault; the replay command is a command line of its own', () => {
    assert.match(simulateUsage().join('\n'), /one-way\s+one side hears the other/);
    const options = parseSimulateOptions(['--faults', 'crash,disk', '--nodes', '3', '--app', 'my app.mjs'])!;
    const replay = replayOf(options, 9);
    assert.equal(replay, 'muster simulate --seed 9 --nodes 3 --faults crash,disk --app "my app.mjs"');
  });
});

test('all well: 0, every seed once, a last line with the figures', async () => {
  const { environment, stdout, tasks, closed } = world(({ seed }) => answer(seed));
  assert.equal(await runSimulate(parseSimulateOptions(['--seeds', '7', '--from', '3'])!, environment), 0);
  assert.deepEqual(tasks.map(({ seed }) => seed).sort(), [3, 4, 5, 6, 7, 8, 9]);
  assert.match(
    stdout.text,
    /7 of 7 seeds, .* seeds\/s, 0\.1 virtual hours, 280 faults, 3,500 operations, 105 promises/,
  );
  assert.equal(closed(), 1);
});

test('without a terminal: a line now and then, and the last one once', async () => {
  const { environment, stdout } = world(({ seed }) => answer(seed));
  const slow = { ...environment, elapsedMs: slowClock() };
  assert.equal(await runSimulate(parseSimulateOptions(['--seeds', '6'])!, slow), 0);
  const lines = stdout.text.trim().split('\n');
  assert.equal(lines.filter((line) => line.startsWith('6 of 6 seeds')).length, 1, stdout.text);
  assert.ok(lines.length > 1, 'there were lines before');
});

/** Each look is six seconds after the one before. */
function slowClock(): () => number {
  let looks = 0;
  return () => 6_000 * looks++;
}

test('a seed that fails: 1, its text with the replay command, and its number at the end; the others still run', async () => {
  const { environment, stdout, tasks } = world((task) => (task.seed === 2 ? failing(task) : answer(task.seed)));
  assert.equal(await runSimulate(parseSimulateOptions(['--seeds', '5'])!, environment), 1);
  assert.equal(tasks.length, 5);
  assert.match(stdout.text, /P8 broken\nreplay: muster simulate --seed 2 --nodes 5\n/);
  assert.match(stdout.text, /1 failed; failed: 2\n$/);
});

test('the page of a seed that fails goes where --pages says, and is named; with none there is none', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-pages-'));
  try {
    const here = world(failing, { directory });
    await runSimulate(parseSimulateOptions(['--seed', '4'])!, here.environment);
    assert.ok(here.stdout.text.includes(`\npage: ${join(directory, 'muster-seed-4.html')}\n`), here.stdout.text);
    const there = world(failing, { directory });
    await runSimulate(parseSimulateOptions(['--seed', '4', '--pages', 'out/deep'])!, there.environment);
    assert.ok(there.stdout.text.includes(`\npage: ${join(directory, 'out/deep/muster-seed-4.html')}\n`));
    const none = world(failing, { directory });
    await runSimulate(parseSimulateOptions(['--seed', '4', '--pages', 'none'])!, none.environment);
    assert.doesNotMatch(none.stdout.text, /page:/);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test('--pages names what cannot be a directory: 1 and one sentence, and no seed was run', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-pages-'));
  try {
    await writeFile(join(directory, 'file'), '');
    for (const pages of ['file', 'file/below', '/proc/none']) {
      const { environment, stdout, stderr, tasks } = world(failing, { directory });
      assert.equal(await runSimulate(parseSimulateOptions(['--seed', '4', '--pages', pages])!, environment), 1);
      const path = resolve(directory, pages);
      assert.ok(
        stderr.text.startsWith(`muster: --pages: expected none or a directory that can be written, got ${path} (E`),
        stderr.text,
      );
      assert.deepEqual([stderr.text.split('\n').length, stdout.text, tasks.length], [2, '', 0]);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test('a page that could not be written: the failure is told, and why its page is missing', async () => {
  const run = (task: SeedTask): SeedAnswer => {
    const { failure, ...rest } = failing(task);
    return { ...rest, failure: { ...failure!, page: undefined, noPage: 'ENOSPC: no space left on device' } };
  };
  const { environment, stdout } = world(run);
  assert.equal(await runSimulate(parseSimulateOptions(['--seed', '4'])!, environment), 1);
  assert.match(stdout.text, /P8 broken\nreplay: .*\npage: none, because it could not be written: ENOSPC: no space/);
});

test('when many fail it stops looking for more', async () => {
  const { environment, tasks } = world(failing);
  assert.equal(await runSimulate(parseSimulateOptions(['--seeds', '500'])!, environment), 1);
  assert.ok(tasks.length < 20, `${tasks.length} seeds ran`);
});

test('--json: an object per seed and one at the end, nothing else', async () => {
  const { environment, stdout } = world((task) => (task.seed === 1 ? failing(task) : answer(task.seed)));
  assert.equal(await runSimulate(parseSimulateOptions(['--seeds', '2', '--json'])!, environment), 1);
  const lines = stdout.text.trim().split('\n');
  const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    events.map(({ event, ok, seed }) => [event, seed, ok]),
    [
      ['seed', 1, false],
      ['seed', 2, true],
      ['end', undefined, undefined],
    ],
  );
  assert.deepEqual(events[2]!.failed, [1]);
  assert.equal(events[2]!.operations, 1_000);
});

test('on a terminal a bar is drawn over itself and fits the width', async () => {
  const { environment, stdout } = world(({ seed }) => answer(seed), { isTerminal: true });
  assert.equal(await runSimulate(parseSimulateOptions(['--seeds', '4'])!, environment), 0);
  const drawn = stdout.text.split('\r\u001b[2K').filter((text) => text.startsWith('['));
  assert.ok(drawn.length > 0);
  assert.match(drawn.at(-1)!, /^\[#{24}\] 4 of 4 seeds/);
  for (const line of drawn) assert.ok(line.length < 80, line);
});

test('a signal ends it: what was done is told, its exit code is given back, the threads are gone', async () => {
  const running = world(({ seed }) => (seed < 3 ? answer(seed) : new Promise<never>(() => undefined)));
  const code = runSimulate(parseSimulateOptions(['--seeds', '100'])!, running.environment);
  while (running.tasks.length < 4) await new Promise((resolve) => setImmediate(resolve));
  running.signal(130);
  assert.equal(await code, 130);
  assert.match(running.stdout.text, /ended early: 2 of 100 seeds/);
  assert.equal(running.closed(), 1);
});

test('an app that is not there: 1 and one sentence', async () => {
  const { environment, stderr } = world(failing);
  const refused = { ...environment, openPool: () => Promise.reject(new Error('the app /x does not exist')) };
  assert.equal(await runSimulate(parseSimulateOptions(['--app', 'x'])!, refused), 1);
  assert.equal(stderr.text, 'muster: the app /x does not exist\n');
});

test('what an app brings nothing for is said on stderr, before the seeds and after them', async () => {
  const idle = (seed: number): SeedAnswer => ({ ...answer(seed), figures: { ...FIGURES, operations: 0 } });
  const run = async (harness: HarnessShape | undefined, seed = idle): Promise<string> => {
    const { environment, stdout, stderr } = world((task) => seed(task.seed), { harness });
    assert.equal(await runSimulate(parseSimulateOptions(['--seeds', '2', '--json'])!, environment), 0);
    for (const line of stdout.text.trim().split('\n')) JSON.parse(line);
    return stderr.text;
  };
  assert.equal(await run(undefined), '');
  assert.equal(await run({ hasWorkload: true, invariants: 2 }, answer), '');
  assert.match(
    await run({ hasWorkload: true, invariants: 1 }),
    /^muster: 0 operations: the workload recorded none.*\n$/,
  );
  assert.match(await run({ hasWorkload: false, invariants: 1 }), /^muster: the app exports no workload: .*\n$/);
  assert.match(
    await run({ hasWorkload: true, invariants: 0 }, answer),
    /^muster: the app exports no invariants: .*\n$/,
  );
});
