import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addressOf } from '../../../src/base/index.ts';
import type { Inspection, NodeState } from '../../../src/cluster/index.ts';
import { commandHelp } from '../../../src/edges/cli/commands.ts';
import { figuresOf } from '../../../src/edges/cli/reporters/figures.ts';
import { renderLive } from '../../../src/edges/cli/reporters/live-render.ts';
import {
  initialState,
  type Key,
  type LiveState,
  withFigures,
  withKey,
  withReport,
  withSheet,
} from '../../../src/edges/cli/reporters/live-state.ts';

import { wrapped } from '../../../src/edges/cli/reporters/wrap.ts';
import { inspectReport } from '../../../src/edges/cli/reports.ts';

const WIDE = { columns: 80, rows: 24, color: false };

function nodeReport(id: string, state: NodeState, incarnation = 1) {
  return { event: 'node', t: 1_000, id, incarnation, state, cause: 'boot' } as const;
}

function inspectionOf(ids: string[], messages: number, incarnation = 1): Inspection {
  return {
    view: { epoch: 1, cause: 'boot', members: [] },
    missing: [],
    nodes: ids.map((id) => ({
      id,
      address: addressOf(id, incarnation),
      epoch: 1,
      flushed: 1,
      standing: 'primary',
      ready: true,
      servers: [{ server: 'consul/12', key: '12', state: 'running', mailbox: 0, ageMs: 1 }],
      pending: {},
      digests: {},
      links: [],
      tables: {},
      counters: { messagesIn: messages, messagesOut: messages },
      gauges: { lobbyPort: 8_199 + Number(id.slice(1)), connections: 12, eventLoopDelayMs: 0.42 },
    })),
  };
}

function running(ids = ['n1', 'n2', 'n3', 'n4']): LiveState {
  const started = ids.reduce((state, id) => withReport(state, nodeReport(id, 'up')), initialState('127.0.0.1'));
  const nodes = ids.map((id) => ({ id, lobbyPort: 8_200 }));
  const up = withReport(started, { event: 'up', t: 900, ms: 900, nodes });
  const before = { inspection: inspectionOf(ids, 100), atMs: 0 };
  return withFigures(up, figuresOf({ inspection: inspectionOf(ids, 350), atMs: 500 }, before), []);
}

function withDone(state: LiveState, command: string, ms: number): LiveState {
  return withReport(state, { event: 'done', t: 1_000, command, ms });
}

function key(text: string, name = text, ctrl = false): Key {
  return { name, text, ctrl };
}

function press(state: LiveState, ...keys: Key[]) {
  const lines: string[] = [];
  let interrupts = 0;
  for (const pressed of keys) {
    const result = withKey(state, pressed, WIDE);
    state = result.state;
    if (result.line !== undefined) lines.push(result.line);
    if (result.interrupt) interrupts += 1;
  }
  return { state, lines, interrupts };
}

test('figures: messages per second are a rate, unknown for the first sample and for a new incarnation', () => {
  const first = { inspection: inspectionOf(['n1'], 100), atMs: 1_000 };
  assert.equal(figuresOf(first, undefined)[0]?.messagesPerSecond, null);
  const second = { inspection: inspectionOf(['n1'], 150), atMs: 1_500 };
  assert.equal(figuresOf(second, first)[0]?.messagesPerSecond, 200);
  const restarted = { inspection: inspectionOf(['n1'], 5, 2), atMs: 2_000 };
  assert.equal(figuresOf(restarted, second)[0]?.messagesPerSecond, null);
});

test('live: at 80 columns every node is one row with all its figures', () => {
  const lines = renderLive(running(), WIDE);
  assert.equal(lines.length, 24);
  assert.equal(lines[0], ' muster up · 4 of 4 nodes · view 0 · 127.0.0.1 · 0:00');
  assert.match(lines[1]!, /node +state +port +life +conns +msgs\/s +servers +loop ms$/);
  assert.match(lines[2]!, /^> n1 +up +8200 +1 +12 +1000 +1 +0\.4$/);
  assert.match(lines[5]!, /^ {2}n4 +up +8203 /);
  assert.match(
    lines[23]!,
    /pick {2}k kill {2}s stop\/start {2}a add {2}p pause {2}x\/X cut {2}h heal {2}: type {2}q quit$/,
  );
});

test('live: on a narrow screen columns go, the id and state stay, and no line is too wide', () => {
  const lines = renderLive(running(), { columns: 24, rows: 24, color: false });
  assert.match(lines[1]!, /^ {2}node +state +port$/);
  assert.match(lines[2]!, /^> n1 +up +8200$/);
  assert.ok(lines.join('\n').includes('q quit'));
});

test('live: colours are only there when asked for, and take no room', () => {
  const escapes = /\u001b\[\d+m/g;
  const plain = renderLive(running(), WIDE);
  const colored = renderLive(running(), { ...WIDE, color: true });
  assert.doesNotMatch(plain.join('\n'), escapes);
  assert.match(colored.join('\n'), escapes);
  assert.deepEqual(
    colored.map((line) => line.replace(escapes, '')),
    plain,
  );
});

test('live: whatever the screen and the state, no line is too wide and there are never too many', () => {
  const size = fc.record({ columns: fc.integer({ min: 1, max: 200 }), rows: fc.integer({ min: 1, max: 60 }) });
  const cut = withDone(running(), 'partition n1 | n2 n3 n4', 1);
  const many = running(Array.from({ length: 64 }, (_, at) => `n${at + 1}`));
  const sheet = withSheet(running(), 'commands', commandHelp());
  const state = fc.constantFrom(initialState('::1'), running(), cut, many, press(running(), key(':')).state, sheet);
  fc.assert(
    fc.property(state, size, fc.boolean(), (shown, { columns, rows }, color) => {
      const lines = renderLive(shown, { columns, rows, color });
      assert.equal(lines.length, rows);
      for (const line of lines) {
        assert.ok([...line.replace(/\u001b\[\d+m/g, '')].length <= columns, `${columns}: ${line}`);
      }
    }),
  );
});

test('live: of 64 nodes the list shows those around the selected one', () => {
  const ids = Array.from({ length: 64 }, (_, at) => `n${at + 1}`);
  const down = Array.from({ length: 40 }, () => key('', 'down'));
  const text = renderLive(press(running(ids), ...down).state, WIDE).join('\n');
  assert.match(text, /> n41 /);
  assert.doesNotMatch(text, / n1 /);
});

test('live: a node that died keeps its port, loses its figures, and counts its lives', () => {
  const dead = withReport(running(), nodeReport('n2', 'down'));
  assert.match(renderLive(dead, WIDE)[3]!, /n2 +down +8201 +1 +- +- +- +-$/);
  const again = withReport(dead, nodeReport('n2', 'up', 2));
  const late = withFigures(again, figuresOf({ inspection: inspectionOf(['n2'], 9), atMs: 1 }, undefined), []);
  assert.match(renderLive(late, WIDE)[3]!, /n2 +up +8201 +2 +- /);
});

test('live: a node that does not answer is shown as silent until it does, or lives anew', () => {
  const silent = withFigures(running(), [], ['n2']);
  assert.match(renderLive(silent, WIDE)[3]!, /n2 +up .* silent$/);
  assert.doesNotMatch(renderLive(silent, WIDE)[2]!, /silent/);
  assert.doesNotMatch(renderLive(withReport(silent, nodeReport('n2', 'up', 2)), WIDE)[3]!, /silent/);
});

test('live: a node that joins shows how far it is; only the end of that is an event', () => {
  const joining = withReport(running(), nodeReport('n5', 'starting'));
  const told = [0, 420, 1_000].map((entries) => {
    const report = { event: 'catch-up', t: 1_200, node: 'n5', entries, of: 1_000, ms: 200 } as const;
    return withReport(joining, report);
  });
  const shown = told.map((state) =>
    renderLive(state, WIDE)
      .find((line) => line.includes(' n5 '))!
      .trim(),
  );
  assert.deepEqual(
    shown.map((line) => line.split(/\s+/)[1]),
    ['0%', '42%', '100%'],
  );
  assert.deepEqual(
    told.map(({ events }) => events.length - joining.events.length),
    [0, 0, 1],
  );
  const up = withReport(told[2]!, nodeReport('n5', 'up'));
  assert.ok(renderLive(up, WIDE).some((line) => /n5 +up/.test(line)));
});

test('live: a node that is up and may not act shows that, and one that is cut off shows that', () => {
  const inspection = inspectionOf(['n1', 'n2', 'n3'], 9);
  const nodes = inspection.nodes.map((node, at) => ({
    ...node,
    standing: (['primary', 'doubtful', 'outside'] as const)[at]!,
  }));
  const told = withFigures(running(), figuresOf({ inspection: { ...inspection, nodes }, atMs: 1 }, undefined), []);
  const lines = renderLive(told, WIDE);
  for (const [at, state] of ['up', 'doubtful', 'outside', 'up'].entries())
    assert.match(lines[2 + at]!, new RegExp(`n${at + 1} +${state} +82`));
  const cut = renderLive(withReport(told, nodeReport('n3', 'cut off')), { ...WIDE, color: true });
  assert.match(cut[4]!, /\u001b\[31mcut off/);
  assert.match(cut[4]!, / 12 /, 'it still runs, and shows its figures');
});

test('live: what is too long for the screen is wrapped, at words, under the text it belongs to', () => {
  const refused = {
    event: 'refused',
    t: 1_000,
    command: 'kill n9',
    message: 'there is no node; there are n1, n2',
  } as const;
  const lines = renderLive(withReport(running(), refused), { columns: 34, rows: 24, color: false });
  const at = lines.findIndex((line) => line.includes('refused'));
  assert.deepEqual(lines.slice(at, at + 3), [
    ' 0:01 refused  kill n9: there is',
    '               no node; there are',
    '               n1, n2',
  ]);
});

test('live: that there is no primary component stands at the top until there is one', () => {
  const ids = { reached: ['n1'], unreached: ['n2', 'n3', 'n4'] };
  const none = withReport(running(), { event: 'primary', t: 1_000, exists: false, ...ids });
  const sentence = / no primary component: strong work is refused until heal$/;
  assert.match(renderLive(none, WIDE)[1]!, sentence);
  const again = withReport(none, { event: 'primary', t: 2_000, exists: true, ...ids });
  assert.doesNotMatch(renderLive(again, WIDE)[1]!, sentence);
  assert.ok(renderLive(again, WIDE).some((line) => line.includes('primary  there is a primary component again')));
});

test('live: an answer of many lines lies over the view, all of it can be read, and any other key puts it away', () => {
  const shown = withSheet(running(), 'commands', commandHelp());
  const narrow = { columns: 40, rows: 10, color: false };
  const first = renderLive(shown, narrow);
  assert.equal(first.length, 10);
  assert.equal(first[0], ' commands');
  assert.match(first[9]!, /^ ↑↓ scroll \(1–8 of \d+\), any other ke/);
  let state = shown;
  const seen = new Set(first.slice(1, 9));
  for (let at = 0; at < 40; at++) {
    state = withKey(state, key('', 'down'), narrow).state;
    for (const row of renderLive(state, narrow).slice(1, 9)) seen.add(row);
  }
  const words = (text: string): string => text.replace(/\s+/g, ' ').trim();
  assert.equal(words([...seen].join(' ')), words(commandHelp().join(' ')));
  const last = renderLive(state, narrow);
  state = withKey(state, key('', 'up'), narrow).state;
  assert.notDeepEqual(renderLive(state, narrow), last, 'it did not scroll past its end');
  state = withKey(withKey(state, key('', 'end'), narrow).state, key('', 'pageup'), narrow).state;
  state = withKey(state, key('', 'home'), narrow).state;
  assert.deepEqual(renderLive(state, narrow), first);
  const closed = withKey(state, key('q'), narrow);
  assert.deepEqual([closed.state.sheet, closed.interrupt, closed.line], [undefined, undefined, undefined]);
  assert.equal(withKey(state, key('', 'c', true), narrow).interrupt, true);
});

test('live: inspect shows what it found of every node, and one line of it stays among the events', () => {
  const known = (['up', 'down'] as const).map((nodeState, at) => ({ ...nodeReport(`n${at + 1}`, nodeState) }));
  const report = inspectReport(inspectionOf(['n1'], 9), known, 1_000);
  const text = renderLive(withReport(running(), report), WIDE).join('\n');
  assert.match(
    text,
    /^ inspect\n inspect {2}view 1: n1 up, n2 down\n {3}n1 +up +127\.0\.0\.1:8200, incarnation 1, standing primary\n/,
  );
  assert.match(text, /servers: consul\/12\n/);
  assert.match(text, /n2 +down +no port, incarnation 1, standing unknown\n/);
  assert.match(text, /any key closes$/);
  const after = withKey(withReport(running(), report), key(' '), WIDE).state;
  assert.ok(renderLive(after, WIDE).some((line) => line.includes('inspect  view 1: n1 up, n2 down')));
});

test('live: a crash is told once, by the node', () => {
  const before = running();
  const error = { event: 'error', t: 1_000, code: 'NodeCrashed', message: 'boom', node: 'n2' } as const;
  assert.deepEqual(withReport(before, error).events, before.events);
});

test('wrapped: nothing is lost but spaces, no line is too long, and there is always one', () => {
  const word = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom(' ', '  ', 'a', 'word', 'x'.repeat(50)));
  const text = fc.array(word).map((words) => words.join(''));
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 60 }), (line, width) => {
      const lines = wrapped(line, width);
      assert.ok(lines.length > 0);
      for (const one of lines) assert.ok([...one].length <= width, `${width}: ${one}`);
      assert.equal(lines.join('').replace(/ /g, ''), line.replace(/ /g, ''));
    }),
  );
});

test('live: keys act on the selected node', () => {
  const { lines } = press(
    running(),
    key('2'),
    key('k'),
    key('p'),
    key('x'),
    key('X'),
    key('s'),
    key('a'),
    key('h'),
    key('?'),
  );
  assert.deepEqual(lines, [
    'kill n2',
    'pause n2 1000',
    'partition n2 | n1 n3 n4',
    'partition n2 -> n1 n3 n4',
    'stop n2',
    'add',
    'heal',
    'help',
  ]);
});

test('live: arrows move the selection and stay in the list; a digit without a node does nothing', () => {
  const up = key('', 'up');
  const down = key('', 'down');
  assert.equal(press(running(), up).state.selected, 'n1');
  assert.equal(press(running(), down, down, down, down, down).state.selected, 'n4');
  assert.equal(press(running(), key('9')).state.selected, 'n1');
});

test('live: s starts a node that is stopped, down or failed', () => {
  for (const state of ['stopped', 'down', 'failed'] as const) {
    assert.deepEqual(press(withReport(running(), nodeReport('n1', state)), key('s')).lines, ['start n1']);
  }
});

test('live: a colon opens a command line; return runs it, escape and backspace leave it', () => {
  const typed = [key(':'), ...'killx'].map((item) => (typeof item === 'string' ? key(item) : item));
  const open = press(running(), ...typed, key('', 'backspace'));
  assert.equal(open.state.input, 'kill');
  assert.match(renderLive(open.state, WIDE)[23]!, /^ :kill_$/);
  assert.deepEqual(press(open.state, key(' ', 'space'), key('n'), key('3'), key('', 'return')).lines, ['kill n3']);
  assert.equal(press(open.state, key('', 'escape')).state.input, undefined);
  assert.equal(press(running(), key(':'), key('', 'backspace')).state.input, undefined);
  assert.deepEqual(press(running(), key(':'), key('q'), key('', 'return')), {
    state: { ...running(), input: undefined },
    lines: ['q'],
    interrupts: 0,
  });
});

test('live: q and ctrl-c ask to end, also while the nodes start and while a command is typed', () => {
  assert.equal(press(initialState('::1'), key('q')).interrupts, 1);
  assert.equal(press(running(), key(':'), key('', 'c', true)).interrupts, 1);
  assert.deepEqual(press(initialState('::1'), key('k'), key('a')).lines, []);
});

test('live: the partition made by a command is shown until it is healed', () => {
  const cut = withDone(running(), 'partition n1 | n2 n3 n4', 1);
  assert.match(renderLive(cut, WIDE)[1]!, /cut: n1 \| n2 n3 n4/);
  assert.doesNotMatch(renderLive(withDone(cut, 'heal', 1), WIDE)[1]!, /cut:/);
});
