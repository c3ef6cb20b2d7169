/** How `muster chaos` shows itself: a bar on a terminal, a line now and then without one, or JSON lines. */
import { type Covered, type PageOutcome, pageLines, type ThreadsFigures } from '../../../chaos/index.ts';
import type { Output } from '../reporters/reporter.ts';
import { grouped, progressBar, progressText } from './progress.ts';

/** How it ended. */
export interface ChaosEnd {
  readonly seed: number;
  readonly figures: ThreadsFigures;
  readonly covered: readonly Covered[];
  readonly isInterrupted: boolean;
  readonly failure: ChaosFailure | undefined;
}

export interface ChaosFailure extends PageOutcome {
  readonly promise: string;
  readonly problem: string;
  /** For people, with the history that shows it. */
  readonly text: string;
}

export interface ChaosReporter {
  begin(seed: number, nodes: number): void;
  progress(figures: ThreadsFigures): void;
  end(end: ChaosEnd): void;
}

const LINE_EVERY_MS = 10_000;
const CLEAR_LINE = '\r\u001b[2K';

export function barReporter(stdout: Output, ofMs: number, columns: () => number): ChaosReporter {
  return {
    begin: (seed, nodes) => void stdout.write(`${beginText(seed, nodes)}\n`),
    progress: (figures) => void stdout.write(CLEAR_LINE + progressBar(figures, ofMs, columns())),
    end: (end) => void stdout.write(`${CLEAR_LINE}${endText(end, ofMs)}\n`),
  };
}

export function linesReporter(stdout: Output, ofMs: number): ChaosReporter {
  let saidAt = 0;
  return {
    begin: (seed, nodes) => void stdout.write(`${beginText(seed, nodes)}\n`),
    progress(figures) {
      if (figures.ms - saidAt < LINE_EVERY_MS) return;
      saidAt = figures.ms;
      stdout.write(`${progressText(figures, ofMs)}\n`);
    },
    end: (end) => void stdout.write(`${endText(end, ofMs)}\n`),
  };
}

/** An object at the begin, one about every ten seconds, one at the end. */
export function jsonReporter(stdout: Output): ChaosReporter {
  const print = (object: object): void => void stdout.write(`${JSON.stringify(object)}\n`);
  let saidAt = 0;
  return {
    begin: (seed, nodes) => print({ event: 'begin', seed, nodes }),
    progress(figures) {
      if (figures.ms - saidAt < LINE_EVERY_MS) return;
      saidAt = figures.ms;
      print({ event: 'progress', ...rounded(figures) });
    },
    end: ({ seed, figures, covered, isInterrupted, failure }) =>
      print({
        ...{ event: 'end', seed, ok: failure === undefined, interrupted: isInterrupted },
        ...{ ...rounded(figures), covered, notChecked: notChecked(covered), ...(failure && { failure }) },
      }),
  };
}

function rounded(figures: ThreadsFigures): ThreadsFigures {
  return { ...figures, ms: Math.round(figures.ms) };
}

function beginText(seed: number, nodes: number): string {
  return `seed ${seed}, ${nodes} nodes on threads`;
}

function endText(end: ChaosEnd, ofMs: number): string {
  const { figures, failure, isInterrupted } = end;
  if (failure) {
    const doubt = 'The seed draws the same faults again; how threads interleave differs each time.';
    return [failure.text, doubt, ...pageLines(failure), '', progressText(figures, ofMs)].join('\n');
  }
  const last = progressText(figures, ofMs);
  if (isInterrupted) return `ended early: ${last}`;
  return [
    last,
    ...coveredLines(end.covered),
    `${grouped(figures.acknowledged)} operations acknowledged; ${verdict(end.covered)}`,
  ].join('\n');
}

function verdict(all: readonly Covered[]): string {
  const unchecked = notChecked(all);
  return unchecked.length === 0
    ? 'nothing broke'
    : `nothing broke of what was checked; not checked: ${unchecked.join(', ')}`;
}

/** The promises for which this run had nothing that could have broken them. */
function notChecked(all: readonly Covered[]): string[] {
  return all.filter(({ count }) => count === 0).map(({ promise }) => promise);
}

function coveredLines(all: readonly Covered[]): string[] {
  return all.map(
    ({ promise, count, what }) =>
      `  ${promise.padEnd(3)} ${grouped(count).padStart(9)} ${what}${count === 0 ? ': not checked' : ''}`,
  );
}
