/** An inspection as tables of text: nodes, servers, links, tables. Long lists are cut, with what is left out counted. Pure. */
import { idOf } from '../../../base/index.ts';
import type { ClusterInspection } from '../../control/index.ts';
import { plainText } from '../failure.ts';

const MOST_ROWS = 20;

type Node = ClusterInspection['nodes'][number];

export function inspectionText({ view, nodes }: ClusterInspection, all: boolean): string[] {
  const most = all ? Number.POSITIVE_INFINITY : MOST_ROWS;
  const members = view.members.map(({ id, state }) => (state === 'up' ? id : `${id} ${state}`)).join(', ');
  return [
    `view ${view.epoch} (${view.cause}): ${members || 'nobody'}`,
    ...section('nodes', nodeRows(nodes), most),
    ...section('servers', serverRows(nodes), most),
    ...section('links', linkRows(nodes), most),
    ...section('tables', tableRows(nodes), most),
  ].map((line) => plainText(line).trimEnd());
}

/** Its first row is the head. */
function section(name: string, [head, ...rows]: readonly (readonly string[])[], most: number): string[] {
  const shown = rows.slice(0, most);
  const widths = head!.map((_, column) => Math.max(...[head!, ...shown].map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`;
  const left = rows.length - shown.length;
  return [
    '',
    rows.length === 0 ? `${name}: none` : `${name} (${rows.length})`,
    ...(rows.length === 0 ? [] : [line(head!), ...shown.map(line)]),
    ...(left > 0 ? [`  … and ${left} more; --all shows them`] : []),
  ];
}

function nodeRows(nodes: readonly Node[]): string[][] {
  const head = ['node', 'state', 'standing', 'life', 'epoch', 'servers', 'mailboxes', 'pending', 'gauges'];
  const rows = nodes.map(({ id, state, incarnation, cause, told }) => {
    if (!told) return [id, state, '-', `${incarnation}`, '-', '-', '-', '-', cause];
    const waiting = told.servers.reduce((sum, { mailbox }) => sum + mailbox, 0);
    const pending = Object.values(told.pending).reduce((sum, count) => sum + count, 0);
    const gauges = Object.entries(told.gauges).map(([name, value]) => `${name} ${figure(value)}`);
    const { standing, epoch, servers } = told;
    const figures = [incarnation, epoch, servers.length, waiting, pending].map(String);
    return [id, state, standing, ...figures, gauges.join(', ')];
  });
  return [head, ...rows];
}

/** The longest mailboxes first: they are what one looks for. */
function serverRows(nodes: readonly Node[]): string[][] {
  const servers = nodes.flatMap(({ id, told }) => (told?.servers ?? []).map((server) => ({ id, ...server })));
  const sorted = servers.sort((a, b) => b.mailbox - a.mailbox || compare(a.server, b.server) || compare(a.id, b.id));
  return [
    ['server', 'key', 'node', 'state', 'age', 'mailbox'],
    ...sorted.map(({ server, key, id, state, ageMs, mailbox }) => [
      server,
      key || '-',
      id,
      state,
      age(ageMs),
      `${mailbox}`,
    ]),
  ];
}

function linkRows(nodes: readonly Node[]): string[][] {
  const rows = nodes.flatMap(({ id, told }) =>
    (told?.links ?? []).map(({ peer, framesOut, bytesOut, framesIn, bytesIn }) => [
      `${id} - ${idOf(peer)}`,
      `${framesOut}`,
      bytes(bytesOut),
      `${framesIn}`,
      bytes(bytesIn),
    ]),
  );
  return [['link', 'frames out', 'bytes out', 'frames in', 'bytes in'], ...rows];
}

/** One column per node that answered: copies that differ are seen at once. */
function tableRows(nodes: readonly Node[]): string[][] {
  const told = nodes.flatMap((node) => (node.told ? [{ id: node.id, tables: node.told.tables }] : []));
  const names = [...new Set(told.flatMap(({ tables }) => Object.keys(tables)))].sort(compare);
  return [
    ['table', ...told.map(({ id }) => id)],
    ...names.map((name) => [name, ...told.map(({ tables }) => `${tables[name] ?? '-'}`)]),
  ];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function figure(value: number): string {
  return `${Math.round(value * 100) / 100}`;
}

function age(ms: number): string {
  const seconds = ms / 1_000;
  if (seconds < 120) return `${seconds.toFixed(1)}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 120 ? `${minutes}m` : `${Math.floor(minutes / 60)}h${minutes % 60}m`;
}

function bytes(count: number): string {
  if (count < 10_000) return `${count}`;
  if (count < 10_000_000) return `${Math.round(count / 1_000)}k`;
  return `${Math.round(count / 1_000_000)}M`;
}
