/** The ground of real threads: a cluster of this process, on the clock that its threads share, from the start of the run on. */
import { randomUUID } from 'node:crypto';
import type { NodeId } from '../../base/index.ts';
import { type ClusterEvent, startCluster, threadsClock } from '../../cluster/index.ts';
import type { Timing } from '../../services/index.ts';
import type { Ground, TimedCluster } from '../ground.ts';
import type { History } from '../history.ts';
import type { Reach } from '../promises-scenario.ts';
import { NoteCollector } from './channel-notes.ts';
import type { NodeParts } from './node-parts.ts';

/** A short lease, so that much happens in a minute. Who is hung is told generously: a busy machine stalls threads for seconds. */
const TIMING: Timing = { leaseMs: 1_000, marginMs: 500, hungMs: 4_000, ackMs: 10_000 };
const COLLECT_EVERY_MS = 1_000;

export interface GroundOptions {
  readonly nodes: number;
  /** All nodes that there will ever be. */
  readonly ids: readonly NodeId[];
  /** A module that exports what `NodeParts` says. */
  readonly app: URL;
  readonly onEvent: (event: ClusterEvent) => void;
  /** What nodes and their threads print. */
  readonly onOutput: (chunk: Uint8Array) => void;
}

export interface ThreadsGround extends Ground {
  readonly reach: Reach;
  /** Lets no more time pass: whoever waits goes on at once. */
  hurry(): void;
  /** Fine to call twice. */
  close(): Promise<void>;
}

/** Ms since `startMs` on the clock of all threads. */
export function clockFrom(startMs: number): () => number {
  return () => threadsClock.now() - startMs;
}

// Exported by the app's module, where the functions below run.
declare const perform: NodeParts['perform'];
declare const show: NodeParts['show'];

/** `history` orders by clock; its time began at `startMs`. Rejects as `startCluster` does. */
export async function openGround(options: GroundOptions, history: History, startMs: number): Promise<ThreadsGround> {
  const collector = new NoteCollector(`muster-chaos-${randomUUID()}`, options.ids);
  const take = (): void => {
    history.take(collector.take().map((note) => ({ ...note, at: note.at - startMs })));
  };
  const { nodes, app, onEvent, onOutput } = options;
  const waits = new Waits();
  const settings = (id: NodeId): Record<string, string> => collector.settingsOf(id);
  try {
    const started = await startCluster({
      ...{ nodes, app, onEvent, onOutput, settings },
      ...{ timing: TIMING, logLevel: 'error', freezeValues: true },
    });
    const cluster: TimedCluster = Object.assign(started, {
      now: clockFrom(startMs),
      advance: (ms: number) => waits.wait(ms),
    });
    const collecting = setInterval(take, COLLECT_EVERY_MS);
    const close = async (): Promise<void> => {
      waits.end();
      clearInterval(collecting);
      await cluster.close();
      take();
      collector.close();
    };
    let closing: Promise<void> | undefined;
    return {
      cluster,
      world: { endsHung: true },
      collect: async () => take(),
      reach: {
        perform: (id, { id: number, kind, key, input }) =>
          cluster.run(id, (node, asked) => perform(node, asked), { id: number, kind, key, input }),
        show: (id) => cluster.run(id, (node) => show(node)),
      },
      hurry: () => waits.end(),
      close: () => {
        closing ??= close();
        return closing;
      },
    };
  } catch (error) {
    collector.close();
    throw error;
  }
}

/** Timers that can all be ended at once. */
class Waits {
  readonly #open = new Set<() => void>();
  #ended = false;

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const over = (): void => {
        clearTimeout(timer);
        this.#open.delete(over);
        resolve();
      };
      const timer = setTimeout(over, this.#ended ? 0 : ms);
      this.#open.add(over);
    });
  }

  end(): void {
    this.#ended = true;
    for (const over of [...this.#open]) over();
  }
}
