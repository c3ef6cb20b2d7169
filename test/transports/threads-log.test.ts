import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { addressOf } from '../../src/base/index.ts';
import type { LogRecord } from '../../src/ports/index.ts';
import { createRecordLog, readLog } from '../../src/transports/threads/index.ts';

const SELF = addressOf('n3', 2);

test('log: a record has what was said and who said it, as plain data whatever the fields hold', () => {
  const records: LogRecord[] = [];
  const log = createRecordLog(
    SELF,
    'info',
    (record) => records.push(record),
    () => 5,
  );
  const circle: Record<string, unknown> = { name: 'circle' };
  circle.itself = circle;
  const shared = { x: 1 };
  log.write('debug', 'too low');
  log.write('warn', 'odd fields', {
    error: new TypeError('bad'),
    big: 1n,
    circle,
    twice: [shared, shared],
    act: () => 1,
  });
  assert.deepEqual(records, [
    {
      time: 5,
      level: 'warn',
      node: 'n3',
      incarnation: 2,
      message: 'odd fields',
      fields: { error: 'bad', big: '1n', circle: { name: 'circle', itself: '(again)' }, twice: [{ x: 1 }, { x: 1 }] },
    },
  ]);
});

test('log: a thread that says too much is cut off for the rest of the second, and how many lines went is told', () => {
  const records: LogRecord[] = [];
  let now = 1_000;
  const log = createRecordLog(
    SELF,
    'info',
    (record) => records.push(record),
    () => now,
  );
  for (let line = 0; line < 5_000; line++) log.write('info', `line ${line}`);
  assert.equal(records.length, 2_000);
  now = 2_000;
  log.write('info', 'later');
  assert.deepEqual(
    records.slice(2_000).map(({ message, fields }) => [message, fields]),
    [
      ['too many log lines; some were left out', { lines: 3_000 }],
      ['later', {}],
    ],
  );
});

test('log: what was given to a port before its thread ended is still taken when the host closes it', () => {
  const { port1, port2 } = new MessageChannel();
  const taken: LogRecord[] = [];
  const reading = readLog(port1, (record) => taken.push(record));
  createRecordLog(SELF, 'info', (record) => port2.postMessage(record)).write('error', 'last words');
  reading.close();
  assert.deepEqual(
    taken.map(({ message }) => message),
    ['last words'],
  );
});
