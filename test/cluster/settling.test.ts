/** What keeps a cluster from being settled, in words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodeStatus } from '../../src/cluster/cluster.ts';
import { NotSettled, unsettled } from '../../src/cluster/settling.ts';
import type { NodeInspection, ViewData } from '../../src/services/index.ts';

const view: ViewData = {
  epoch: 3,
  cause: 'boot',
  members: ['n1', 'n2'].map((id) => ({ id, incarnation: 1, state: 'up' })),
};
const statuses: NodeStatus[] = ['n1', 'n2'].map((id) => ({ id, incarnation: 1, state: 'up', cause: 'boot' }));

function node(id: string, changes: Partial<NodeInspection> = {}): NodeInspection {
  return {
    id,
    address: `${id}#1`,
    epoch: 3,
    flushed: 3,
    standing: 'primary',
    ready: true,
    servers: [],
    pending: { writes: 0 },
    digests: { t: 'a' },
    counters: {},
    gauges: {},
    links: [],
    tables: {},
    ...changes,
  };
}

const open = (...nodes: NodeInspection[]): string[] => unsettled(view, statuses, nodes, []);

test('nothing is open when all have flushed the view, are ready, have nothing pending and are equal', () => {
  assert.deepEqual(open(node('n1'), node('n2')), []);
  assert.deepEqual(unsettled({ ...view, members: [] }, [], [], []), []);
});

test('each thing that is open is named with its node', () => {
  assert.match(open(node('n1'), node('n2', { flushed: 2 })).join(), /n2.*2.*3/);
  assert.match(open(node('n1', { ready: false }), node('n2')).join(), /n1 is not ready/);
  assert.match(open(node('n1', { pending: { writes: 2, asks: 0 } }), node('n2')).join(), /n1 has 2 writes/);
  assert.match(open(node('n1'), node('n2', { digests: { t: 'b' } })).join(), /n1 and n2 differ in t/);
  assert.match(unsettled(view, statuses, [node('n1')], ['n2']).join(), /n2 does not answer/);
  const joining: ViewData = { ...view, members: [view.members[0]!, { id: 'n2', incarnation: 1, state: 'joining' }] };
  assert.match(unsettled(joining, statuses, [node('n1'), node('n2')], []).join(), /n2 is joining/);
  const starting: NodeStatus[] = [statuses[0]!, { ...statuses[1]!, state: 'starting' }];
  assert.match(unsettled(view, starting, [node('n1'), node('n2')], []).join(), /n2 is starting/);
});

test('NotSettled carries the list', () => {
  const error = new NotSettled(['a', 'b'], 50);
  assert.equal(error.code, 'NotSettled');
  assert.deepEqual(error.details.open, ['a', 'b']);
  assert.match(error.message, /50 ms: a; b/);
});
