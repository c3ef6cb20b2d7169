/** Which side everybody is on in a partition. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completeGroups } from '../../src/cluster/partition.ts';
import { partitionFaults } from '../../src/ports/index.ts';

const AGES = ['n1', 'n2', 'n3', 'n4'];

test('the authority, unnamed, stands with the largest group, of equals with the oldest node; named, where it is', () => {
  assert.deepEqual(completeGroups([['n1'], ['n2', 'n3', 'n4']], AGES), [['n1'], ['n2', 'n3', 'n4', 'authority']]);
  assert.deepEqual(
    completeGroups(
      [
        ['n3', 'n4'],
        ['n1', 'n2'],
      ],
      AGES,
    ),
    [
      ['n3', 'n4'],
      ['n1', 'n2', 'authority'],
    ],
  );
  assert.deepEqual(
    completeGroups(
      [
        ['n1', 'authority'],
        ['n2', 'n3', 'n4'],
      ],
      AGES,
    ),
    [
      ['n1', 'authority'],
      ['n2', 'n3', 'n4'],
    ],
  );
});

test('nodes named nowhere stand with the authority', () => {
  assert.deepEqual(completeGroups([['n1'], ['n2', 'n3']], AGES), [['n1'], ['n2', 'n3', 'authority', 'n4']]);
});

test('fewer than two groups, an empty one, unknown ids and ids named twice are refused', () => {
  for (const bad of [[], [['n1']], [['n1'], []], [['n1'], ['n9']], [['n1'], ['n1', 'n2']]]) {
    assert.throws(() => completeGroups(bad, AGES), { code: 'InvalidValue' });
  }
});

test('a partition drops every link between groups, both ways, and none within', () => {
  const faults = partitionFaults([['a', 'b'], ['c']]).map(({ from, to }) => `${from}${to}`);
  assert.deepEqual(faults.sort(), ['ac', 'bc', 'ca', 'cb']);
});
