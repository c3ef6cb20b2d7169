import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSubcommand, subcommands } from '../../../src/edges/cli/subcommands.ts';
import { sink } from './sink.ts';

async function run(...args: string[]): Promise<{ exitCode: number; out: string; err: string }> {
  const stdout = sink();
  const stderr = sink();
  const exitCode = await runSubcommand(args, { stdout, stderr });
  return { exitCode, out: stdout.text, err: stderr.text };
}

test('help: alone it lists the subcommands; with a name it says what that one takes, as its --help does', async () => {
  const { out } = await run('help');
  for (const name of subcommands.keys()) assert.match(out, new RegExp(`^ {2}${name}\\b`, 'm'));
  assert.deepEqual(await run(), await run('help'));
  for (const name of ['up', 'simulate', 'chaos', 'catalogue', 'players', 'inspect', 'tell', 'user', 'set']) {
    const help = await run('help', name);
    assert.match(help.out, new RegExp(`^usage: muster ${name} \\[options\\]\n\n {2}(--|muster ${name})`));
    assert.deepEqual(help, await run(name, '--help'));
    assert.deepEqual(help, await run('--help', name));
  }
  assert.equal((await run('help', 'version')).out, 'usage: muster version\n\nshow the version\n');
});

test('help: a subcommand that there is not, and one too many, are mistakes', async () => {
  const unknown = await run('help', 'nonsense');
  assert.deepEqual([unknown.exitCode, unknown.out], [1, '']);
  assert.equal(
    unknown.err,
    'muster: unknown subcommand "nonsense"; there are up, simulate, chaos, inspect, tell, user, reports, automod, set, catalogue, players, help, version\n',
  );
  assert.deepEqual(await run('nonsense'), unknown);
  const many = await run('help', 'up', 'simulate');
  assert.deepEqual([many.exitCode, many.out], [1, '']);
  assert.equal(many.err, 'muster: unexpected argument "simulate"; expected: muster help [subcommand]\n');
});
