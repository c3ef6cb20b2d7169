/** The real command as a child process, driven by lines on stdin and watched through its JSON events. */
import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/edges/cli/main.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');
const DEADLINE_MS = 30_000;

export interface Event {
  readonly event: string;
  readonly t: number;
  readonly [field: string]: unknown;
}

export class MusterProcess implements AsyncDisposable {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** Every line of stdout, parsed. */
  readonly events: Event[] = [];
  /** Lines of stdout that are not JSON. */
  readonly garbage: string[] = [];
  stderr = '';
  readonly #exit: Promise<unknown[]>;
  #rest = '';

  constructor(args: readonly string[], directory = process.cwd()) {
    // Several run at the same time: only who asks for a control port gets one.
    const control = args.some((arg) => arg.startsWith('--control-port')) ? [] : ['--control-port', 'none'];
    this.child = spawn(process.execPath, ['--import', TSX, MAIN, 'up', ...control, ...args], {
      stdio: 'pipe',
      cwd: directory,
    });
    this.#exit = once(this.child, 'close');
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    // The child may end while a line is on its way to it.
    this.child.stdin.on('error', () => {});
  }

  send(...lines: string[]): void {
    this.child.stdin.write(lines.map((line) => `${line}\n`).join(''));
  }

  /** The first event from `from` on that has these fields. Fails with what was seen instead. */
  async saw(fields: Record<string, unknown>, from = 0): Promise<Event> {
    const matches = (event: Event) => Object.entries(fields).every(([name, value]) => event[name] === value);
    const deadline = performance.now() + DEADLINE_MS;
    for (;;) {
      const found = this.events.slice(from).find(matches);
      if (found) return found;
      if (this.child.exitCode !== null || performance.now() > deadline) {
        assert.fail(
          `never saw ${JSON.stringify(fields)}; saw ${JSON.stringify(this.events.slice(-20))}\n${this.stderr}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Resolves to the exit code. */
  async exited(): Promise<number | null> {
    const [code] = await this.#exit;
    return code as number | null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.#exit;
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) {
      try {
        this.events.push(JSON.parse(line) as Event);
      } catch {
        this.garbage.push(line);
      }
    }
  }
}

/** What a lobby says first to whoever connects. */
export async function greetingOn(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  try {
    const [text] = await once(socket, 'data', { signal: AbortSignal.timeout(DEADLINE_MS) });
    return text as string;
  } finally {
    socket.destroy();
  }
}
