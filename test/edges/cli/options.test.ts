import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UsageError } from '../../../src/edges/cli/failure.ts';
import { parseUpOptions, upUsage } from '../../../src/edges/cli/options.ts';

const DEFAULTS = {
  nodes: 4,
  lobbyPort: 8200,
  listens: true,
  data: 'muster.db',
  app: undefined,
  host: '127.0.0.1',
  timing: {},
  tls: undefined,
  control: { host: '127.0.0.1', port: 8190, token: undefined, isAskedFor: false },
  log: undefined,
  logLevel: 'info',
  json: false,
};

function problem(...args: string[]): string {
  try {
    parseUpOptions(args);
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    assert.doesNotMatch(error.message, /\n/);
    return error.message;
  }
  return assert.fail(`${args.join(' ')} was accepted`);
}

test('options: none given: 4 nodes from port 8200, a file beside you, the lobby, on this machine only', () => {
  assert.deepEqual(parseUpOptions([]), DEFAULTS);
});

test('options: every option is taken', () => {
  const args =
    '--nodes 3 --lobby-port 0 --data memory --app a.ts --host ::1 --timing leaseMs=1000,hungMs=60000 --json ' +
    '--tls-cert c.pem --tls-key k.pem ' +
    '--control-port 0 --control-host ::1 --control-token t --log a.log --log-level debug';
  const timing = { leaseMs: 1_000, hungMs: 60_000 };
  const where = { lobbyPort: 0, listens: true, host: '::1' };
  const control = { host: '::1', port: 0, token: 't', isAskedFor: true };
  const tls = { cert: 'c.pem', key: 'k.pem' };
  const logs = { log: 'a.log', logLevel: 'debug' };
  const expected = { ...where, ...logs, tls, control, nodes: 3, data: 'memory', app: 'a.ts', timing, json: true };
  assert.deepEqual(parseUpOptions(args.split(' ')), expected);
});

test('options: an app of your own needs no port that was not given, and keeps no file unless one was', () => {
  assert.deepEqual(parseUpOptions(['--app', 'a.ts']), { ...DEFAULTS, app: 'a.ts', listens: false, data: 'memory' });
  assert.equal(parseUpOptions(['--app', 'a.ts', '--lobby-port', '8200'])?.listens, true);
  assert.equal(parseUpOptions(['--app', 'a.ts', '--data', 'a.db'])?.data, 'a.db');
});

test('options: the control port is a number or none, and asking for it in any way is remembered', () => {
  assert.equal(parseUpOptions(['--control-port', 'none'])?.control, undefined);
  assert.equal(parseUpOptions(['--control-port', '65535'])?.control?.port, 65_535);
  assert.equal(parseUpOptions(['--control-token', 't'])?.control?.isAskedFor, true);
  for (const port of ['65536', '-1', 'off', '1.5', '']) {
    assert.match(
      problem(`--control-port=${port}`),
      /^--control-port ".*" is not (none or a whole number from 0 to 65535|a port or none)$/,
    );
  }
  assert.match(problem('--log-level', 'loud'), /^--log-level "loud" is none of debug, info, warn, error$/);
});

test('options: the limits themselves are accepted, one past them is not', () => {
  assert.equal(parseUpOptions(['--nodes', '64'])?.nodes, 64);
  assert.equal(parseUpOptions(['--nodes', '1', '--lobby-port', '65535'])?.lobbyPort, 65_535);
  assert.equal(parseUpOptions(['--lobby-port', '65532'])?.lobbyPort, 65_532);
  assert.match(problem('--nodes', '65'), /^--nodes "65" is not a whole number from 1 to 64$/);
  assert.match(problem('--nodes', '0'), /from 1 to 64/);
  assert.match(problem('--lobby-port', '65536'), /^--lobby-port "65536" is not a whole number from 0 to 65535$/);
  assert.match(problem('--lobby-port', '65533'), /^--lobby-port 65533 with 4 nodes goes past port 65535/);
});

test('options: a certificate goes with its key', () => {
  for (const option of ['--tls-cert', '--tls-key'])
    assert.match(problem(option, 'a.pem'), /^--tls-cert and --tls-key go together$/);
});

test('options: a value that is no number is named', () => {
  for (const value of ['four', '1.5', '1e1', '0x4', '', ' 4', '4 ']) {
    assert.ok(problem('--nodes', value).includes(JSON.stringify(value)), value);
  }
  assert.match(problem('--nodes=-1'), /"-1"/);
});

test('options: what is unknown, missing or too much is named, and what was expected', () => {
  assert.match(problem('--node', '3'), /^unknown option --node; muster up takes --nodes, /);
  assert.match(problem('-x'), /^unknown option -x;/);
  assert.match(problem('--nodes'), /^--nodes needs a value: --nodes N$/);
  assert.match(problem('--nodes', '-1'), /^--nodes needs a value/);
  assert.match(problem('--json=yes'), /^--json takes no value$/);
  assert.match(problem('extra'), /^unexpected argument "extra"/);
  assert.match(problem('--data', ''), /^--data "" is not a file name or memory$/);
  assert.match(problem('--app', ' '), /^--app " " is not the file of an app module$/);
});

test('options: --timing takes names with whole ms, and says what does not fit', () => {
  assert.deepEqual(parseUpOptions(['--timing', ' marginMs = 200 , ackMs=1'])?.timing, { marginMs: 200, ackMs: 1 });
  assert.match(
    problem('--timing', 'lease=5'),
    /^--timing "lease=5" names none of leaseMs, marginMs, hungMs, ackMs; expected: /,
  );
  assert.match(problem('--timing', 'leaseMs=1000,'), /^--timing "" names none of/);
  assert.match(problem('--timing', 'leaseMs=1,leaseMs=2'), /^--timing gives leaseMs twice$/);
  for (const ms of ['', '0', '-1', '1.5', '1=2', 'soon', '3600001']) {
    assert.match(problem('--timing', `leaseMs=${ms}`), /is not a whole number of ms from 1 to 3600000; expected: /);
  }
});

test('options: --help asks for the usage, which names every option', () => {
  assert.equal(parseUpOptions(['--help']), undefined);
  const usage = upUsage().join('\n');
  for (const option of [
    '--nodes',
    '--lobby-port',
    '--data',
    '--app',
    '--host',
    '--timing',
    '--tls-cert',
    '--tls-key',
    '--json',
  ]) {
    assert.ok(usage.includes(option), option);
  }
});

test('options: no arguments whatever throw anything but a UsageError', () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom('--nodes', '--lobby-port', '--json', '--', '-', '--no-json', '-h'),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 5 }), (args) => {
      try {
        parseUpOptions(args);
      } catch (error) {
        assert.ok(error instanceof UsageError, String(error));
        assert.doesNotMatch(error.message, /\n/);
      }
    }),
  );
});
