/** How much memory a piece of work takes while it goes on. */
const SAMPLE_MS = 5;
const MB = 2 ** 20;

export interface MemoryWatch {
  /** What it came to, with the heap in use of who did it. */
  end(heapBytes: number): Record<string, number>;
  close(): void;
}

/** Looks at the size of this process, with all its threads, from now on. */
export function watchMemory(): MemoryWatch {
  const before = process.memoryUsage.rss();
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, SAMPLE_MS);
  return {
    end(heapBytes) {
      peak = Math.max(peak, process.memoryUsage.rss());
      return { 'MB more at the peak': (peak - before) / MB, "MB in the joiner's heap": heapBytes / MB };
    },
    close: () => clearInterval(timer),
  };
}
