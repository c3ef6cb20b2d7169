/** The reporter inside each test process: sends node:test's events to the runner, with errors turned into text. */
import { inspect } from 'node:util';

export interface TestEvent {
  readonly type: string;
  readonly data: TestEventData;
}

export interface TestEventData {
  name?: string;
  nesting?: number;
  file?: string;
  line?: number;
  column?: number;
  message?: string;
  skip?: string | boolean;
  todo?: string | boolean;
  details?: { type?: string; duration_ms?: number; error?: unknown };
}

/** An error of a test as it crosses to the runner. */
export interface ErrorText {
  readonly failureType: string;
  readonly message: string;
  readonly text: string;
}

const FORWARDED = new Set(['test:start', 'test:pass', 'test:fail', 'test:dequeue']);

// biome-ignore lint/correctness/useYield: a reporter is an async generator; this one speaks over the channel instead.
export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of source) {
    if (FORWARDED.has(event.type)) process.send?.({ type: event.type, data: toPlain(event.data) });
  }
}

function toPlain(data: TestEventData): TestEventData {
  const { details, ...place } = pick(data);
  const plain = { ...place } as TestEventData;
  if (details) {
    plain.details = { ...(details.type && { type: details.type }), duration_ms: details.duration_ms ?? 0 };
    if (details.error) plain.details.error = toText(details.error);
  }
  return plain;
}

/** What is forwarded: the rest of an event need not survive the channel. */
function pick({ name, nesting, file, line, column, skip, todo, details }: TestEventData): Partial<TestEventData> {
  return { name, nesting, file, line, column, skip, todo, details } as Partial<TestEventData>;
}

function toText(error: unknown): ErrorText {
  const { cause, failureType, message } = error as { cause?: unknown; failureType?: string; message?: string };
  return {
    failureType: failureType ?? 'testCodeFailure',
    message: message ?? String(error),
    text: typeof cause === 'string' ? cause : inspect(cause ?? error),
  };
}
