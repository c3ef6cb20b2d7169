/** Without a terminal: a log line per event; when the nodes are up, one line per node and one with the commands. */
import type { NodeId } from '../../../base/index.ts';
import type { NodeState } from '../../../cluster/index.ts';
import { commandSummary } from '../commands.ts';
import type { Report } from '../reports.ts';
import { describe, isToldTwice } from './describe.ts';
import { inspectionLines, where } from './inspection-lines.ts';
import type { Output, Reporter } from './reporter.ts';

export function linesReporter(stdout: Output, host: string): Reporter {
  const states = new Map<NodeId, NodeState>();
  const print = (lines: readonly string[]): void => void stdout.write(lines.map((line) => `${line}\n`).join(''));
  return {
    report: (report) => {
      if (report.event === 'node') states.set(report.id, report.state);
      if (isToldTwice(report)) return;
      print([`${stamp(report.t)} ${describe(report)}`, ...detailsOf(report, host, states)]);
    },
    say: print,
    show: (_title, lines) => print(lines),
    attach: () => {},
    stopping: () => print(['stopping; a second signal ends at once']),
    close: () => {},
  };
}

const STAMP_WIDTH = 10;

/** `   12.345s` */
function stamp(t: number): string {
  return `${(t / 1_000).toFixed(3)}s`.padStart(STAMP_WIDTH);
}

function detailsOf(report: Report, host: string, states: ReadonlyMap<NodeId, NodeState>): string[] {
  if (report.event === 'inspect') return inspectionLines(report, host);
  if (report.event !== 'up') return [];
  return [
    ...report.nodes.map(
      ({ id, lobbyPort }) => `  ${id.padEnd(4)} ${(states.get(id) ?? 'up').padEnd(8)} ${where(host, lobbyPort)}`,
    ),
    `commands, one per line: ${commandSummary()}`,
  ];
}
