import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { ReadStream, WriteStream } from 'node:tty';
import type { Key } from '../../../src/edges/cli/reporters/live-state.ts';
import { ttyTerminal } from '../../../src/edges/cli/terminal.ts';

/** Streams that say they are a terminal, and what was done to them. */
function fakeTty() {
  const raw: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (mode: boolean) => raw.push(mode) });
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns: 60, rows: 10 });
  const stderr = Object.assign(new PassThrough(), { isTTY: true });
  const terminal = ttyTerminal(
    stdin as unknown as ReadStream,
    stdout as unknown as WriteStream,
    stderr as unknown as NodeJS.WriteStream,
  );
  const shown = (): string => String(stdout.read() ?? '');
  return { raw, stdin, stdout, stderr, terminal, shown };
}

const deaf = { onKey: () => {}, onResize: () => {}, onText: () => {} };

test('terminal: close gives the mode, the cursor and the screen back, and is safe twice', () => {
  const { raw, terminal, shown, stdin } = fakeTty();
  const before = process.listenerCount('exit');
  terminal.open(deaf);
  assert.match(shown(), /\u001b\[\?1049h\u001b\[\?25l/);
  terminal.close();
  terminal.close();
  assert.deepEqual(raw, [true, false]);
  assert.equal(shown(), '\u001b[?7h\u001b[?25h\u001b[?1049l');
  assert.equal(process.listenerCount('exit'), before);
  assert.ok(stdin.isPaused());
});

test('terminal: nothing is drawn before it is open, after it is closed, or when nothing changed', () => {
  const { terminal, shown, stdout } = fakeTty();
  terminal.draw(['early']);
  assert.equal(shown(), '');
  terminal.open(deaf);
  shown();
  terminal.draw(['a', 'b']);
  assert.equal(shown(), '\u001b[Ha\u001b[K\r\nb\u001b[K\u001b[J');
  terminal.draw(['a', 'b']);
  assert.equal(shown(), '');
  stdout.emit('resize');
  terminal.draw(['a', 'b']);
  assert.notEqual(shown(), '', 'a resized screen is drawn anew');
  terminal.close();
  shown();
  terminal.draw(['late']);
  assert.equal(shown(), '');
});

test('terminal: keys come one by one, arrows and control keys by their name', async () => {
  const { terminal, stdin } = fakeTty();
  const keys: Key[] = [];
  terminal.open({ ...deaf, onKey: (key) => keys.push(key) });
  stdin.write('k\u001b[B:\u0003');
  const deadline = performance.now() + 5_000;
  while (keys.length < 4 && performance.now() < deadline) await new Promise(setImmediate);
  terminal.close();
  assert.deepEqual(keys, [
    { name: 'k', ctrl: false, text: 'k' },
    { name: 'down', ctrl: false, text: '' },
    { name: '', ctrl: false, text: ':' },
    { name: 'c', ctrl: true, text: '' },
  ]);
});

test('terminal: what others write to stderr is caught as plain lines while it is open, and passes again afterwards', async () => {
  const { terminal, stderr } = fakeTty();
  const lines: string[] = [];
  terminal.open({ ...deaf, onText: (caught) => lines.push(...caught) });
  await new Promise((written) => stderr.write('\u001b[31mone\u001b[0m\n\ntwo\n', written));
  stderr.write(new TextEncoder().encode('three\n'));
  terminal.close();
  stderr.write('after');
  assert.deepEqual(lines, ['one', 'two', 'three']);
  assert.equal(String(stderr.read()), 'after');
});
