/** `--json`: one JSON object per line on stdout, and nothing else; words for people go to stderr. */
import type { Report } from '../reports.ts';
import type { Output, Reporter } from './reporter.ts';

export function jsonReporter(stdout: Output, stderr: Output): Reporter {
  const say = (lines: readonly string[]): void => void stderr.write(lines.map((line) => `${line}\n`).join(''));
  return {
    report: (report: Report) => void stdout.write(`${JSON.stringify(report)}\n`),
    say,
    show: (_title, lines) => say(lines),
    attach: () => {},
    stopping: () => {},
    close: () => {},
  };
}
