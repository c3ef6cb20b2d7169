/** The checkers of interest, gaps and queues can fail: a small history that breaks the promise, and one that does not. */
import test from 'node:test';
import { checkGaps } from '../../src/chaos/checkers/gaps.ts';
import { checkInterest } from '../../src/chaos/checkers/interest.ts';
import { checkQueues, QUEUE_BOUNDS } from '../../src/chaos/checkers/queues.ts';
import { History } from '../../src/chaos/index.ts';
import { breaks, holds } from './judging.ts';

const MEGABYTE = 1024 * 1024;

test('interest: a message to a node that does not listen, and one that a listener did not get, are found', () => {
  const probed = (received: Record<string, number>): History => {
    const history = new History();
    history.note('n1#1', 'interest probed', { topic: 'room a', sent: 30, listeners: ['n2#1'], received });
    return history;
  };
  holds(checkInterest, probed({ 'n2#1': 33, 'n3#1': 3 }));
  breaks(checkInterest, probed({ 'n2#1': 33, 'n3#1': 30 }), /n3#1 does not listen to room a and got 30/);
  breaks(checkInterest, probed({ 'n2#1': 29, 'n3#1': 0 }), /n2#1 listens to room a and got 29/);
});

/** Messages 1 … `count` of n1#1, of which n2#1 hears some and is told of gaps before the next. */
function flooded(
  count: number,
  script: (act: { hear(number: number): void; gap(missed: number): void }) => void,
): History {
  const history = new History();
  const subscription = 's';
  history.note('n2#1', 'subscribed', { subscription, topic: 'flood' });
  for (let number = 1; number <= count; number++) {
    history.note('n1#1', 'published', { topic: 'flood', number, bytes: MEGABYTE });
  }
  script({
    hear: (number) => history.note('n2#1', 'heard', { subscription, topic: 'flood', from: 'n1#1', number }),
    gap: (missed) => history.note('n2#1', 'gap', { subscription, origin: 'n1', missed }),
  });
  return history;
}

test('gaps: a drop that is not told, one told with a wrong count, and one told too late are found', () => {
  holds(
    checkGaps,
    flooded(4, ({ hear, gap }) => [hear(1), gap(2), hear(4)]),
  );
  breaks(
    checkGaps,
    flooded(4, ({ hear }) => [hear(1), hear(4)]),
    /missed 2 messages of n1#1 before #4 and was told of 0/,
  );
  breaks(
    checkGaps,
    flooded(4, ({ hear, gap }) => [hear(1), gap(1), hear(4)]),
    /missed 2 .* told of 1/,
  );
  breaks(
    checkGaps,
    flooded(4, ({ hear, gap }) => [hear(1), hear(4), gap(2)]),
    /missed 2 .* told of 0/,
  );
  breaks(
    checkGaps,
    flooded(2, ({ hear }) => [hear(1)]),
    /missed 1 messages of n1#1 at the end/,
  );
});

test('gaps: after a fault that loses frames nobody can tell', () => {
  const history = flooded(2, ({ hear }) => [hear(1)]);
  history.note('cluster', 'cut', { from: 'n1', to: 'n2' });
  holds(checkGaps, history);
});

test('credit: more under way than a link may hold is found', () => {
  const all = (count: number): History =>
    flooded(count, ({ hear }) => {
      for (let number = 1; number <= count; number++) hear(number);
    });
  holds(checkGaps, all(9));
  breaks(checkGaps, all(10), /10485760 bytes of n1#1 are under way to n2#1/);
});

test('credit: a drop that a subscriber was told of and the publisher did not count is found', () => {
  const counted = (publishDropped: number): History => {
    const history = flooded(3, ({ hear, gap }) => [hear(1), gap(1), hear(3)]);
    history.note('n1#1', 'inspected', { publishDropped });
    return history;
  };
  holds(checkGaps, counted(1));
  breaks(checkGaps, counted(0), /counted 0 drops, and a subscriber was told of 1/);
});

test('queues: each of them longer than its bound is found, and named once', () => {
  for (const [queue, bound] of Object.entries(QUEUE_BOUNDS)) {
    const history = new History();
    history.note('n1#1', 'inspected', { [queue]: bound });
    holds(checkQueues, history);
    history.note('n1#1', 'inspected', { [queue]: bound + 1 });
    breaks(checkQueues, history, new RegExp(`^${queue} of n1#1 holds ${bound + 1}`));
  }
});
