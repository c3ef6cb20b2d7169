/** The control port by itself: routes, guards, failures and closing, over a target that remembers what it was asked. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { deferred, NotPrimary, Refused } from '../../../src/base/index.ts';
import { isLoopback } from '../../../src/edges/control/address.ts';
import { ControlClient } from '../../../src/edges/control/client.ts';
import { type ControlTarget, openControl } from '../../../src/edges/control/index.ts';
import { LobbyRefused, type Operation } from '../../../src/lobby/index.ts';

interface Opened extends AsyncDisposable {
  readonly url: string;
  readonly asked: unknown[];
  readonly client: ControlClient;
}

async function opened(over: Partial<ControlTarget> = {}, token?: string): Promise<Opened> {
  const asked: unknown[] = [];
  const target: ControlTarget = {
    command: async (command) => {
      asked.push(command);
      return { command, ms: 3, node: 'n5' };
    },
    inspect: async () => ({ view: { epoch: 4, cause: 'boot', members: [] }, nodes: [] }),
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'muster_view_epoch 4\n' }),
    operate: async (operation: Operation) => {
      asked.push(operation);
      return { message: 'done' };
    },
    ...over,
  };
  const server = await openControl({ host: '127.0.0.1', port: 0, token }, target);
  return {
    url: server.url,
    asked,
    client: new ControlClient({ url: server.url, token }),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** Any request, also those that `fetch` would not make. */
function raw(
  url: string,
  path: string,
  { method = 'GET', headers = {}, body = '' }: { method?: string; headers?: Record<string, string>; body?: string },
): Promise<{ status: number; body: { code?: string; message?: string } }> {
  const answered = deferred<{ status: number; body: { code?: string; message?: string } }>();
  const asked = request(new URL(path, url), { method, headers }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    response.on('end', () => answered.resolve({ status: response.statusCode!, body: JSON.parse(text) }));
  });
  asked.on('error', answered.reject);
  asked.end(body);
  return answered.promise;
}

test('a command is carried out and answered with what came of it; the same grammar as on standard input decides', async () => {
  await using control = await opened();
  const answer = await control.client.ask('POST', '/command', { command: 'kill n2' });
  assert.deepEqual(answer, { command: 'kill n2', ms: 3, node: 'n5' });
  assert.deepEqual(control.asked, ['kill n2']);
});

test('each route asks for its operation, with what the path names before what the body says', async () => {
  await using control = await opened();
  const { client, asked } = control;
  await client.ask('POST', '/users', { name: 'alice', password: 'secret' });
  await client.ask('PUT', '/users/al%20ice/role', { name: 'mallory', role: 'bot', on: true });
  await client.ask('PUT', '/users/alice/ban', { forMs: 60_000 });
  await client.ask('DELETE', '/users/alice/ban');
  await client.ask('PUT', '/users/alice/mute', {});
  await client.ask('DELETE', '/users/alice/mute');
  await client.ask('PUT', '/users/alice/restrictions/Hosting%20lobbies', { reason: 'left games' });
  await client.ask('DELETE', '/users/alice/restrictions/Community');
  await client.ask('GET', '/reports');
  await client.ask('GET', '/settings');
  await client.ask('PUT', '/settings/playerLimit', { value: 8 });
  await client.ask('DELETE', '/settings/playerLimit');
  assert.deepEqual(asked, [
    { kind: 'add-user', name: 'alice', passwordHash: 'Xr4ilOzQ4PCOq3aQ0qbuaQ==', email: null },
    { kind: 'set-role', name: 'al ice', role: 'bot', on: true },
    { kind: 'ban-user', name: 'alice', forMs: 60_000, reason: 'banned by the operator' },
    { kind: 'unban-user', name: 'alice' },
    { kind: 'mute-user', name: 'alice', forMs: null, reason: 'muted by the operator' },
    { kind: 'unmute-user', name: 'alice' },
    { kind: 'restrict-user', name: 'alice', restriction: 'Hosting lobbies', forMs: null, reason: 'left games' },
    { kind: 'allow-user', name: 'alice', restriction: 'Community' },
    { kind: 'list-reports' },
    { kind: 'list-settings' },
    { kind: 'set-setting', name: 'playerLimit', value: 8 },
    { kind: 'reset-setting', name: 'playerLimit' },
  ]);
});

test('what does not fit, and what there is not, is refused as JSON with a code and one sentence, and asks nothing', async () => {
  await using control = await opened();
  const json = { 'content-type': 'application/json' };
  const cases = [
    ['/command', { method: 'POST', headers: json, body: '{}' }, 400, 'InvalidValue'],
    ['/command', { method: 'POST', headers: json, body: '{' }, 400, 'BadRequest'],
    ['/command', { method: 'POST', headers: json, body: '[1]' }, 400, 'BadRequest'],
    ['/command', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'kill n1' }, 400, 'BadRequest'],
    [
      '/command',
      { method: 'POST', headers: json, body: JSON.stringify({ command: 'x'.repeat(3_000) }) },
      400,
      'InvalidValue',
    ],
    ['/command', { method: 'POST', headers: json, body: `"${'x'.repeat(70_000)}"` }, 413, 'BadRequest'],
    ['/users/alice/ban', { method: 'PUT', headers: json, body: '{"forMs":-1}' }, 400, 'InvalidValue'],
    ['/settings/motd', { method: 'PUT', headers: json, body: '{}' }, 400, 'InvalidValue'],
    ['/nowhere', {}, 404, 'NotFound'],
    ['/command', {}, 404, 'NotFound'],
  ] as const;
  for (const [path, options, status, code] of cases) {
    const answer = await raw(control.url, path, options);
    assert.deepEqual([answer.status, answer.body.code], [status, code], `${path} ${JSON.stringify(options)}`);
    assert.match(answer.body.message!, /^[^\n]+$/);
  }
  assert.deepEqual(control.asked, []);
});

test('what the cluster and the lobby refuse with has its status, and reaches the asker by code and sentence', async () => {
  const failures: [Error, number, string][] = [
    [new Refused('n2 is down'), 409, 'Refused'],
    [new LobbyRefused('NoSuchUser', "No user found for 'x'"), 404, 'NoSuchUser'],
    [new LobbyRefused('NameTaken', 'Username already taken'), 409, 'NameTaken'],
    [new NotPrimary('call', 'n1', 'not-run'), 503, 'NotPrimary'],
    [new TypeError('a fault\nof ours'), 500, 'TypeError'],
  ];
  for (const [failure, status, code] of failures) {
    await using control = await opened({ command: () => Promise.reject(failure) });
    const body = JSON.stringify({ command: 'kill n2' });
    const answer = await raw(control.url, '/command', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    assert.deepEqual([answer.status, answer.body.code], [status, code]);
    await assert.rejects(control.client.ask('POST', '/command', { command: 'kill n2' }), { code });
  }
});

test('with a token every request needs it; without one, only this machine under its own name may ask, and no page', async () => {
  await using guarded = await opened({}, 'hush');
  for (const authorization of ['', 'Bearer', 'Bearer wrong', 'Basic hush']) {
    const refused = await raw(guarded.url, '/metrics', { headers: { authorization } });
    assert.deepEqual([refused.status, refused.body.code], [401, 'Unauthorized'], authorization);
  }
  assert.equal((await raw(guarded.url, '/inspect', { headers: { authorization: 'Bearer hush' } })).status, 200);
  const noToken = new ControlClient({ url: guarded.url, token: undefined });
  await assert.rejects(noToken.ask('GET', '/inspect'), { code: 'Unauthorized', message: /--control-token/ });

  await using open = await opened();
  const page = await raw(open.url, '/inspect', { headers: { origin: 'http://evil.example' } });
  assert.deepEqual([page.status, page.body.code], [403, 'Forbidden']);
  const rebound = await raw(open.url, '/inspect', { headers: { host: 'evil.example:8190' } });
  assert.deepEqual([rebound.status, rebound.body.code], [403, 'Forbidden']);
});

test('an address that other machines reach is refused without a token, before it listens', async () => {
  const target = {} as ControlTarget;
  for (const host of ['0.0.0.0', '::', 'lobby.example.org']) {
    await assert.rejects(openControl({ host, port: 0, token: undefined }, target), {
      code: 'TokenMissing',
      message:
        /^a control port on .* needs a token: --control-token TOKEN, or MUSTER_CONTROL_TOKEN in the environment$/,
    });
  }
  const wide = await openControl({ host: '0.0.0.0', port: 0, token: 'hush' }, target);
  await wide.close();
});

test('loopback is 127.0.0.0/8, ::1 and localhost', () => {
  for (const host of ['127.0.0.1', '127.9.8.7', '::1', '0:0:0:0:0:0:0:1', 'localhost'])
    assert.ok(isLoopback(host), host);
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '::2', '1::1', '::ffff:1', 'localhost.example.org', '1270.0.0.1'])
    assert.ok(!isLoopback(host), host);
});

test('a port that is taken is one sentence', async () => {
  await using first = await opened();
  const port = Number(new URL(first.url).port);
  await assert.rejects(openControl({ host: '127.0.0.1', port, token: undefined }, {} as ControlTarget), {
    code: 'PortTaken',
    message: `port ${port} on 127.0.0.1, meant for control, is taken; choose another with --control-port (0 takes a free one, none does without)`,
  });
});

test('closing answers what is under way, takes nothing new, and leaves nobody listening', async () => {
  const asked = deferred<void>();
  const release = deferred<void>();
  const control = await opened({
    command: async (command) => {
      asked.resolve();
      await release.promise;
      return { command, ms: 1 };
    },
  });
  const answer = control.client.ask('POST', '/command', { command: 'stop n1' });
  await asked.promise;
  const closed = control[Symbol.asyncDispose]();
  release.resolve();
  assert.deepEqual(await answer, { command: 'stop n1', ms: 1 });
  await closed;
  await assert.rejects(control.client.ask('GET', '/inspect'), {
    code: 'NoCluster',
    message: `no cluster answers at ${control.url}; start one with muster up, or say where one is with --control URL`,
  });
});

test('the client says so when what answers is no control port, and when nothing answers in time', async () => {
  await using silent = await opened({ inspect: () => new Promise(() => {}) });
  const impatient = new ControlClient({ url: silent.url, token: undefined, deadlineMs: 50 });
  await assert.rejects(impatient.ask('GET', '/inspect'), {
    code: 'Timeout',
    message: /did not answer within 0\.05 s$/,
  });
  await assert.rejects(silent.client.ask('GET', '/metrics'), { code: 'NotControl' });
});
