/**
 * The entry of a thread that runs tasks of the app (see src/cluster/threads/compute-pool.ts): one order is one task. It is
 * bundled together with the app, of which it uses nothing but the tasks.
 */
import { toErrorData } from '../src/base/index.ts';
import type { ComputeOrder } from '../src/cluster/threads/compute-pool.ts';
import { checkApp, taskNamed } from '../src/services/index.ts';
import type { ComputeAnswer } from '../src/transports/threads/index.ts';

/** A worker for a pool. What a task throws is its answer, so that it keeps its code. `file` names the app in errors. */
export function computeThread(module: Readonly<Record<string, unknown>>, file: string) {
  return ({ task, input }: ComputeOrder): ComputeAnswer => {
    try {
      return { ok: true, value: taskNamed(checkApp(`the app ${file}`, module.default), task).run(input) };
    } catch (error) {
      return { ok: false, error: toErrorData(error, true) };
    }
  };
}
