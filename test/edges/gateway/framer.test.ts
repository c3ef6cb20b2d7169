/** Bytes to lines, however the network cuts them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Framer } from '../../../src/edges/gateway/framer.ts';

/** All lines, and the fault that ended them. */
function frame(chunks: readonly Buffer[], limit = 1_000): { lines: string[]; fault: string | undefined } {
  const framer = new Framer(limit);
  const lines: string[] = [];
  for (const chunk of chunks) {
    framer.push(chunk);
    for (let next = framer.next(); next; next = framer.next()) {
      if (next.kind === 'fault') return { lines, fault: next.fault };
      lines.push(next.line);
    }
  }
  return { lines, fault: undefined };
}

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let from = 0;
  for (const size of sizes) {
    chunks.push(bytes.subarray(from, from + size));
    from += size;
  }
  chunks.push(bytes.subarray(from));
  return chunks;
}

test('framer: LF ends a line, a CR before it is dropped, empty lines and leading spaces are skipped', () => {
  const { lines } = frame([Buffer.from('PING\r\n\n\r\n   \n  SAY main  a b \nhalf')]);
  assert.deepEqual(lines, ['PING', 'SAY main  a b ']);
});

test('framer: a character cut between two packets is whole', () => {
  const bytes = Buffer.from('SAY main 🦉é\n');
  for (let at = 0; at <= bytes.length; at++) {
    assert.deepEqual(frame([bytes.subarray(0, at), bytes.subarray(at)]).lines, ['SAY main 🦉é']);
  }
});

test('framer: any cutting of the same bytes gives the same lines and the same fault', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => Buffer.from(text)),
    fc.constantFrom('\n', '\r\n', '\r', ' ', '\t', 'x'.repeat(30)).map((text) => Buffer.from(text)),
    fc.constantFrom(Buffer.from([0xff]), Buffer.from([0xc3]), Buffer.from([0xed, 0xa0, 0x80])),
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 40 }),
      fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 200 }),
      (pieces, sizes) => {
        const bytes = Buffer.concat([...pieces, Buffer.from('\n')]);
        assert.deepEqual(frame(cut(bytes, sizes), 40), frame([bytes], 40));
      },
    ),
    { numRuns: 1_000 },
  );
});

test('framer: a line at the limit passes, one character more does not, and characters are not bytes', () => {
  assert.deepEqual(frame([Buffer.from(`${'é'.repeat(10)}\n`)], 10).lines, ['é'.repeat(10)]);
  assert.deepEqual(frame([Buffer.from(`${'🦉'.repeat(10)}\n`)], 10).lines, ['🦉'.repeat(10)]);
  assert.equal(frame([Buffer.from(`${'é'.repeat(11)}\n`)], 10).fault, 'line too long');
});

test('framer: bytes without a line end are bounded', () => {
  const framer = new Framer(10);
  framer.push(Buffer.alloc(1_000, 'a'));
  assert.deepEqual(framer.next(), { kind: 'fault', fault: 'line too long' });
  framer.push(Buffer.alloc(1_000_000, 'a'));
  assert.equal(framer.buffered, 0);
  assert.deepEqual(framer.next(), { kind: 'fault', fault: 'line too long' });
});

test('framer: lines before a fault are given first', () => {
  assert.deepEqual(frame([Buffer.from('PING\n'), Buffer.from([0xff, 0x0a]), Buffer.from('PING\n')]), {
    lines: ['PING'],
    fault: 'invalid UTF-8',
  });
});

test('framer: a limit that grows holds from the next line on', () => {
  const framer = new Framer(5);
  framer.push(Buffer.from(`LOGIN\n${'x'.repeat(100)}\n`));
  assert.deepEqual(framer.next(), { kind: 'line', line: 'LOGIN' });
  framer.limit = 100;
  assert.deepEqual(framer.next(), { kind: 'line', line: 'x'.repeat(100) });
});

test('framer: one byte at a time is counted and given as one line', () => {
  const bytes = Buffer.from(`SAY main ${'long '.repeat(700)}\n`);
  const chunks = [...bytes].map((byte) => Buffer.from([byte]));
  assert.equal(frame(chunks, 10_000).lines.length, 1);
});
