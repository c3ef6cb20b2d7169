/**
 * The wire between a host and one of its threads: comlink over a MessagePort. Errors cross as data, because comlink
 * keeps only name, message and stack; and every call is raced with the end of the thread, because comlink's promises
 * never settle when the other side is gone.
 */

import type { MessagePort } from 'node:worker_threads';
import * as Comlink from 'comlink';
import { type ErrorData, fromErrorData, NodeDown, type NodeId, toErrorData } from '../../base/index.ts';
import type { NodeControl } from '../launcher.ts';

type Answer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: ErrorData };

/** What the thread exposes. One method for all, so that each answer has the same form. */
interface ControlEndpoint {
  ask(method: keyof NodeControl, args: readonly unknown[]): Promise<Answer>;
}

/** On the node: answers what is asked through `port`. */
export function exposeControl(control: NodeControl, port: MessagePort): void {
  const endpoint: ControlEndpoint = {
    async ask(method, args) {
      try {
        const act = control[method] as (...args: readonly unknown[]) => Promise<unknown>;
        return { ok: true, value: await act(...args) };
      } catch (error) {
        return { ok: false, error: toErrorData(error) };
      }
    },
  };
  Comlink.expose(endpoint, port as unknown as Comlink.Endpoint);
}

/**
 * On the host: a node's control. `gone` resolves when the node's life has ended; calls under way then reject with
 * `NodeDown` and outcome `unknown`, later ones with `not-run`.
 */
export function wrapControl(id: NodeId, port: MessagePort, gone: Promise<unknown>): NodeControl {
  const endpoint = Comlink.wrap<ControlEndpoint>(port as unknown as Comlink.Endpoint);
  const fellAway = new Set<() => void>();
  let ended = false;
  void gone.then(() => {
    ended = true;
    port.close();
    for (const reject of [...fellAway]) reject();
  });
  const ask = async (method: keyof NodeControl, args: readonly unknown[]): Promise<unknown> => {
    if (ended) throw new NodeDown(method, id, 'not-run');
    const answer = await new Promise<Answer>((resolve, reject) => {
      const fall = (): void => reject(new NodeDown(method, id, 'unknown'));
      fellAway.add(fall);
      endpoint
        .ask(method, args)
        .then(resolve, reject)
        .finally(() => fellAway.delete(fall));
    });
    if (!answer.ok) throw fromErrorData(answer.error);
    return answer.value;
  };
  return {
    start: async () => void (await ask('start', [])),
    stop: async () => void (await ask('stop', [])),
    shutdown: async () => void (await ask('shutdown', [])),
    retire: () => ask('retire', []) as ReturnType<NodeControl['retire']>,
    run: (source, args) => ask('run', [source, args]),
    inspect: (options) => ask('inspect', [options]) as ReturnType<NodeControl['inspect']>,
    pause: async (ms) => void (await ask('pause', [ms])),
    setFaults: async (faults) => void (await ask('setFaults', [faults])),
  };
}
