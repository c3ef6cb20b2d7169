/** Lines taken apart and put together. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Arguments,
  BadArguments,
  formatLine,
  joinSentences,
  parseLine,
} from '../../../../src/edges/gateway/protocol/grammar.ts';

const lines: [line: string, prefix: string, command: string, rest: string][] = [
  ['PING', '', 'PING', ''],
  ['ping', '', 'PING', ''],
  ['#4 PING', '#4 ', 'PING', ''],
  ['#2147483647 SAY main hi  there', '#2147483647 ', 'SAY', 'main hi  there'],
  ['#2147483648 PING', '', '#2147483648', 'PING'],
  ['#99999999999999999999 PING', '', '#99999999999999999999', 'PING'],
  ['#x PING', '', '#x', 'PING'],
  ['# PING', '', '#', 'PING'],
  ['#5', '', '#5', ''],
  ['#5   PING', '#5 ', 'PING', ''],
  ['c.battles.list_ids', '', 'c.battles.list_ids', ''],
  ['C.battles', '', 'C.battles', ''],
  ['SAY main  two spaces', '', 'SAY', 'main  two spaces'],
  ['JOINBATTLE 3  script', '', 'JOINBATTLE', '3  script'],
  ['é\u0000x', '', 'é\u0000x', ''],
];

for (const [line, prefix, command, rest] of lines) {
  test(`parse: ${JSON.stringify(line)} is ${JSON.stringify(command)} with ${JSON.stringify(rest)}`, () => {
    assert.deepEqual(parseLine(line), { prefix, command, rest });
  });
}

test('arguments: words end at one space, sentences at a TAB, and the first sentence follows the last word', () => {
  const args = new Arguments('name hash 0 * SPADS v0.13\t1993717506 0d04\tb sp');
  assert.equal(args.word('name'), 'name');
  assert.equal(args.word('password'), 'hash');
  assert.equal(args.optionalWord(), '0');
  assert.equal(args.optionalWord(), '*');
  assert.deepEqual(args.sentences(), ['SPADS v0.13', '1993717506 0d04', 'b sp']);
  assert.deepEqual(args.sentences(), []);
});

test('arguments: two spaces are an empty word between them', () => {
  const args = new Arguments('3  secret');
  assert.equal(args.integer('battle'), 3);
  assert.equal(args.optionalWord(), '');
  assert.equal(args.optionalWord(), 'secret');
  assert.equal(args.optionalWord(), undefined);
});

test('arguments: of a number with a note only the leading digits count', () => {
  assert.equal(new Arguments('4195330(team=16)').leadingInteger('status'), 4_195_330);
  assert.equal(new Arguments('2147483647').leadingInteger('status'), 2_147_483_647);
});

const wrong: [claim: string, rest: string, read: (args: Arguments) => unknown][] = [
  ['a missing word', '', (args) => args.word('name')],
  ['an empty word', ' x', (args) => args.word('name')],
  ['a word with a TAB', 'a\tb', (args) => args.word('name')],
  ['a word for a number', 'abc', (args) => args.integer('battle')],
  ['a fraction', '1.5', (args) => args.integer('battle')],
  ['a hexadecimal number', '0x10', (args) => args.integer('battle')],
  ['a negative number', '-1', (args) => args.integer('battle')],
  ['a number above 2^31 - 1', '2147483648', (args) => args.integer('battle')],
  ['a number of 400 digits', '9'.repeat(400), (args) => args.integer('battle')],
  ['a status of 400 digits', '9'.repeat(400), (args) => args.leadingInteger('status')],
  ['a status above 2^31 - 1', '2147483648', (args) => args.leadingInteger('status')],
  ['a negative status', '-1', (args) => args.leadingInteger('status')],
  ['a missing text', '', (args) => args.text('text')],
  ['a blank text', '   ', (args) => args.text('text')],
];

for (const [claim, rest, read] of wrong) {
  test(`arguments: ${claim} is refused`, () => {
    assert.throws(() => read(new Arguments(rest)), BadArguments);
  });
}

test('arguments: remaining words are separated by spaces or TABs', () => {
  assert.deepEqual(new Arguments('a/b  c\td ').words(), ['a/b', 'c', 'd']);
});

test('format: nothing in a text can end the line', () => {
  assert.equal(formatLine('SAID', 'main', 'bob', 'hi\r\nADDUSER x'), 'SAID main bob hi ADDUSER x');
  assert.equal(formatLine('LOGININFOEND'), 'LOGININFOEND');
});

test('format: a TAB inside a sentence cannot make two of it', () => {
  assert.equal(joinSentences(['spring', 'a\tb', 7]), 'spring\ta b\t7');
});
