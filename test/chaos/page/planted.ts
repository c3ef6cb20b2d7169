/** A small failed run, made by hand: a stale read in a partition, with everything that a page can draw. */

import { History, type Operation } from '../../../src/chaos/history.ts';
import type { Failure, Message, Saying } from '../../../src/chaos/page/failure.ts';

export const REPLAY = 'muster simulate --seed 42';

export interface Planted {
  readonly failure: Failure;
  readonly write: Operation;
  readonly stale: Operation;
}

export function message(sentAt: number, from: string, to: string, more: Partial<Message> = {}): Message {
  const says: Saying[] = [{ service: 'cache registers', text: 'write 7: put registers/a = 1', about: 'registers/a' }];
  return {
    sentAt,
    at: sentAt + 0.4,
    from,
    to,
    lane: 'direct',
    bytes: 10,
    fate: 'arrived',
    why: undefined,
    says,
    ...more,
  };
}

export function planted(): Planted {
  let now = 0;
  const history = new History(() => now);
  const at = (time: number): void => {
    now = time;
  };
  const members = ['n1#1 up', 'n2#1 up', 'n3#1 up'];
  history.note('authority', 'decided', { epoch: 1, cause: 'boot', members });
  for (const node of ['n1#1', 'n2#1', 'n3#1']) history.note(node, 'view', { epoch: 1, members });
  at(100);
  history.note('cluster', 'partition', { side: ['n1', 'authority'], rest: ['n2', 'n3'] });
  at(200);
  const write = history.begin('n1#1', 'put', 'a', null);
  at(201.5);
  history.succeed(write, undefined);
  history.note('n3#1', 'paused', { ms: 40 });
  at(203);
  const stale = history.begin('n2#1', 'read', 'a', null);
  at(204);
  history.succeed(stale, '</script><b>null</b>');
  at(205);
  history.note('n3#1', 'killed');
  at(206);
  history.note('authority', 'decided', { epoch: 2, cause: 'death n3', members: members.slice(0, 2) });
  history.note('cluster', 'heal', {});
  at(5_000);
  history.note('n1#1', 'view', { epoch: 3, members: members.slice(0, 2) });
  const messages = [
    message(200.2, 'n1#1', 'n2#1', { at: 200.2, fate: 'dropped', why: 'the link n1 → n2 was cut' }),
    message(200.3, 'n1#1', 'n3#1'),
    message(204.9, 'n3#1', 'n1#1', { fate: 'lost', why: 'its sender crashed' }),
    message(205.1, 'authority#1', 'n1#1', { says: [{ service: 'authority', text: 'beat', routine: true }] }),
    message(4_000, 'n1#1', 'n2#1', { says: [{ service: 'pubsub', text: 'publish far away: 1' }] }),
  ];
  const failure: Failure = {
    seed: 42,
    replay: REPLAY,
    setting: ['partition', 'crash'],
    violations: [
      {
        promise: 'P5: owned caches are linearizable per key',
        problem: 'register a: no order of the operations explains #2',
        matters: [write, stale],
      },
    ],
    operations: history.operations,
    happenings: history.happenings,
    messages,
    lives: ['authority#1', 'n1#1', 'n2#1', 'n3#1'].map((address) => ({
      address,
      from: 0,
      crashedAt: address === 'n3#1' ? 205 : undefined,
    })),
  };
  return { failure, write, stale };
}
