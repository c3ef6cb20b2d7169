/**
 * An inspection as metrics in the text format of Prometheus: figures of each node under its label `node`. Everything is
 * read from what the nodes told just now, so nothing of a node that is gone is left over.
 */
import type { Counter, Gauge, Registry } from 'prom-client';
import { idOf } from '../../base/index.ts';
import type { ClusterInspection, InspectedNode, NodeReport } from './inspection.ts';

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  /** Beside `node`. */
  readonly labels?: readonly string[];
  readonly read: (told: NodeReport) => Iterable<Sample>;
}

type Sample = readonly [value: number, labels?: Readonly<Record<string, string>>];

/** Of the gauges a node tells by name, those that are told in other units or under other names than their own. */
const OWN_GAUGES: ReadonlySet<string> = new Set(['eventLoopDelayMs', 'heapUsedBytes', 'lobbyPort']);

const METRICS: readonly Metric[] = [
  gauge('muster_node_primary', 'Whether the node may act for the cluster: 1, or 0.', ({ standing }) => [
    [standing === 'primary' ? 1 : 0],
  ]),
  gauge('muster_node_ready', 'Whether its app has started: 1, or 0.', ({ ready }) => [[ready ? 1 : 0]]),
  gauge('muster_node_epoch', 'The view that the node has installed.', ({ epoch }) => [[epoch]]),
  gauge(
    'muster_event_loop_delay_seconds',
    'The longest that its event loop was late since it was asked before.',
    ({ gauges }) => some(gauges.eventLoopDelayMs, 1 / 1_000),
  ),
  gauge('muster_heap_used_bytes', 'What is in use of its heap.', ({ gauges }) => some(gauges.heapUsedBytes)),
  {
    ...gauge('muster_servers', 'Servers on the node, by state.', ({ servers }) =>
      ['starting', 'running', 'stopping', 'failed'].map((state) => [
        servers.filter((server) => server.state === state).length,
        { state },
      ]),
    ),
    labels: ['state'],
  },
  gauge('muster_mailbox_messages', 'Messages waiting in the mailboxes of its servers.', ({ servers }) => [
    [servers.reduce((sum, { mailbox }) => sum + mailbox, 0)],
  ]),
  gauge('muster_mailbox_longest', 'Messages waiting in the longest mailbox.', ({ servers }) => [
    [servers.reduce((most, { mailbox }) => Math.max(most, mailbox), 0)],
  ]),
  {
    ...gauge('muster_table_entries', 'Entries the node has, by table.', ({ tables }) => named(tables, 'table')),
    labels: ['table'],
  },
  {
    ...gauge('muster_pending', 'Work that is not finished, by kind.', ({ pending }) => named(pending, 'kind')),
    labels: ['kind'],
  },
  gauge('muster_writes_retained', 'Strong writes kept until all members are known to have them.', ({ counters }) =>
    some(counters.writesRetained),
  ),
  counter('muster_events_total', 'What the services counted, by name: messages, publishes, drops.', ['name'], (told) =>
    named(growing(told.counters), 'name'),
  ),
  counter(
    'muster_link_frames_total',
    'Frames over a link since the peer came, by direction.',
    ['peer', 'direction'],
    ({ links }) => overLinks(links, 'framesOut', 'framesIn'),
  ),
  counter(
    'muster_link_bytes_total',
    'Bytes over a link since the peer came, by direction.',
    ['peer', 'direction'],
    ({ links }) => overLinks(links, 'bytesOut', 'bytesIn'),
  ),
];

/** Resolves to the page. */
export async function renderMetrics(inspection: ClusterInspection): Promise<{ contentType: string; text: string }> {
  const prometheus = await import('prom-client');
  const registry = new prometheus.Registry();
  const make = (name: string, help: string, labelNames: readonly string[]): Gauge =>
    new prometheus.Gauge({ name, help, labelNames: [...labelNames], registers: [registry] });
  make('muster_view_epoch', 'The newest view that was decided.', []).set(inspection.view.epoch);
  const up = make('muster_node_up', 'Whether the node runs and answers: 1, or 0.', ['node']);
  const incarnation = make('muster_node_incarnation', 'How many lives the node has had.', ['node']);
  for (const node of inspection.nodes) {
    up.set({ node: node.id }, node.told ? 1 : 0);
    incarnation.set({ node: node.id }, node.incarnation);
  }
  for (const metric of [...METRICS, ...gaugesOf(inspection.nodes)]) {
    const labelNames = ['node', ...(metric.labels ?? [])];
    const config = { name: metric.name, help: metric.help, labelNames, registers: [registry] };
    const made = metric.type === 'gauge' ? new prometheus.Gauge(config) : new prometheus.Counter(config);
    fill(made, metric, inspection.nodes);
  }
  return { contentType: (registry as Registry).contentType, text: await registry.metrics() };
}

function fill(made: Gauge | Counter, { read }: Metric, nodes: readonly InspectedNode[]): void {
  for (const { id, told } of nodes) {
    if (!told) continue;
    for (const [value, labels] of read(told)) made.inc({ node: id, ...labels }, value);
  }
}

/** Each figure that an app gave its nodes becomes a metric of its own: `sessions` is `muster_sessions`. */
function gaugesOf(nodes: readonly InspectedNode[]): Metric[] {
  const names = new Set(nodes.flatMap(({ told }) => Object.keys(told?.gauges ?? {})));
  const taken = new Set(['muster_view_epoch', 'muster_node_up', 'muster_node_incarnation', ...METRICS.map(nameOf)]);
  const metrics: Metric[] = [];
  for (const name of [...names].sort()) {
    const wanted = metricName(name);
    if (OWN_GAUGES.has(name) || taken.has(wanted)) continue;
    taken.add(wanted);
    metrics.push(gauge(wanted, `What the app measures as ${name}.`, ({ gauges }) => some(gauges[name])));
  }
  return metrics;
}

/** `lobbyLinesDropped` → `muster_lobby_lines_dropped`. */
function metricName(name: string): string {
  const words = name.replace(/([a-z\d])([A-Z])/g, '$1_$2').replace(/[^A-Za-z\d]+/g, '_');
  return `muster_${words.toLowerCase()}`;
}

function nameOf({ name }: Metric): string {
  return name;
}

function gauge(name: string, help: string, read: Metric['read']): Metric {
  return { name, help, type: 'gauge', read };
}

function counter(name: string, help: string, labels: readonly string[], read: Metric['read']): Metric {
  return { name, help, type: 'counter', labels, read };
}

/** What may also fall is no counter to Prometheus, and has a gauge of its own. */
function growing({ writesRetained: _, ...counters }: NodeReport['counters']): Readonly<Record<string, number>> {
  return counters;
}

/** Nothing for a figure that is not there, or is none. */
function some(value: number | undefined, factor = 1): Sample[] {
  return value === undefined || !Number.isFinite(value) ? [] : [[value * factor]];
}

function named(figures: Readonly<Record<string, number>>, label: string): Sample[] {
  return Object.entries(figures).map(([name, value]): Sample => [value, { [label]: name }]);
}

function overLinks(links: NodeReport['links'], out: 'framesOut' | 'bytesOut', into: 'framesIn' | 'bytesIn'): Sample[] {
  return links.flatMap((link): Sample[] => [
    [link[out], { peer: idOf(link.peer), direction: 'out' }],
    [link[into], { peer: idOf(link.peer), direction: 'in' }],
  ]);
}
