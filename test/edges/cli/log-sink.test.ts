import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { logToFile, logToStream } from '../../../src/edges/cli/log-sink.ts';
import type { LogRecord } from '../../../src/ports/index.ts';
import { sink } from './sink.ts';

const RECORD: LogRecord = {
  time: 1_700_000_000_000,
  level: 'error',
  node: 'n2',
  incarnation: 3,
  message: 'gateway: command JOIN failed',
  fields: { connection: 7, user: 'bob', error: 'TypeError: broken' },
};

function objects(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

test('log: a record is one JSON object a line: time, level, node, incarnation, msg, and what was said with it', () => {
  const out = sink();
  logToStream(out, 'info').take(RECORD);
  assert.deepEqual(objects(out.text), [
    {
      level: 'error',
      time: '2023-11-14T22:13:20.000Z',
      node: 'n2',
      incarnation: 3,
      connection: 7,
      user: 'bob',
      error: 'TypeError: broken',
      msg: 'gateway: command JOIN failed',
    },
  ]);
});

test('log: fields that an app calls like those of the line do not stand for them', () => {
  const out = sink();
  logToStream(out, 'info').take({ ...RECORD, fields: { node: 'mine', level: 1, msg: 'x' } });
  const [line] = objects(out.text);
  assert.deepEqual([line!.node, line!.node_, line!.level, line!.level_, line!.msg_], ['n2', 'mine', 'error', 1, 'x']);
  assert.equal(out.text.match(/"node":/g)?.length, 1);
});

test('log: a file is appended to, and has what happened in the cluster too, trouble as warnings', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-log-'));
  try {
    const path = join(directory, 'muster.log');
    await writeFile(path, '{"before":true}\n');
    const log = logToFile(path, 'info', () => 0);
    log.take(RECORD);
    log.tell({ event: 'node', t: 1, id: 'n2', incarnation: 3, state: 'down', cause: 'killed' });
    log.tell({ event: 'error', t: 2, code: 'NodeHung', message: 'it hung' });
    const closed = [log.close(), log.close()];
    log.take(RECORD);
    await Promise.all(closed);
    const lines = objects(await readFile(path, 'utf8'));
    assert.deepEqual(
      lines.map(({ level, node, event }) => [level, node, event]),
      [
        [undefined, undefined, undefined],
        ['error', 'n2', undefined],
        ['warn', 'host', 'node'],
        ['error', 'host', 'error'],
      ],
    );
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('log: a file that cannot be written is one sentence', () => {
  assert.throws(() => logToFile('/nowhere/at/all.log', 'info'), {
    code: 'CannotLog',
    message: /^--log \/nowhere\/at\/all\.log cannot be written: ENOENT[^\n]*$/,
  });
});
