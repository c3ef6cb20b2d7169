/** What a reporter is: it shows reports and answers to whoever runs the command. JSON, log lines, or a live view. */
import type { Report } from '../reports.ts';
import type { Session } from '../session.ts';

/** What a reporter that has keys may do. */
export interface Controls {
  readonly session: Session;
  /** Runs a line of the command language after those given before. Never rejects. */
  readonly submit: (line: string) => Promise<void>;
}

export interface Reporter {
  report(report: Report): void;
  /** An answer in words. */
  say(lines: readonly string[]): void;
  /** An answer that is a list to be read at leisure, such as the commands there are. */
  show(title: string, lines: readonly string[]): void;
  /** Called once, when the nodes are up and before the report `up`. */
  attach(controls: Controls): void;
  /** The end was asked for and has begun. */
  stopping(): void;
  /** Gives everything back (timers, the terminal's mode). Fine to call twice; nothing may be shown after it. */
  close(): void;
}

/** Where text goes. A part of a Node stream. */
export interface Output {
  write(text: string): unknown;
}
