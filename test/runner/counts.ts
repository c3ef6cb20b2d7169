/** The figures at the end of a run, by the names node's own runner gives them. */
import type { ErrorText, TestEvent } from './event-reporter.ts';

export interface Counts {
  tests: number;
  suites: number;
  pass: number;
  fail: number;
  cancelled: number;
  skipped: number;
  todo: number;
}

export function noCounts(): Counts {
  return { tests: 0, suites: 0, pass: 0, fail: 0, cancelled: 0, skipped: 0, todo: 0 };
}

/** Counts one event in. A suite is no test; a suite's failure only repeats that of a test within, or is a hook's. */
export function countTests(counts: Counts, { type, data }: TestEvent): void {
  if (type !== 'test:pass' && type !== 'test:fail') return;
  if (data.details?.type === 'suite') {
    counts.suites += 1;
    if (type === 'test:fail' && failureTypeOf(data.details.error) !== 'subtestsFailed') counts.fail += 1;
    return;
  }
  counts.tests += 1;
  counts[outcomeOf(type, data)] += 1;
}

function outcomeOf(type: string, data: TestEvent['data']): 'skipped' | 'todo' | 'pass' | 'fail' | 'cancelled' {
  if (data.skip !== undefined && data.skip !== false) return 'skipped';
  if (data.todo !== undefined && data.todo !== false) return 'todo';
  if (type === 'test:pass') return 'pass';
  const failureType = failureTypeOf(data.details?.error);
  return failureType === 'cancelledByParent' || failureType === 'testAborted' ? 'cancelled' : 'fail';
}

function failureTypeOf(error: unknown): string | undefined {
  return (error as Partial<ErrorText> | undefined)?.failureType;
}
