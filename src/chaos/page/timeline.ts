/** Time downward: spans of it at one scale, what is between them cut out and shown as gaps. Pure. */

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Gap extends Span {
  readonly top: number;
}

export interface Tick {
  readonly y: number;
  readonly label: string;
}

export const GAP_HEIGHT = 34;
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];
const TICK_DISTANCE = 46;
/** No tick this near to a gap below it. */
const TICK_CLEAR = 8;

/** Spans in order, those that touch or are nearer than `nearMs` made one. */
export function mergeSpans(spans: readonly Span[], nearMs: number): Span[] {
  const merged: { from: number; to: number }[] = [];
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last && from - last.to <= nearMs) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}

export class Timeline {
  readonly spans: readonly Span[];
  readonly gaps: readonly Gap[];
  readonly height: number;
  readonly #pixelsPerMs: number;
  readonly #tops: readonly number[];

  /** `spans`: merged and in order, at least one. */
  constructor(spans: readonly Span[], pixelsPerMs: number) {
    this.spans = spans;
    this.#pixelsPerMs = pixelsPerMs;
    const tops: number[] = [];
    let y = 0;
    for (const { from, to } of spans) {
      tops.push(y);
      y += (to - from) * pixelsPerMs + GAP_HEIGHT;
    }
    this.#tops = tops;
    this.height = y - GAP_HEIGHT;
    this.gaps = spans
      .slice(1)
      .map(({ from }, at) => ({ from: spans[at]!.to, to: from, top: tops[at + 1]! - GAP_HEIGHT }));
  }

  get from(): number {
    return this.spans[0]!.from;
  }

  get to(): number {
    return this.spans.at(-1)!.to;
  }

  /** Grows with time; what is cut out lies within its gap. */
  y(at: number): number {
    if (at <= this.from) return 0;
    const index = this.#spanAt(at);
    const span = this.spans[index]!;
    const top = this.#tops[index]!;
    if (at <= span.to) return top + (at - span.from) * this.#pixelsPerMs;
    const gap = this.gaps[index];
    return gap ? gap.top + ((at - gap.from) / (gap.to - gap.from)) * GAP_HEIGHT : this.height;
  }

  shows(at: number): boolean {
    if (at < this.from) return false;
    return at <= this.spans[this.#spanAt(at)]!.to;
  }

  /** The last span that begins at or before. */
  #spanAt(at: number): number {
    let low = 0;
    let high = this.spans.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.spans[middle]!.from <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  ticks(): Tick[] {
    const step = STEPS.find((ms) => ms * this.#pixelsPerMs >= TICK_DISTANCE) ?? STEPS.at(-1)!;
    const digits = step < 1 ? 1 : 0;
    return this.spans.flatMap(({ from, to }) => {
      const first = Math.ceil(from / step - 1e-9);
      const last = Math.floor(to / step + 1e-9);
      return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => {
        const ms = (first + at) * step;
        return { y: this.y(ms), label: ms.toFixed(digits) };
      }).filter(({ y }) => y < this.y(to) - TICK_CLEAR || to === this.to);
    });
  }
}
