/** What all players see and have done, as text. Pure. */
import {
  type Counts,
  type Fault,
  Latencies,
  type Range,
  sumOf,
  type ThreadReport,
  widest,
} from '../../players/index.ts';

/** All threads together, since the beginning. */
export interface Totals {
  /** Ms since the beginning. */
  readonly t: number;
  readonly nodes: number;
  readonly online: number;
  readonly users: Range | undefined;
  readonly battles: Range | undefined;
  readonly inGame: Range | undefined;
  readonly counts: Counts;
  readonly latencies: readonly number[];
  readonly faults: readonly Fault[];
}

export function totalsOf(reports: readonly ThreadReport[], t: number, nodes: number): Totals {
  const latencies = new Latencies();
  for (const report of reports) latencies.addAll(report.latencies);
  return {
    t: Math.round(t),
    nodes,
    online: reports.reduce((sum, { online }) => sum + online, 0),
    users: widest(reports.map(({ users }) => users)),
    battles: widest(reports.map(({ battles }) => battles)),
    inGame: widest(reports.map(({ inGame }) => inGame)),
    counts: sumOf(reports.map(({ counts }) => counts)),
    latencies: latencies.buckets,
    faults: reports.flatMap(({ faults }) => faults),
  };
}

/** What there was of it between two moments, and what is seen at the second. */
export interface Figures {
  readonly t: number;
  readonly nodes: number;
  readonly online: number;
  readonly users: Range | null;
  readonly battles: Range | null;
  readonly inGame: Range | null;
  readonly linesPerSecond: number;
  readonly loginsPerSecond: number;
  /** Of channel lines from one node to another, in ms; null without any. */
  readonly p50: number | null;
  readonly p99: number | null;
  readonly counts: Counts;
  readonly faults: number;
}

export function figuresSince(now: Totals, before?: Totals): Figures {
  const seconds = Math.max(0.001, (now.t - (before?.t ?? 0)) / 1_000);
  const all = new Latencies();
  all.addAll(now.latencies);
  const latencies = all.since(before?.latencies ?? []);
  return {
    ...{ t: now.t, nodes: now.nodes, online: now.online },
    ...{ users: now.users ?? null, battles: now.battles ?? null, inGame: now.inGame ?? null },
    linesPerSecond: Math.round((now.counts.lines - (before?.counts.lines ?? 0)) / seconds),
    loginsPerSecond: tenths((now.counts.logins - (before?.counts.logins ?? 0)) / seconds),
    p50: tenthsOrNull(latencies.percentile(0.5)),
    p99: tenthsOrNull(latencies.percentile(0.99)),
    counts: now.counts,
    faults: now.faults.length,
  };
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

function tenthsOrNull(value: number | undefined): number | null {
  return value === undefined ? null : tenths(value);
}

/** In a line: how far it is, what players see, how fast. */
export function figuresLine(figures: Figures, ofMs: number): string {
  return [`${clockText(figures.t)} of ${clockText(ofMs)}`, ...figureTexts(figures)].join(', ');
}

/** For a terminal, over several lines. */
export function figuresBlock(figures: Figures, ofMs: number, columns: number): string[] {
  const { counts } = figures;
  return [
    `${clockText(figures.t)} of ${clockText(ofMs)}, ${figures.nodes} nodes`,
    `  players  ${figures.online} online, each sees ${rangeText(figures.users)} users and ${rangeText(figures.battles)} battles, ${rangeText(figures.inGame)} in game`,
    `  lines    ${grouped(figures.linesPerSecond)}/s received, ${grouped(counts.lines)} so far`,
    `  chat     ${latencyText(figures)} across nodes, ${grouped(counts.heard)} heard, ${grouped(counts.missed)} missed`,
    `  logins   ${figures.loginsPerSecond}/s, ${grouped(counts.logins)} so far; ${grouped(counts.disconnects)} disconnected by their node`,
    `  battles  ${grouped(counts.battlesOpened)} opened, ${grouped(counts.joins)} joined, ${grouped(counts.gamesStarted)} games, ${grouped(counts.queueJoins)} times in a queue`,
    `  server   ${grouped(counts.refusals)} refusals, ${grouped(counts.late)} late`,
    `  faults   ${figures.faults}`,
  ].map((line) => line.slice(0, Math.max(1, columns - 1)));
}

function figureTexts(figures: Figures): string[] {
  const { counts } = figures;
  return [
    `${figures.nodes} nodes`,
    `${figures.online} players online`,
    `see ${rangeText(figures.users)} users and ${rangeText(figures.battles)} battles`,
    `${grouped(figures.linesPerSecond)} lines/s`,
    `chat ${latencyText(figures)}`,
    `${figures.loginsPerSecond} logins/s`,
    `${grouped(counts.disconnects)} disconnected`,
    `${figures.faults} faults`,
  ];
}

export function summaryLines(figures: Figures): string[] {
  const { counts } = figures;
  return [
    `${grouped(counts.lines)} lines checked, ${grouped(counts.logins)} logins, ${grouped(counts.registrations)} of them after a registration`,
    `${grouped(counts.said)} channel lines said, ${grouped(counts.heard)} heard (${latencyText(figures)} across nodes), ${grouped(counts.missed)} missed`,
    `${grouped(counts.battlesOpened)} battles opened, ${grouped(counts.joins)} joined, ${grouped(counts.gamesStarted)} games started, ${grouped(counts.queueJoins)} times in a queue, ${grouped(counts.readyChecks)} ready checks, ${grouped(counts.matches)} put into a match`,
    `${grouped(counts.disconnects)} disconnected by their node, ${grouped(counts.refusals)} refusals, ${grouped(counts.late)} late`,
  ];
}

/** A fault with the lines before it. */
export function faultLines({ player, at, line, reason, before }: Fault): string[] {
  return [
    `broken stream of ${player} at ${at}: ${reason}`,
    ...before.map((earlier) => `    ${shown(earlier)}`),
    `  > ${shown(line)}`,
  ];
}

const MOST_SHOWN = 160;

function shown(line: string): string {
  const text = line.replace(/\t/g, '⇥').replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN - 1)}…` : text;
}

function latencyText({ p50, p99 }: Figures): string {
  return p50 === null ? 'none' : `p50 ${p50} ms, p99 ${p99} ms`;
}

function rangeText(range: Range | null): string {
  if (range === null) return 'no';
  return range.least === range.most ? String(range.least) : `${range.least} to ${range.most}`;
}

function clockText(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
