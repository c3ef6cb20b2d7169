/** The page of metrics, read by a parser of the text format (Prometheus, exposition formats 0.0.4) as strict as a scraper. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ClusterInspection, renderMetrics } from '../../../src/edges/control/index.ts';

type Told = NonNullable<ClusterInspection['nodes'][number]['told']>;

const TOLD: Told = {
  standing: 'primary',
  epoch: 7,
  ready: true,
  servers: [
    { server: 'consul/1', key: '1', state: 'running', mailbox: 3, ageMs: 10 },
    { server: 'consul/2', key: '2', state: 'running', mailbox: 5, ageMs: 10 },
    { server: 'odd "name"\n', key: '', state: 'failed', mailbox: 0, ageMs: 0 },
  ],
  links: [{ peer: 'n2#1', framesOut: 10, bytesOut: 1_000, framesIn: 20, bytesIn: 2_000 }],
  tables: { 'cache lobbies': 2, 'registry sessions': 40, 'odd "table"\\\n': 1 },
  pending: { requests: 1 },
  counters: { messagesOut: 11, publishDropped: 2, writesRetained: 4 },
  gauges: {
    sessions: 40,
    eventLoopDelayMs: 12.5,
    heapUsedBytes: 1_000_000,
    lobbyPort: 8_200,
    nodeUp: 9,
    broken: Number.NaN,
  },
};

const INSPECTION: ClusterInspection = {
  view: { epoch: 7, cause: 'boot', members: [] },
  nodes: [
    { id: 'n1', incarnation: 2, state: 'up', cause: 'restart', told: TOLD },
    { id: 'n2', incarnation: 1, state: 'up', cause: 'boot', told: null },
    { id: 'n3', incarnation: 1, state: 'stopped', cause: 'stop', told: null },
  ],
};

interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: Map<string, number>;
}

/** Throws at the first line that a scraper would not take. */
function parse(text: string): Map<string, Family> {
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let help = '';
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, word, name, rest] = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line) ?? [];
    if (word === 'HELP') help = rest!;
    else if (word === 'TYPE') {
      assert.ok(!families.has(name!), `${name} is there twice`);
      assert.ok(['gauge', 'counter'].includes(rest!), line);
      assert.ok(help.length > 10, `${name} says what it is`);
      families.set(name!, { type: rest!, help, samples: new Map() });
    } else {
      const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?[0-9.e+-]+)$/.exec(line);
      assert.ok(sample, `not a sample: ${line}`);
      const family = families.get(sample[1]!);
      assert.ok(family, `${sample[1]} has no type`);
      const labels = labelsOf(sample[2] ?? '');
      const id = `${sample[1]} ${JSON.stringify(labels)}`;
      assert.ok(!seen.has(id), `${id} is there twice`);
      seen.add(id);
      assert.ok(Number.isFinite(Number(sample[3])), line);
      family.samples.set(labels.map(([label, value]) => `${label}=${value}`).join(' '), Number(sample[3]));
    }
  }
  return families;
}

function labelsOf(text: string): [string, string][] {
  const labels: [string, string][] = [];
  let rest = text;
  while (rest !== '') {
    const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/.exec(rest);
    assert.ok(label, `not a label: ${rest}`);
    labels.push([label[1]!, label[2]!]);
    rest = rest.slice(label[0].length);
  }
  return labels.sort(([a], [b]) => (a < b ? -1 : 1));
}

async function families(): Promise<Map<string, Family>> {
  return parse((await renderMetrics(INSPECTION)).text);
}

test('metrics: every name, label and type is one a scraper takes; all but the view have the label node', async () => {
  const { contentType } = await renderMetrics(INSPECTION);
  assert.match(contentType, /^text\/plain; version=0\.0\.4/);
  for (const [name, { type, samples }] of await families()) {
    assert.match(name, /^muster_[a-z0-9_]+$/);
    assert.equal(name.endsWith('_total'), type === 'counter', `${name} is a ${type}`);
    if (name === 'muster_view_epoch') continue;
    for (const labels of samples.keys()) assert.match(labels, /\bnode=n\d\b/, name);
  }
});

test('metrics: a node that does not answer, or does not run, is up 0 and has no other figures', async () => {
  const found = await families();
  assert.deepEqual(
    [...found.get('muster_node_up')!.samples],
    [
      ['node=n1', 1],
      ['node=n2', 0],
      ['node=n3', 0],
    ],
  );
  for (const [name, { samples }] of found) {
    if (['muster_node_up', 'muster_node_incarnation'].includes(name)) continue;
    for (const labels of samples.keys()) assert.doesNotMatch(labels, /node=n[23]/, name);
  }
});

test('metrics: what a node told is there, in base units, by peer, table and state', async () => {
  const found = await families();
  const value = (name: string, labels: string): number | undefined => found.get(name)?.samples.get(labels);
  assert.equal(value('muster_node_incarnation', 'node=n1'), 2);
  assert.equal(value('muster_node_primary', 'node=n1'), 1);
  assert.equal(value('muster_event_loop_delay_seconds', 'node=n1'), 0.0125);
  assert.equal(value('muster_heap_used_bytes', 'node=n1'), 1_000_000);
  assert.equal(value('muster_mailbox_messages', 'node=n1'), 8);
  assert.equal(value('muster_mailbox_longest', 'node=n1'), 5);
  assert.equal(value('muster_servers', 'node=n1 state=running'), 2);
  assert.equal(value('muster_servers', 'node=n1 state=failed'), 1);
  assert.equal(value('muster_table_entries', 'node=n1 table=registry sessions'), 40);
  assert.equal(value('muster_table_entries', 'node=n1 table=odd \\"table\\"\\\\\\n'), 1);
  assert.equal(value('muster_link_bytes_total', 'direction=in node=n1 peer=n2'), 2_000);
  assert.equal(value('muster_link_frames_total', 'direction=out node=n1 peer=n2'), 10);
  assert.equal(value('muster_events_total', 'name=publishDropped node=n1'), 2);
  assert.equal(value('muster_writes_retained', 'node=n1'), 4);
  assert.equal(value('muster_events_total', 'name=writesRetained node=n1'), undefined);
  assert.equal(value('muster_sessions', 'node=n1'), 40);
});

test('metrics: an app’s gauge never stands for one of ours, and one that is no number is left out', async () => {
  const found = await families();
  assert.equal(found.get('muster_node_up')!.samples.get('node=n1'), 1);
  assert.deepEqual([...found.get('muster_broken')!.samples], []);
});
