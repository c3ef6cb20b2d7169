import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Refused } from '../../../src/base/index.ts';
import { type Call, commandHelp, commands, parseLine, shownLine } from '../../../src/edges/cli/commands.ts';

const KNOWN = ['n1', 'n2', 'n3', 'n4'];

function parsed(line: string): Pick<Call, 'name' | 'args'> {
  const { name, args } = parseLine(line, KNOWN) ?? assert.fail(`${line}: taken for an empty line`);
  return { name, args };
}

function refusal(line: string): string {
  try {
    parseLine(line, KNOWN);
  } catch (error) {
    assert.ok(error instanceof Refused, String(error));
    return error.message;
  }
  return assert.fail(`${line} was accepted`);
}

test('commands: each is understood as documented', () => {
  assert.deepEqual(parsed('kill n2'), { name: 'kill', args: 'n2' });
  assert.deepEqual(parsed('stop n1'), { name: 'stop', args: 'n1' });
  assert.deepEqual(parsed('start n4'), { name: 'start', args: 'n4' });
  assert.deepEqual(parsed('restart n4'), { name: 'restart', args: 'n4' });
  assert.deepEqual(parsed('add'), { name: 'add', args: undefined });
  assert.deepEqual(parsed('pause n3 500'), { name: 'pause', args: { id: 'n3', ms: 500 } });
  assert.deepEqual(parsed('partition n1 | n2 n3 n4'), { name: 'partition', args: [['n1'], ['n2', 'n3', 'n4']] });
  for (const name of ['heal', 'view', 'inspect', 'help', 'quit']) assert.equal(parsed(name).name, name);
});

test('commands: every usage shown in the help is itself a command that parses', () => {
  for (const [name, { usage }] of commands) assert.equal(parsed(usage).name, name);
  assert.equal(commandHelp().length, commands.size);
});

test('commands: spaces, tabs and a carriage return around words do not matter', () => {
  assert.deepEqual(parsed('  kill \t n2 \r'), { name: 'kill', args: 'n2' });
  assert.deepEqual(parsed('partition n1|n2   n3 |n4'), { name: 'partition', args: [['n1'], ['n2', 'n3'], ['n4']] });
});

test('commands: an empty line is nothing', () => {
  assert.equal(parseLine('', KNOWN), undefined);
  assert.equal(parseLine(' \r', KNOWN), undefined);
});

test('commands: a bad line is refused with what was wrong and what was expected', () => {
  assert.match(refusal('explode n2'), /^unknown command "explode"; there are kill, stop, /);
  assert.match(refusal('KILL n2'), /^unknown command "KILL"/);
  assert.match(refusal('constructor'), /^unknown command "constructor"/);
  assert.match(refusal('kill'), /^the node is missing; expected: kill n2$/);
  assert.match(refusal('kill n9'), /^there is no node "n9"; there are n1, n2, n3, n4$/);
  assert.match(refusal('kill n1 n2'), /^"n2" is too much; expected: kill n2$/);
  assert.match(refusal('heal n1'), /^"n1" is too much; expected: heal$/);
  assert.match(refusal('pause'), /^the node is missing/);
  assert.match(refusal('pause n3'), /^the time in ms is missing; expected: pause n3 500$/);
  assert.match(refusal('pause n3 1 2'), /^"2" is too much/);
  for (const ms of ['0', '-5', '1.5', 'soon', '60001', '99999999999', 'NaN']) {
    assert.match(refusal(`pause n3 ${ms}`), /is not a whole number of ms from 1 to 60000/);
  }
});

test('commands: partition: fewer than two groups, an empty one, an unknown node, a node named twice are refused', () => {
  assert.match(refusal('partition'), /^a partition has at least two groups/);
  assert.match(refusal('partition n1 n2'), /^a partition has at least two groups/);
  assert.match(refusal('partition n1 |'), /^a group of the partition is empty/);
  assert.match(refusal('partition | n1'), /^a group of the partition is empty/);
  assert.match(refusal('partition n1 || n2'), /^a group of the partition is empty/);
  assert.match(refusal('partition n1 | n7'), /^there is no node "n7"/);
  assert.match(refusal('partition n1 | n2 n1'), /^n1 is named twice/);
  assert.match(refusal('partition n1 n1 | n2'), /^n1 is named twice/);
});

test('commands: partition: one way, and several clauses, are exact cuts between those named', () => {
  const one = [{ from: ['n1'], to: ['n2', 'n3'], oneWay: true }];
  assert.deepEqual(parsed('partition n1 -> n2 n3').args, one);
  assert.deepEqual(parsed('partition n1->n2   n3 ').args, one);
  assert.deepEqual(parsed('partition n1 | n2 ; n3 | n4').args, [
    { from: ['n1'], to: ['n2'] },
    { from: ['n3'], to: ['n4'] },
  ]);
  assert.deepEqual(parsed('partition n1|n2|n3;authority n3->n4').args, [
    { from: ['n1'], to: ['n2'] },
    { from: ['n1'], to: ['n3'] },
    { from: ['n2'], to: ['n3'] },
    { from: ['authority', 'n3'], to: ['n4'], oneWay: true },
  ]);
});

test('commands: partition: a bad clause is refused with what was wrong', () => {
  assert.match(
    refusal('partition n1 -> n2 -> n3'),
    /^a cut one way has two sides; expected: partition n1 \| n2 n3 n4, /,
  );
  assert.match(refusal('partition n1 | n2 -> n3'), /^a clause has either \| or ->, not both/);
  assert.match(refusal('partition n1 ->'), /^a group of the partition is empty/);
  assert.match(refusal('partition n1 -> n1'), /^n1 is named twice/);
  assert.match(refusal('partition n1 -> n9'), /^there is no node "n9"/);
  assert.match(refusal('partition n1 | n2 ;'), /^a clause of the partition is empty/);
  assert.match(refusal('partition ; n1 | n2'), /^a clause of the partition is empty/);
  assert.match(refusal('partition n1 | n2 ; n3'), /^a partition has at least two groups/);
  assert.match(
    refusal('partition n1 > n2'),
    /^a partition has at least two groups, separated by \| \(or ->, one way\)/,
  );
});

test('commands: partition: the authority may be named as a party', () => {
  assert.deepEqual(parsed('partition authority n1 | n2').args, [['authority', 'n1'], ['n2']]);
});

test('commands: a line too long is refused, and shown shortened and printable', () => {
  assert.match(refusal(`kill ${'n'.repeat(3_000)}`), /at most 2000 characters/);
  assert.equal(shownLine('x'.repeat(3_000)).length, 200);
  assert.equal(shownLine('\u001b[31mkill\u0007 n2\r\n'), 'kill n2');
});

test('commands: no line crashes the parser, and no refusal has a control character', () => {
  const word = fc.oneof(
    fc.constantFrom(...commands.keys(), ...KNOWN, '|', '->', ';', '500', 'authority'),
    fc.string({ unit: 'binary' }),
  );
  const line = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(word, { maxLength: 8 }).map((words) => words.join(' ')),
  );
  fc.assert(
    fc.property(line, (text) => {
      try {
        parseLine(text, KNOWN);
      } catch (error) {
        assert.ok(error instanceof Refused, String(error));
        assert.doesNotMatch(error.message, /[\u0000-\u001f\u007f]/);
      }
    }),
    { numRuns: 2_000 },
  );
});
