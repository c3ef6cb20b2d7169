/** `muster chaos`: its options, its exit codes, and what it prints on a terminal, in a log and as JSON. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { deferred } from '../../../src/base/index.ts';
import { History, type ThreadsFigures, type ThreadsResult } from '../../../src/chaos/index.ts';
import { type ChaosEnvironment, runChaos } from '../../../src/edges/cli/chaos/command.ts';
import { chaosUsage, parseChaosOptions, replayOf } from '../../../src/edges/cli/chaos/options.ts';
import { UsageError } from '../../../src/edges/cli/failure.ts';
import { type Sink, sink } from './sink.ts';

const FIGURES: ThreadsFigures = {
  ...{ ms: 61_000, rounds: 4, operations: 12_345, acknowledged: 12_000, faults: 99, notes: 40_000, checked: 60 },
};

function resultOf(part: Partial<ThreadsResult> = {}): ThreadsResult {
  const history = new History(() => 10, true);
  history.succeed(history.begin('n1#1', 'next id', 'ids', null), 1);
  history.note('authority', 'decided', { epoch: 1, members: ['n1#1 up', 'n2#1 up'], cause: 'found' });
  const plan = { kinds: ['crash' as const], weights: {}, everyMs: 500 };
  return {
    ...{ seed: 7, nodes: 4, plan, history, violations: [], figures: FIGURES, isInterrupted: false },
    ...part,
  };
}

function broken(): ThreadsResult {
  const result = resultOf();
  const matters = [...result.history.operations];
  return { ...result, violations: [{ promise: 'P10: an id is never issued twice', problem: 'twice <1>', matters }] };
}

interface World {
  readonly environment: ChaosEnvironment;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly signal: (exitCode: number) => void;
}

function world(run: ChaosEnvironment['runOnThreads'], directory = tmpdir(), isTerminal = false): World {
  const [stdout, stderr] = [sink(), sink()];
  let signal = (_: number): void => undefined;
  const environment: ChaosEnvironment = {
    ...{ runOnThreads: run, drawSeed: () => 7, stdout, stderr, directory },
    columns: isTerminal ? () => 60 : undefined,
    onStopSignal: (listener) => {
      signal = listener;
      return () => undefined;
    },
  };
  return { environment, stdout, stderr, signal: (exitCode) => signal(exitCode) };
}

const options = (...args: string[]) => parseChaosOptions(args)!;

describe('options', () => {
  it('defaults: two minutes, four nodes, a seed that is drawn', () => {
    assert.deepEqual(options(), { seed: undefined, nodes: 4, minutes: 2, pages: '.', json: false });
  });

  const mistakes: [string[], RegExp][] = [
    [['--nodes', '1'], /--nodes "1" is not a whole number from 2 to 16/],
    [['--minutes', '0'], /--minutes "0" is not a number above 0/],
    [['--seed', 'x'], /--seed "x" is not a whole number/],
    [['--what'], /unknown option --what; muster chaos takes --minutes/],
  ];
  for (const [args, message] of mistakes) {
    it(`${args.join(' ')}: one clear sentence`, () => {
      assert.throws(
        () => parseChaosOptions(args),
        (error) => error instanceof UsageError && message.test(error.message),
      );
    });
  }

  it('the command that draws the same again is a command line of its own', () => {
    const asked = options('--nodes', '3', '--minutes', '0.5');
    const replay = replayOf(asked, 12);
    assert.deepEqual(parseChaosOptions(replay.split(' ').slice(2)), { ...asked, seed: 12 });
    assert.match(chaosUsage().join('\n'), /interleave/);
  });
});

test('all well: 0, how far it is, what was checked and how many operations', async () => {
  const { environment, stdout } = world(async ({ onProgress }) => {
    onProgress?.({ ...FIGURES, ms: 30_000 });
    return resultOf();
  });
  assert.equal(await runChaos(options('--minutes', '1'), environment), 0);
  assert.match(stdout.text, /^seed 7, 4 nodes on threads\n0:30 of 1:00, 4 rounds, 99 faults, 12,345 operations/);
  assert.match(stdout.text, /P10 +1 ids\n/);
  assert.match(stdout.text, /12,000 operations acknowledged; nothing broke of what was checked; not checked: P2, /);
});

test('a promise for which nothing happened is not checked, and is not said to have held', async () => {
  const everything = async (): Promise<ThreadsResult> => {
    const result = resultOf();
    for (const kind of ['publish', 'merged put', 'append', 'register', 'tally add'])
      result.history.begin('n1#1', kind, 'a', null);
    result.history.note('n1#1', 'server starts', {});
    return result;
  };
  const whole = world(everything);
  assert.equal(await runChaos(options('--pages', 'none'), whole.environment), 0);
  assert.match(whole.stdout.text, /12,000 operations acknowledged; nothing broke\n$/);
  assert.doesNotMatch(whole.stdout.text, /not checked/);
  const partly = world(async () => resultOf());
  await runChaos(options('--pages', 'none'), partly.environment);
  assert.match(partly.stdout.text, /P4 +0 writes to a merged cache: not checked\n/);
  assert.match(partly.stdout.text, /not checked: P2, P4, P5, P7, P8, P9\n$/);
  const json = world(async () => resultOf());
  await runChaos(options('--pages', 'none', '--json'), json.environment);
  const end = JSON.parse(json.stdout.text.trim().split('\n').at(-1)!) as { notChecked: string[] };
  assert.deepEqual(end.notChecked, ['P2', 'P4', 'P5', 'P7', 'P8', 'P9']);
});

test('a promise that broke: 1, the seed, the history, that the interleaving differs, and a page without messages', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-chaos-'));
  try {
    const { environment, stdout } = world(async () => broken(), directory);
    assert.equal(await runChaos(options('--minutes', '1'), environment), 1);
    assert.match(stdout.text, /P10: an id is never issued twice\n {2}twice <1>\n.*#1 next id ids/);
    assert.match(stdout.text, /replay: muster chaos --seed 7 --minutes 1\nThe seed draws the same faults again; how/);
    const page = join(directory, 'muster-chaos-7.html');
    assert.ok(stdout.text.includes(`page: ${page}\n`), stdout.text);
    const html = await readFile(page, 'utf8');
    assert.match(html, /how the threads interleave differs/);
    assert.ok(html.includes('twice &lt;1&gt;') || html.includes('Twice &lt;1&gt;'));
    assert.doesNotMatch(html, /virtual time/);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test('--pages names what cannot be a directory: 1 and one sentence before the run', async () => {
  let started = 0;
  const { environment, stdout, stderr } = world(async () => {
    started += 1;
    return broken();
  });
  const file = fileURLToPath(import.meta.url);
  assert.equal(await runChaos(options('--pages', file), environment), 1);
  assert.match(stderr.text, /^muster: --pages: expected none or a directory that can be written, got .*\n$/);
  assert.deepEqual([started, stdout.text], [0, '']);
});

test('a page that cannot be written: what broke is told, and why its page is missing', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-chaos-'));
  const pages = join(directory, 'pages');
  try {
    const { environment, stdout } = world(async () => {
      await rm(pages, { recursive: true });
      await writeFile(pages, '');
      return broken();
    }, directory);
    assert.equal(await runChaos(options('--pages', 'pages'), environment), 1);
    assert.match(
      stdout.text,
      /P10: an id is never issued twice\n[\s\S]*\npage: none, because it could not be written: E/,
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test('--json: an object at the begin and one at the end, nothing else', async () => {
  const { environment, stdout } = world(async () => broken());
  assert.equal(await runChaos(options('--json', '--pages', 'none'), environment), 1);
  const [begin, end, ...rest] = stdout.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(begin, { event: 'begin', seed: 7, nodes: 4 });
  assert.deepEqual([end!.event, end!.ok, end!.operations, rest.length], ['end', false, 12_345, 0]);
  assert.equal((end!.failure as { promise: string }).promise, 'P10: an id is never issued twice');
});

test('on a terminal a bar is drawn over itself and fits the width', async () => {
  const run: ChaosEnvironment['runOnThreads'] = async ({ onProgress }) => {
    onProgress?.({ ...FIGURES, ms: 30_000 });
    return resultOf();
  };
  const { environment, stdout } = world(run, tmpdir(), true);
  await runChaos(options('--minutes', '1'), environment);
  const bar = /\[#{12}\.{12}\][^\r\n\u001b]*/.exec(stdout.text)?.[0];
  assert.equal(bar?.length, 59);
});

test('a signal: the run is told, and its exit code is given back', async () => {
  const begun = deferred<void>();
  const { environment, stdout, signal } = world(({ signal: aborted }) => {
    begun.resolve();
    return new Promise((resolve) =>
      aborted!.addEventListener('abort', () => resolve(resultOf({ isInterrupted: true }))),
    );
  });
  const ended = runChaos(options(), environment);
  await begun.promise;
  signal(130);
  assert.equal(await ended, 130);
  assert.match(stdout.text, /ended early: 1:01 of 2:00/);
});

test('a cluster that does not start: 1 and one sentence', async () => {
  const { environment, stderr } = world(() => Promise.reject(new Error('no threads today\nat all')));
  assert.equal(await runChaos(options(), environment), 1);
  assert.equal(stderr.text, 'muster: no threads today\n');
});
