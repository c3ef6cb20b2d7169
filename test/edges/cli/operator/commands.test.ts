/** `muster inspect`, `tell`, `user` and `set`: what they understand, what they ask of the control port, and what they print. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAutomodOptions, runAutomod } from '../../../../src/edges/cli/operator/automod-command.ts';
import type { OperatorEnvironment } from '../../../../src/edges/cli/operator/environment.ts';
import { parseInspectOptions, runInspect } from '../../../../src/edges/cli/operator/inspect-command.ts';
import { parseDuration } from '../../../../src/edges/cli/operator/options.ts';
import { parseSetOptions, runSet } from '../../../../src/edges/cli/operator/set-command.ts';
import { parseTellOptions, runTell } from '../../../../src/edges/cli/operator/tell-command.ts';
import { parseUserOptions, runUser } from '../../../../src/edges/cli/operator/user-command.ts';
import { type ControlTarget, openControl } from '../../../../src/edges/control/index.ts';
import type { Operation } from '../../../../src/lobby/index.ts';
import { sink } from '../sink.ts';

const SETTING = { name: 'playerLimit', value: 8, otherwise: 16, expected: 'a whole number', about: 'How many.' };

/** A control port that answers, and an environment to ask it from. */
async function controlled(over: Partial<OperatorEnvironment> = {}) {
  const asked: unknown[] = [];
  const target: ControlTarget = {
    command: async (command) => {
      asked.push(command);
      return { command, ms: 5, node: 'n5' };
    },
    inspect: async () => ({
      view: { epoch: 3, cause: 'join n2', members: [{ id: 'n1', incarnation: 1, state: 'up' }] },
      nodes: [
        {
          id: 'n1',
          incarnation: 1,
          state: 'up',
          cause: 'boot',
          told: {
            standing: 'doubtful',
            epoch: 3,
            ready: true,
            servers: Array.from({ length: 30 }, (_, at) => ({
              server: `consul/${100 + at}`,
              key: `${100 + at}`,
              state: 'running' as const,
              mailbox: at,
              ageMs: 1_500,
            })),
            links: [{ peer: 'n2#1', framesOut: 1, bytesOut: 20_000, framesIn: 3, bytesIn: 4 }],
            tables: { 'cache lobbies': 30 },
            pending: { requests: 2 },
            counters: {},
            gauges: { sessions: 12 },
          },
        },
        { id: 'n2', incarnation: 4, state: 'down', cause: 'killed', told: null },
      ],
    }),
    metrics: async () => ({ contentType: 'text/plain', text: '' }),
    operate: async (operation: Operation) => {
      asked.push(operation);
      return operation.kind.endsWith('setting') || operation.kind === 'list-settings'
        ? { message: 'changed', settings: [SETTING] }
        : { message: 'done' };
    },
  };
  const server = await openControl({ host: '127.0.0.1', port: 0, token: 'hush' }, target);
  const out = sink();
  const environment: OperatorEnvironment = {
    stdout: out,
    readSecret: async () => 'secret',
    directory: tmpdir(),
    controlToken: 'hush',
    startCluster: () => assert.fail('a cluster runs'),
    ...over,
  };
  return { asked, out, environment, at: ['--control', server.url], [Symbol.asyncDispose]: () => server.close() };
}

test('inspect: nodes with standing and gauges, servers with key, age and mailbox, links and tables; long lists are cut', async () => {
  await using control = await controlled();
  await runInspect(parseInspectOptions(control.at)!, control.environment);
  const text = control.out.text;
  assert.match(text, /^view 3 \(join n2\): n1$/m);
  assert.match(text, /^ {2}n1 +up +doubtful +1 +3 +30 +435 +2 +sessions 12$/m);
  assert.match(text, /^ {2}n2 +down +- +4 .*killed$/m);
  assert.match(text, /^servers \(30\)$/m);
  assert.match(text, /^ {2}server +key +node +state +age +mailbox\n {2}consul\/129 +129 +n1 +running +1\.5s +29$/m);
  assert.match(text, /^ {2}… and 10 more; --all shows them$/m);
  assert.match(text, /^ {2}n1 - n2 +1 +20k +3 +4$/m);
  assert.match(text, /^ {2}cache lobbies +30$/m);
  await runInspect(parseInspectOptions([...control.at, '--all'])!, control.environment);
  assert.match(control.out.text.slice(text.length), /consul\/100 .* 0$/m);
});

test('inspect --json is the whole inspection as one object', async () => {
  await using control = await controlled();
  await runInspect(parseInspectOptions([...control.at, '--json'])!, control.environment);
  assert.equal(control.out.text.trimEnd().split('\n').length, 1);
  assert.equal(JSON.parse(control.out.text).nodes[0].told.servers.length, 30);
});

test('tell: the words are one command, and what came of it is printed', async () => {
  await using control = await controlled();
  await runTell(parseTellOptions(['partition', 'n1', '|', 'n2', 'n3', ...control.at])!, control.environment);
  assert.deepEqual(control.asked, ['partition n1 | n2 n3']);
  assert.equal(control.out.text, 'partition n1 | n2 n3 (5 ms), node n5\n');
});

test('user: each form asks for its operation; the password comes from standard input or a file', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-user-'));
  try {
    await writeFile(join(directory, 'password'), 'from the file\r\nmore\n');
    await using control = await controlled({ directory });
    const user = (...args: string[]) => runUser(parseUserOptions([...args, ...control.at])!, control.environment);
    await user('add', 'alice', '--email', 'a@example.org');
    await user('add', 'bob', '--password-file', 'password');
    await user('role', 'al/ice', 'moderator', 'on');
    await user('clan', 'alice', 'ABC');
    await user('clan', 'alice', 'none');
    await user('ban', 'alice', '--for', '2h', '--reason', 'spam');
    await user('ban', 'alice');
    await user('unban', 'alice');
    await user('mute', 'alice', '--for', '1h', '--reason', 'rude');
    await user('unmute', 'alice');
    await user('restrict', 'alice', 'hosting-lobbies', '--for', '1h');
    await user('allow', 'alice', 'Hosting lobbies');
    assert.throws(
      () => parseUserOptions(['restrict', 'alice', 'hosting']),
      /"hosting" is no restriction; there are login, .*, hosting-lobbies, .*; expected: muster user restrict NAME RESTRICTION/,
    );
    assert.deepEqual(control.asked, [
      { kind: 'add-user', name: 'alice', passwordHash: 'Xr4ilOzQ4PCOq3aQ0qbuaQ==', email: 'a@example.org' },
      { kind: 'add-user', name: 'bob', passwordHash: '6mhkyokOW28hSvExHiFPlw==', email: null },
      { kind: 'set-role', name: 'al/ice', role: 'moderator', on: true },
      { kind: 'set-clan', name: 'alice', clan: 'ABC' },
      { kind: 'set-clan', name: 'alice', clan: null },
      { kind: 'ban-user', name: 'alice', forMs: 7_200_000, reason: 'spam' },
      { kind: 'ban-user', name: 'alice', forMs: null, reason: 'banned by the operator' },
      { kind: 'unban-user', name: 'alice' },
      { kind: 'mute-user', name: 'alice', forMs: 3_600_000, reason: 'rude' },
      { kind: 'unmute-user', name: 'alice' },
      {
        kind: 'restrict-user',
        name: 'alice',
        restriction: 'Hosting lobbies',
        forMs: 3_600_000,
        reason: 'restricted by the operator',
      },
      { kind: 'allow-user', name: 'alice', restriction: 'Hosting lobbies' },
    ]);
    assert.equal(control.out.text, 'done\n'.repeat(12));
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('automod: rules are shown, added, turned on and off; what does not fit is not asked', async () => {
  await using control = await controlled();
  const automod = (...args: string[]) =>
    runAutomod(parseAutomodOptions([...args, ...control.at])!, control.environment);
  await automod('add', 'lobby_hash', '1 2', '--reason', 'smurf');
  await automod('off', '7');
  await automod('on', '7');
  await automod();
  assert.deepEqual(control.asked, [
    { kind: 'add-automod-rule', of: 'lobby_hash', value: '1 2', reason: 'smurf' },
    { kind: 'set-automod-rule', id: 7, enabled: false },
    { kind: 'set-automod-rule', id: 7, enabled: true },
    { kind: 'list-automod-rules' },
  ]);
  assert.equal(control.out.text, 'done\ndone\ndone\nthere are no rules\n');
  for (const args of [['add', 'nose', 'x'], ['add', 'hardware'], ['off'], ['off', 'x'], ['on', '1', '2'], ['what']]) {
    assert.throws(() => parseAutomodOptions(args), /does not fit; expected: muster automod, or/, args.join(' '));
  }
  assert.throws(() => parseAutomodOptions(['add', 'hardware', 'x']), /a rule needs a --reason/);
});

test('user add: without a password nothing is asked', async () => {
  for (const readSecret of [async () => undefined, async () => '', async () => 'x'.repeat(2_000)]) {
    await using control = await controlled({ readSecret });
    const options = parseUserOptions(['add', 'alice', ...control.at])!;
    await assert.rejects(runUser(options, control.environment), { code: 'NoPassword' });
    assert.deepEqual(control.asked, []);
  }
});

test('set: shows one or all, changes by JSON or plain text, and sets back', async () => {
  await using control = await controlled();
  const set = (...args: string[]) => runSet(parseSetOptions([...args, ...control.at])!, control.environment);
  await set();
  assert.equal(control.out.text, 'playerLimit 8 (else 16)\n  How many. A whole number.\n');
  await set('playerLimit');
  await assert.rejects(set('nothing'), { message: 'there is no setting "nothing"; there are playerLimit' });
  await set('playerLimit', '8');
  await set('motd', '["a","b"]');
  await set('motd', 'hello there');
  await set('playerLimit', '--reset');
  assert.deepEqual(control.asked.slice(3), [
    { kind: 'set-setting', name: 'playerLimit', value: 8 },
    { kind: 'set-setting', name: 'motd', value: ['a', 'b'] },
    { kind: 'set-setting', name: 'motd', value: 'hello there' },
    { kind: 'reset-setting', name: 'playerLimit' },
  ]);
  assert.ok(control.out.text.endsWith('changed\n'));
});

test('what does not fit is named with what was expected, and nothing is asked', () => {
  const problems: [() => unknown, RegExp][] = [
    [() => parseUserOptions([]), /^what to do is missing; expected: muster user add NAME .*, or user role NAME/],
    [() => parseUserOptions(['delete', 'x']), /^unknown: user "delete"; expected: /],
    [() => parseUserOptions(['constructor', 'x']), /^unknown: user "constructor"/],
    [() => parseUserOptions(['add']), /^the name is missing; expected: muster user add NAME/],
    [() => parseUserOptions(['ban', 'x', 'y']), /^"y" does not fit; expected: muster user ban NAME/],
    [
      () => parseUserOptions(['role', 'x', 'moderator']),
      /^"moderator" does not fit; expected: muster user role NAME moderator\|bot on\|off$/,
    ],
    [() => parseUserOptions(['role', 'x', 'king', 'on']), /^"king on" does not fit/],
    [() => parseUserOptions(['clan', 'x', 'a b']), /^"a b" does not fit: a tag is 1 to 10 letters and digits/],
    [
      () => parseUserOptions(['ban', 'x', '--for', 'long']),
      /^--for "long" is not a time such as 30s, 15m, 2h, 3d or 1w$/,
    ],
    [
      () => parseUserOptions(['unban', 'x', '--for', '2h']),
      /^--for goes with user ban and user mute and user restrict only$/,
    ],
    [() => parseUserOptions(['ban', 'x', '--data', 'a.db', '--control', 'http://x']), /give one of them$/],
    [() => parseInspectOptions(['--control', 'nowhere']), /^--control "nowhere" is not a URL such as http/],
    [() => parseInspectOptions(['n1']), /^unexpected argument "n1"/],
    [() => parseTellOptions([]), /^the command is missing; expected, for one: muster tell kill n2$/],
    [() => parseSetOptions(['a', 'b', 'c']), /^unexpected argument "c"$/],
    [() => parseSetOptions(['--reset']), /^--reset takes the name of a setting/],
  ];
  for (const [act, message] of problems) assert.throws(act, { code: 'Usage', message });
});

test('a time is a whole number and a unit', () => {
  assert.deepEqual(
    ['30s', '15m', '2h', '3d', '1w'].map(parseDuration),
    [30_000, 900_000, 7_200_000, 259_200_000, 604_800_000],
  );
  for (const text of ['0s', '2', 'h', '1.5h', '-1h', '2 h', '2H', ''])
    assert.throws(() => parseDuration(text), { code: 'Usage' });
});

test('without a cluster, and a file that was named, it is one sentence', async () => {
  await using control = await controlled();
  const { at } = control;
  await control[Symbol.asyncDispose]();
  const message = `no cluster answers at ${at[1]}; start one with muster up, or say where one is with --control URL`;
  const { environment } = control;
  await assert.rejects(runInspect(parseInspectOptions(at)!, environment), { code: 'NoCluster', message });
  await assert.rejects(runTell(parseTellOptions(['kill', 'n1', ...at])!, environment), { message });
  await assert.rejects(runSet(parseSetOptions(at)!, environment), { message });
  await assert.rejects(runUser(parseUserOptions(['unban', 'x', ...at])!, environment), { message });
  const none = parseUserOptions(['unban', 'x', '--data', 'not-there.db'])!;
  await assert.rejects(runUser(none, environment), {
    message: `there is no data file ${join(tmpdir(), 'not-there.db')}`,
  });
});
