/** Ending a thread: asked again until it has ended, and not afterwards. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { it, mock } from 'node:test';
import { Worker } from 'node:worker_threads';
import { endThread } from '../../../src/cluster/threads/end-thread.ts';

/** A thread that loses so many requests to end, as Node's do now and then. */
class Deaf extends EventEmitter {
  asked = 0;
  readonly #loses: number;

  constructor(loses: number) {
    super();
    this.#loses = loses;
  }

  async terminate(): Promise<number> {
    this.asked += 1;
    if (this.asked > this.#loses) this.emit('exit', 1);
    return 1;
  }
}

it('a request that is lost is made again, in growing steps, until the thread has ended', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const thread = new Deaf(12);
    let ended = false;
    const end = endThread(thread).then(() => (ended = true));
    assert.equal(thread.asked, 1, 'at once');
    mock.timers.tick(50);
    assert.equal(thread.asked, 2);
    mock.timers.tick(99);
    assert.equal(thread.asked, 2);
    mock.timers.tick(1);
    assert.equal(thread.asked, 3);
    for (let ms = 200; thread.asked < 13; ms *= 2) mock.timers.tick(ms);
    await end;
    assert.ok(ended);
    mock.timers.tick(1_000_000_000);
    assert.equal(thread.asked, 13, 'never after the end');
  } finally {
    mock.timers.reset();
  }
});

it('a thread that begins to loop for ever just when it is asked to end, ends', async () => {
  for (let round = 0; round < 10; round += 1) {
    const worker = new Worker(
      `require('node:worker_threads').parentPort.on('message', () => { for (;;); }).postMessage('ready')`,
      { eval: true },
    );
    await once(worker, 'message');
    worker.postMessage('loop');
    await endThread(worker);
  }
});
