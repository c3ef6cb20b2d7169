/**
 * Runs one test file in a process of its own and collects what its tests report. A process that reports nothing for too
 * long is killed, and what it was doing is reported as a failure: no test, loop or open handle can hang the run.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ErrorText, TestEvent } from './event-reporter.ts';

export interface FileOptions {
  readonly root: string;
  /** A process without news for this long is killed. */
  readonly idleMs: number;
  /** How long the first news may take, while the process starts and loads the file. Default: as long as any. */
  readonly startMs?: number;
  /** Given to node as `--test-timeout`; node 24 applies it to each test. */
  readonly testTimeoutMs: number;
}

export interface FileResult {
  readonly file: string;
  readonly events: readonly TestEvent[];
  /** What the file's process printed. */
  readonly output: string;
}

const REPORTER = fileURLToPath(new URL('./event-reporter.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');
const running = new Map<string, ChildProcess>();

/** Ends every test process at once, for a runner that is interrupted; gives their files. */
export function killAll(): string[] {
  for (const child of running.values()) child.kill('SIGKILL');
  return [...running.keys()];
}

export async function runFile(file: string, options: FileOptions): Promise<FileResult> {
  const child = spawn(process.execPath, childArguments(file, options), {
    cwd: options.root,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  running.set(file, child);
  const events: TestEvent[] = [];
  const unfinished = new Map<string, string>();
  const printed: string[] = [];
  let killed = false;
  let quietMs = options.startMs ?? options.idleMs;
  const expire = (): void => {
    killed = child.kill('SIGKILL');
  };
  let watchdog = setTimeout(expire, quietMs);
  child.on('message', (event: TestEvent) => {
    clearTimeout(watchdog);
    quietMs = options.idleMs;
    watchdog = setTimeout(expire, quietMs);
    follow(unfinished, event);
    if (event.type !== 'test:dequeue') events.push(revive(event, file));
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text) => printed.push(text));
  const ending = await new Promise<Ending>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  }).finally(() => {
    clearTimeout(watchdog);
    running.delete(file);
  });
  const problem = judge({ ending, events, killed, quietMs, unfinished: [...unfinished.values()] });
  if (problem) events.push(failure(file, problem));
  return { file, events, output: printed.join('') };
}

function childArguments(file: string, options: FileOptions): string[] {
  return [
    '--import',
    TSX,
    `--test-reporter=${REPORTER}`,
    '--test-reporter-destination=stdout',
    `--test-timeout=${options.testTimeoutMs}`,
    file,
  ];
}

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface Course {
  readonly ending: Ending;
  readonly events: readonly TestEvent[];
  readonly killed: boolean;
  /** How long it was allowed to be without news at the end. */
  readonly quietMs: number;
  readonly unfinished: readonly string[];
}

/** What is wrong with how the process ended, beyond the failures its tests reported; undefined when nothing is. */
function judge({ ending, events, killed, quietMs, unfinished }: Course): string | undefined {
  if (killed) {
    const doing =
      unfinished.length > 0
        ? `running: ${unfinished.join(', ')}`
        : 'no test is known to run: a handle is left open, or a loop blocks';
    return `killed after ${quietMs} ms without news; ${doing}`;
  }
  if (ending.signal) return `ended by ${ending.signal}`;
  const failed = events.some((event) => event.type === 'test:fail');
  if (ending.code !== 0 && !failed) return `exit code ${ending.code}, though no test failed; see what it printed`;
  if (!events.some((event) => event.type === 'test:pass' || event.type === 'test:fail')) return 'it holds no test';
  return undefined;
}

function follow(unfinished: Map<string, string>, { type, data }: TestEvent): void {
  const id = `${data.nesting} ${data.name}`;
  if (type === 'test:dequeue') unfinished.set(id, data.name ?? '?');
  else if (type === 'test:pass' || type === 'test:fail') unfinished.delete(id);
}

/** Gives an event the file and the error object that node's spec reporter expects. */
function revive(event: TestEvent, file: string): TestEvent {
  const { details } = event.data;
  const data = { ...event.data, file: event.data.file ?? file };
  if (details?.error) data.details = { ...details, error: reviveError(details.error as ErrorText) };
  return { type: event.type, data };
}

function reviveError({ failureType, message, text }: ErrorText): Error {
  const cause = new Error(message);
  Object.defineProperty(cause, 'stack', { value: text });
  return Object.assign(new Error(message, { cause }), { code: 'ERR_TEST_FAILURE', failureType });
}

function failure(file: string, problem: string): TestEvent {
  const error = reviveError({ failureType: 'testCodeFailure', message: problem, text: problem });
  return { type: 'test:fail', data: { name: file, nesting: 0, file, details: { duration_ms: 0, error } } };
}
