/**
 * The entry of a node's thread: makes the world of its seat, puts a runtime with the app into it, and answers the host.
 * It is bundled together with the app (see src/cluster/bundle.ts); the virtual entry calls `startNode`.
 */
import { workerData } from 'node:worker_threads';
import type { NodeControl } from '../src/cluster/launcher.ts';
import { exposeControl } from '../src/cluster/threads/control.ts';
import { functionOf } from '../src/cluster/threads/run-source.ts';
import type { RunningScript } from '../src/cluster/threads/script-thread.ts';
import type { NodeSeat } from '../src/cluster/threads/seat.ts';
import { checkApp, createRuntime, type NodeRuntime } from '../src/services/index.ts';
import { createThreadsWorld, type ThreadsWorld } from '../src/transports/threads/index.ts';
import { EventLoopDelay } from './event-loop-delay.ts';
import { showSourcePositions } from './stack-positions.ts';

/** Where this is part of a script. */
declare const __musterScript: RunningScript | undefined;
const script = typeof __musterScript === 'undefined' ? undefined : __musterScript;
// Here, before the app's own module runs: what that throws is to be found, too.
if (script) showSourcePositions(script.path);

/** Runs this thread as a node of the app that `module` exports as its default. `file` names it in errors. */
export function startNode(module: Readonly<Record<string, unknown>>, file: string): void {
  const { seat, control, settings, timing, inheritance, booted } = workerData as NodeSeat;
  const app = checkApp(`the app ${file}`, module.default);
  const world = createThreadsWorld(seat);
  const runtime = createRuntime({ world, app, settings, timing, inheritance });
  exposeControl(createControl(world, runtime, module, new EventLoopDelay()), control);
  Atomics.store(booted, 0, 1);
}

function createControl(
  world: ThreadsWorld,
  runtime: NodeRuntime,
  exports: Readonly<Record<string, unknown>>,
  delay: EventLoopDelay,
): NodeControl {
  return {
    start: async () => {
      await runtime.start();
      setImmediate(() => keepCompiled(world));
    },
    stop: () => runtime.stop(),
    shutdown: () => runtime.shutdown(),
    retire: () => runtime.retire(),
    run: async (source, args) => functionOf(source, exports, script?.makeFunction)(runtime.node, ...args),
    inspect: async (options) => {
      const inspection = runtime.inspect(options);
      return { ...inspection, gauges: { ...inspection.gauges, ...measure(delay) } };
    },
    pause: async (ms) => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    },
    setFaults: async (faults) => world.transport.setFaults(faults),
  };
}

/** What a start compiled is kept for the next ones; one thread does it. */
function keepCompiled({ log }: ThreadsWorld): void {
  try {
    script?.keep?.();
  } catch (error) {
    log.write('warn', 'what was compiled could not be kept; the next start takes as long', { error: String(error) });
  }
}

/** Figures of this thread that the runtime cannot know. `node:v8` is loaded when somebody asks: a start does not need it. */
function measure(delay: EventLoopDelay): Record<string, number> {
  const { getHeapStatistics } = process.getBuiltinModule('node:v8');
  return { eventLoopDelayMs: delay.takeWorst(), heapUsedBytes: getHeapStatistics().used_heap_size };
}
