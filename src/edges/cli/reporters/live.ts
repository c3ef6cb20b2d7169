/**
 * On a terminal: a list of the nodes that is refreshed in place, the newest events below it, and keys. This file joins
 * the parts that are pure (state, figures, rendering) with the terminal, the clock and the cluster.
 */
import { failureOf } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import { clockText } from './describe.ts';
import { figuresOf, type Sample } from './figures.ts';
import { renderLive } from './live-render.ts';
import {
  initialState,
  type Key,
  type LiveState,
  withEvents,
  withFigures,
  withKey,
  withReport,
  withSheet,
} from './live-state.ts';
import type { Controls, Reporter } from './reporter.ts';

export interface LiveOptions {
  readonly terminal: Terminal;
  readonly host: string;
  readonly color: boolean;
  /** Ms since the process started. */
  readonly elapsedMs: () => number;
  /** The user wants to end; the second time, at once. */
  readonly interrupt: () => void;
}

const REFRESH_MS = 250;
const SLOWEST_MS = 1_000;
/** Rates are over the last second. */
const SAMPLES = 5;

export function liveReporter(options: LiveOptions): Reporter {
  return new LiveReporter(options);
}

class LiveReporter implements Reporter {
  readonly #options: LiveOptions;
  readonly #refresh: NodeJS.Timeout;
  #state: LiveState;
  #controls: Controls | undefined;
  #samples: Sample[] = [];
  #nextSample: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#state = initialState(options.host);
    options.terminal.open({
      onKey: (key) => this.#press(key),
      onResize: () => this.#draw(),
      onText: (lines) => this.say(lines),
    });
    this.#refresh = setInterval(() => this.#draw(), REFRESH_MS);
    this.#draw();
  }

  report(report: Parameters<Reporter['report']>[0]): void {
    this.#state = withReport(this.#state, report);
  }

  say(lines: readonly string[]): void {
    const stamped = lines.map((line) => `${clockText(this.#options.elapsedMs())} ${line}`);
    this.#state = withEvents(this.#state, stamped);
  }

  show(title: string, lines: readonly string[]): void {
    this.#state = withSheet(this.#state, title, lines);
  }

  attach(controls: Controls): void {
    this.#controls = controls;
    void this.#sample(controls);
  }

  stopping(): void {
    this.#state = { ...this.#state, phase: 'stopping', sheet: undefined };
    clearTimeout(this.#nextSample);
    this.#draw();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#refresh);
    clearTimeout(this.#nextSample);
    this.#options.terminal.close();
  }

  #press(key: Key): void {
    const { state, line, interrupt } = withKey(this.#state, key, this.#options.terminal.size());
    this.#state = state;
    if (interrupt) this.#options.interrupt();
    if (line !== undefined) void this.#run(line);
    if (!this.#closed) this.#draw();
  }

  async #run(line: string): Promise<void> {
    this.#state = { ...this.#state, running: [...this.#state.running, line] };
    await this.#controls?.submit(line);
    const [, ...rest] = this.#state.running;
    this.#state = { ...this.#state, running: rest };
  }

  /** Never rejects. A slow answer makes the next question wait longer, so that looking does not become the load. */
  async #sample(controls: Controls): Promise<void> {
    const startedMs = this.#options.elapsedMs();
    try {
      const inspection = await controls.session.inspect();
      const newest = { inspection, atMs: this.#options.elapsedMs() };
      this.#state = withFigures(this.#state, figuresOf(newest, this.#samples[0]), inspection.missing);
      this.#samples = [...this.#samples, newest].slice(-SAMPLES);
    } catch (error) {
      if (!this.#ending()) this.say([`the nodes could not be asked: ${failureOf(error).message}`]);
    }
    if (this.#ending()) return;
    const tookMs = this.#options.elapsedMs() - startedMs;
    this.#nextSample = setTimeout(
      () => void this.#sample(controls),
      Math.max(REFRESH_MS - tookMs, Math.min(tookMs, SLOWEST_MS)),
    );
  }

  #ending(): boolean {
    return this.#closed || this.#state.phase === 'stopping';
  }

  #draw(): void {
    const { terminal, color, elapsedMs } = this.#options;
    this.#state = { ...this.#state, t: elapsedMs() };
    terminal.draw(renderLive(this.#state, { ...terminal.size(), color }));
  }
}
