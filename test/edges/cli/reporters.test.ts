import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NotPrimary } from '../../../src/base/index.ts';
import type { Inspection } from '../../../src/cluster/index.ts';
import { failureOf } from '../../../src/edges/cli/failure.ts';
import { jsonReporter } from '../../../src/edges/cli/reporters/json.ts';
import { linesReporter } from '../../../src/edges/cli/reporters/lines.ts';
import { errorReport, inspectReport, type Report, reportOf } from '../../../src/edges/cli/reports.ts';
import { sink } from './sink.ts';

const UP: Report = {
  event: 'up',
  t: 812,
  ms: 812,
  nodes: [
    { id: 'n1', lobbyPort: 8200 },
    { id: 'n2', lobbyPort: null },
  ],
};
const ANSWER = {
  epoch: 3,
  flushed: 3,
  ready: true,
  servers: [],
  pending: {},
  digests: {},
  links: [],
  tables: {},
  counters: {},
  gauges: {},
} as const;
const view = { epoch: 3, cause: 'join n2', members: [{ id: 'n1', incarnation: 1, state: 'up' }] } as const;
const node = { id: 'n2', incarnation: 2, state: 'up', cause: 'restart' } as const;

test('json: each report is one line with exactly the documented fields', () => {
  const stdout = sink();
  const stderr = sink();
  const reporter = jsonReporter(stdout, stderr);
  const reports: Report[] = [
    UP,
    reportOf({ event: 'view', view }, 5),
    reportOf({ event: 'node', node }, 6),
    reportOf({ event: 'moved', server: 'consul/12', from: 'n1', to: 'n2', cause: 'death', ms: 12.4 }, 7),
    reportOf({ event: 'catch-up', node: 'n2', entries: 512, of: 4_000, ms: 31 }, 8),
    { event: 'refused', t: 8, command: 'kill n9', message: 'there is no node "n9"' },
    reportOf({ event: 'error', code: 'Boom', message: 'bad', node: 'n2' }, 9),
    { event: 'done', t: 11, command: 'partition n1 -> n2', ms: 3 },
    reportOf({ event: 'node', node: { id: 'n2', incarnation: 1, state: 'cut off', cause: 'out of reach' } }, 12),
    reportOf({ event: 'moved', server: 'consul/12', from: 'n2', to: 'n1', cause: 'eviction', ms: 1 }, 13),
    reportOf({ event: 'error', code: 'Boom', message: 'bad' }, 10),
    reportOf({ event: 'primary', exists: false, reached: ['n1'], unreached: ['n2'] }, 14),
    { event: 'done', t: 15, command: 'add', ms: 3, node: 'n5', lobbyPort: 8204 },
    reportOf({ event: 'error', code: 'NodeCrashed', message: 'boom', node: 'n2' }, 16),
  ];
  for (const report of reports) reporter.report(report);
  assert.ok(stdout.text.endsWith('\n'));
  const printed = stdout.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  assert.deepEqual(printed, [
    { event: 'up', t: 812, ms: 812, nodes: UP.nodes },
    { event: 'view', t: 5, epoch: 3, members: [{ id: 'n1', incarnation: 1, state: 'up' }], cause: 'join n2' },
    { event: 'node', t: 6, id: 'n2', incarnation: 2, state: 'up', cause: 'restart' },
    { event: 'moved', t: 7, server: 'consul/12', from: 'n1', to: 'n2', cause: 'death', ms: 12 },
    { event: 'catch-up', t: 8, node: 'n2', entries: 512, of: 4_000, ms: 31 },
    { event: 'refused', t: 8, command: 'kill n9', message: 'there is no node "n9"' },
    { event: 'error', t: 9, code: 'Boom', message: 'bad', node: 'n2' },
    { event: 'done', t: 11, command: 'partition n1 -> n2', ms: 3 },
    { event: 'node', t: 12, id: 'n2', incarnation: 1, state: 'cut off', cause: 'out of reach' },
    { event: 'moved', t: 13, server: 'consul/12', from: 'n2', to: 'n1', cause: 'eviction', ms: 1 },
    { event: 'error', t: 10, code: 'Boom', message: 'bad' },
    { event: 'primary', t: 14, exists: false, reached: ['n1'], unreached: ['n2'] },
    { event: 'done', t: 15, command: 'add', ms: 3, node: 'n5', lobbyPort: 8204 },
    { event: 'error', t: 16, code: 'NodeCrashed', message: 'boom', node: 'n2' },
  ]);
  assert.equal(stderr.text, '');
});

test('json: words for people go to stderr', () => {
  const stdout = sink();
  const stderr = sink();
  const reporter = jsonReporter(stdout, stderr);
  reporter.say(['kill n2']);
  reporter.show('commands', ['quit']);
  reporter.stopping();
  reporter.close();
  assert.equal(stdout.text, '');
  assert.equal(stderr.text, 'kill n2\nquit\n');
});

test('lines: when up there is one line per node with id, state and port, and one with the commands', () => {
  const stdout = sink();
  const reporter = linesReporter(stdout, '127.0.0.1');
  reporter.report(reportOf({ event: 'node', node: { ...node, state: 'down' } }, 6));
  reporter.report(UP);
  const lines = stdout.text.trimEnd().split('\n');
  assert.equal(lines.length, 5);
  assert.match(lines[0]!, /^ +0\.006s node +n2 down, incarnation 2 \(restart\)$/);
  assert.match(lines[1]!, /up +2 nodes after 812 ms/);
  assert.match(lines[2]!, /n1 +up +127\.0\.0\.1:8200$/);
  assert.match(lines[3]!, /n2 +down +no port$/);
  assert.match(lines[4]!, /^commands, one per line: kill n2 · stop n2 · .*partition n1 \| n2 n3 n4 · .*quit$/);
});

test('lines: every event is one line', () => {
  const stdout = sink();
  const reporter = linesReporter(stdout, '::1');
  reporter.report(reportOf({ event: 'view', view }, 1));
  reporter.report(reportOf({ event: 'moved', server: 'consul/12', from: 'n1', to: 'n2', cause: 'stop', ms: 1 }, 2));
  reporter.report(reportOf({ event: 'catch-up', node: 'n2', entries: 512, of: 4_000, ms: 31 }, 3));
  reporter.report({ event: 'refused', t: 3, command: 'kill', message: 'the node is missing' });
  reporter.report(reportOf({ event: 'error', code: 'Boom', message: 'bad', node: 'n2' }, 4));
  reporter.report({ event: 'done', t: 5, command: 'heal', ms: 2 });
  const texts = stdout.text.trimEnd().split('\n');
  assert.deepEqual(
    texts.map((text) => text.slice(11)),
    [
      'view     3 (join n2): n1',
      'moved    consul/12 from n1 to n2 (stop, 1 ms)',
      'catch-up n2 has 512 of 4000 entries (31 ms)',
      'refused  kill: the node is missing',
      'error    n2: bad [Boom]',
      'done     heal (2 ms)',
    ],
  );
});

test('lines: a node that is cut off, its eviction, and what each node may do are said in words', () => {
  const stdout = sink();
  const reporter = linesReporter(stdout, '127.0.0.1');
  reporter.report(reportOf({ event: 'node', node: { ...node, state: 'cut off', cause: 'out of reach' } }, 1));
  const message = 'n2 was evicted: out of reach';
  reporter.report(reportOf({ event: 'error', code: 'NodeEvicted', message, node: 'n2' }, 2));
  reporter.report(reportOf({ event: 'moved', server: 'consul/1', from: 'n2', to: 'n1', cause: 'eviction', ms: 7 }, 3));
  const refusal = new NotPrimary('put lobbies', 'n2', 'not-run');
  reporter.report({ event: 'refused', t: 4, command: 'stop n2', message: failureOf(refusal).message });
  const nodes = [{ id: 'n2', incarnation: 2, state: 'cut off', cause: 'out of reach' }] as const;
  const inspection = {
    view,
    missing: [],
    nodes: [{ ...ANSWER, id: 'n2', address: 'n2#2', standing: 'outside' }],
  } as const;
  reporter.report(inspectReport(inspection, nodes, 5));
  assert.deepEqual(
    stdout.text
      .split('\n')
      .slice(0, 6)
      .map((text) => text.replace(/^ +\d\.\d{3}s /, '')),
    [
      'node     n2 cut off, incarnation 2 (out of reach)',
      'error    n2: n2 was evicted: out of reach [NodeEvicted]',
      'moved    consul/1 from n2 to n1 (eviction, 7 ms)',
      'refused  stop n2: put lobbies: node n2 is outside the primary component (outcome not-run)',
      'inspect  view 3: n2 cut off',
      '  n2   cut off  no port, incarnation 2, standing outside',
    ],
  );
});

test('lines: that no side has a primary component is said, that there is one again, and that a node hung in its pause', () => {
  const stdout = sink();
  const reporter = linesReporter(stdout, '127.0.0.1');
  reporter.report(reportOf({ event: 'primary', exists: false, reached: ['n1'], unreached: ['n2', 'n3', 'n4'] }, 1));
  reporter.report(reportOf({ event: 'primary', exists: true, reached: ['n1', 'n2'], unreached: ['n3'] }, 2));
  const ended = 'hung: its event loop stood still for 3000 ms';
  reporter.report({ event: 'done', t: 3, command: 'pause n3 10000', ms: 3_100, node: 'n3', ended });
  assert.deepEqual(
    stdout.text
      .trimEnd()
      .split('\n')
      .map((text) => text.slice(11)),
    [
      'primary  no side has a primary component: n1 within reach, n2, n3, n4 not; strong work is refused until heal',
      'primary  there is a primary component again, with n1, n2: strong work goes on',
      `done     pause n3 10000 (3100 ms): n3 was ended, ${ended}`,
    ],
  );
});

test('lines: the headline of inspect says of a node that is up how it stands, unless it is a plain member', () => {
  const stdout = sink();
  const standings = ['primary', 'doubtful', 'outside', 'outside'] as const;
  const nodes = standings.map((standing, at) => ({ ...ANSWER, id: `n${at + 1}`, address: `n${at + 1}#1`, standing }));
  const known = (['up', 'up', 'up', 'starting'] as const).map((state, at) => ({ ...node, id: `n${at + 1}`, state }));
  linesReporter(stdout, '127.0.0.1').report(inspectReport({ view, missing: [], nodes } as Inspection, known, 5));
  assert.equal(
    stdout.text.split('\n')[0]!.slice(11),
    'inspect  view 3: n1 up, n2 up (doubtful), n3 up (outside), n4 starting',
  );
});

test('lines: a crash is told by the node, with the error’s message, and by the view; not a third time', () => {
  const stdout = sink();
  const reporter = linesReporter(stdout, '127.0.0.1');
  const without = { epoch: 4, cause: 'death n2', members: [{ id: 'n1', incarnation: 1, state: 'up' }] } as const;
  reporter.report(reportOf({ event: 'view', view: without }, 1));
  reporter.report(reportOf({ event: 'node', node: { ...node, state: 'down', cause: 'crashed: boom\n  at all' } }, 1));
  reporter.report(reportOf({ event: 'error', code: 'NodeCrashed', message: 'boom', node: 'n2' }, 1));
  assert.deepEqual(
    stdout.text
      .trimEnd()
      .split('\n')
      .map((text) => text.slice(11)),
    ['view     4 (death n2): n1', 'node     n2 down, incarnation 2 (crashed: boom at all)'],
  );
});

test('reports: an error keeps its code, loses its stack and every line but the first', () => {
  const error = Object.assign(new Error('\u001b[31mcannot read it\u001b[0m\n    at somewhere.ts:1'), {
    code: 'ENOENT',
  });
  assert.deepEqual(errorReport(error, 1), { event: 'error', t: 1, code: 'ENOENT', message: 'cannot read it' });
  assert.deepEqual(errorReport('boom', 2), { event: 'error', t: 2, code: 'Error', message: 'boom' });
  assert.deepEqual(errorReport(new TypeError(''), 3), {
    event: 'error',
    t: 3,
    code: 'TypeError',
    message: 'TypeError',
  });
});
