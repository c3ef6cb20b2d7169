/** How `muster simulate` shows itself: a bar on a terminal, a line now and then without one, or JSON lines. */
import { pageLines, type SeedAnswer } from '../../../chaos/index.ts';
import type { Output } from '../reporters/reporter.ts';
import { type Progress, progressBar, progressText, seedsPerSecond } from './progress.ts';

export interface SimulateReporter {
  /** A seed is done; `progress` has it in. */
  seed(answer: SeedAnswer, progress: Progress): void;
  /** All seeds are done, or it was ended before. */
  end(progress: Progress, interrupted: boolean): void;
}

const REDRAW_MS = 100;
const LINE_EVERY_MS = 5_000;
const CLEAR_LINE = '\r\u001b[2K';

export function barReporter(stdout: Output, columns: () => number): SimulateReporter {
  let drawnAt = Number.NEGATIVE_INFINITY;
  return {
    seed({ failure }, progress) {
      if (failure) stdout.write(`${CLEAR_LINE}${failureText(failure)}\n\n`);
      if (!failure && progress.ms - drawnAt < REDRAW_MS && progress.done < progress.of) return;
      drawnAt = progress.ms;
      stdout.write(CLEAR_LINE + progressBar(progress, columns()));
    },
    end: (progress, interrupted) => void stdout.write(`${CLEAR_LINE}${lastText(progress, interrupted)}\n`),
  };
}

export function linesReporter(stdout: Output): SimulateReporter {
  let saidAt = 0;
  return {
    seed({ failure }, progress) {
      if (failure) stdout.write(`${failureText(failure)}\n\n`);
      // The last seed's figures are those of the end.
      if (progress.ms - saidAt < LINE_EVERY_MS || progress.done === progress.of) return;
      saidAt = progress.ms;
      stdout.write(`${progressText(progress)}\n`);
    },
    end: (progress, interrupted) => void stdout.write(`${lastText(progress, interrupted)}\n`),
  };
}

/** An object per seed, and one at the end. */
export function jsonReporter(stdout: Output): SimulateReporter {
  const print = (object: object): void => void stdout.write(`${JSON.stringify(object)}\n`);
  return {
    seed: ({ seed, figures, ms, failure }) =>
      print({
        event: 'seed',
        seed,
        ok: failure === undefined,
        ms: Math.round(ms),
        ...figures,
        ...(failure && { failure }),
      }),
    end: (progress, interrupted) => {
      const { done, of, failed, ms, figures } = progress;
      const rate = Math.round(seedsPerSecond(progress) * 100) / 100;
      print({ event: 'end', interrupted, done, of, failed, ms: Math.round(ms), seedsPerSecond: rate, ...figures });
    },
  };
}

function failureText({ text, isRepeatable, ...page }: NonNullable<SeedAnswer['failure']>): string {
  const doubt = 'The same seed gave another trace the second time: something in this run does not come from the seed.';
  return [text, ...pageLines(page), ...(isRepeatable ? [] : [doubt])].join('\n');
}

function lastText(progress: Progress, interrupted: boolean): string {
  const { failed } = progress;
  const named = failed.length > 0 ? `; failed: ${failed.join(', ')}` : '';
  return `${interrupted ? 'ended early: ' : ''}${progressText(progress)}${named}`;
}
