/**
 * The terminal as the live view uses it: a screen of its own, keys one by one, and whatever else is written to stderr
 * caught as lines. `close` gives all of it back as it was, and is safe at any time, also while the process exits.
 */
import { emitKeypressEvents } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import { plainText } from './failure.ts';
import type { Key } from './reporters/live-state.ts';

export interface Terminal {
  size(): { columns: number; rows: number };
  open(listeners: TerminalListeners): void;
  /** Replaces what the screen shows. */
  draw(lines: readonly string[]): void;
  close(): void;
}

export interface TerminalListeners {
  readonly onKey: (key: Key) => void;
  readonly onResize: () => void;
  /** What others wrote to stderr meanwhile. */
  readonly onText: (lines: readonly string[]) => void;
}

/** Alternate screen, no cursor, no wrapping at the right edge. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';

interface Keypress {
  readonly name?: string;
  readonly ctrl?: boolean;
}

export function ttyTerminal(stdin: ReadStream, stdout: WriteStream, stderr: NodeJS.WriteStream): Terminal {
  let giveBack: (() => void) | undefined;
  let shown = '';
  const close = (): void => {
    giveBack?.();
    giveBack = undefined;
  };
  return {
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    open: ({ onKey, onResize, onText }) => {
      const keypress = (text: string | undefined, key: Keypress): void =>
        onKey({ name: key.name ?? '', ctrl: key.ctrl ?? false, text: plainText(text ?? '').replace(/[\r\n]/g, '') });
      const resized = (): void => {
        shown = '';
        onResize();
      };
      const releaseStderr = stderr.isTTY ? catchWrites(stderr, onText) : () => {};
      emitKeypressEvents(stdin);
      stdin.setRawMode(true);
      stdin.on('keypress', keypress);
      stdin.resume();
      stdout.on('resize', resized);
      stdout.write(ENTER);
      process.on('exit', close);
      // Before the message of an error that nobody caught, which should be seen.
      process.on('uncaughtExceptionMonitor', close);
      giveBack = () => {
        process.off('exit', close);
        process.off('uncaughtExceptionMonitor', close);
        stdin.off('keypress', keypress);
        stdout.off('resize', resized);
        stdin.setRawMode(false);
        stdin.pause();
        stdout.write(LEAVE);
        releaseStderr();
      };
    },
    draw: (lines) => {
      const frame = lines.map((line) => `${line}\u001b[K`).join('\r\n');
      if (!giveBack || frame === shown) return;
      shown = frame;
      stdout.write(`\u001b[H${frame}\u001b[J`);
    },
    close,
  };
}

/** Takes over `write` until released, so that what an app prints lands in the view instead of across it. */
function catchWrites(stream: NodeJS.WriteStream, onText: (lines: readonly string[]) => void): () => void {
  const own = Object.getOwnPropertyDescriptor(stream, 'write');
  const write = (chunk: Uint8Array | string, encoding?: unknown, written?: unknown): boolean => {
    const text = typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk);
    onText(
      plainText(text)
        .split(/[\r\n]+/)
        .filter((line) => line.trim() !== ''),
    );
    const callback = typeof encoding === 'function' ? encoding : written;
    if (typeof callback === 'function') queueMicrotask(callback as () => void);
    return true;
  };
  Object.defineProperty(stream, 'write', { value: write, configurable: true, writable: true });
  return () => {
    if (own) Object.defineProperty(stream, 'write', own);
    else Reflect.deleteProperty(stream, 'write');
  };
}
