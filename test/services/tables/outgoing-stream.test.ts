/** The owner's stream: committed when every voter has it, kept until every peer has it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutgoingStream } from '../../../src/services/tables/outgoing-stream.ts';

function next(stream: OutgoingStream): void {
  stream.next((sequence) => ({
    sequence,
    epoch: 1,
    table: 0,
    key: 'k',
    deleted: false,
    value: 0,
    expires: 0,
    mark: null,
  }));
}

test('whenCommitted waits for every voter and for nothing written later; a learner is not waited for', () => {
  const stream = new OutgoingStream();
  stream.setPeers(['a#1', 'b#1', 'c#1'], ['a#1', 'b#1']);
  const done: number[] = [];
  stream.whenCommitted(() => done.push(0));
  assert.deepEqual(done, [0], 'nothing is open');
  next(stream);
  stream.whenCommitted(() => done.push(1));
  next(stream);
  stream.whenCommitted(() => done.push(2));
  stream.acknowledge('a#1', 2);
  assert.deepEqual(done, [0]);
  stream.acknowledge('b#1', 1);
  assert.deepEqual(done, [0, 1]);
  stream.acknowledge('b#1', 1);
  stream.acknowledge('b#1', 2);
  assert.deepEqual(done, [0, 1, 2]);
  assert.equal(stream.pending, 0);
});

test('a voter that leaves is waited for no longer; one that joins has to apply only what comes from now on', () => {
  const stream = new OutgoingStream();
  stream.setPeers(['a#1', 'b#1'], ['a#1', 'b#1']);
  next(stream);
  let done = false;
  stream.whenCommitted(() => {
    done = true;
  });
  stream.acknowledge('a#1', 1);
  stream.setPeers(['a#1', 'c#1'], ['a#1', 'c#1']);
  assert.equal(done, true);
  assert.deepEqual(stream.unacknowledged('c#1'), []);
  next(stream);
  assert.deepEqual(
    stream.unacknowledged('c#1').map(({ sequence }) => sequence),
    [2],
  );
});

test('trim keeps what a learner lacks, and tells how far everybody is', () => {
  const stream = new OutgoingStream();
  stream.setPeers(['a#1', 'l#1'], ['a#1']);
  for (let at = 0; at < 3; at++) next(stream);
  stream.acknowledge('a#1', 3);
  stream.acknowledge('l#1', 1);
  assert.equal(stream.trim(), 1);
  assert.deepEqual(
    stream.unstable().map(({ sequence }) => sequence),
    [2, 3],
  );
  stream.acknowledge('l#1', 3);
  assert.equal(stream.trim(), 3);
  assert.deepEqual(stream.unstable(), []);
});

test('alone a write is committed at once', () => {
  const stream = new OutgoingStream();
  stream.setPeers([], []);
  next(stream);
  stream.advance();
  assert.equal(stream.pending, 0);
});
