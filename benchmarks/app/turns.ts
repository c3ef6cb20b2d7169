/** How a bench gives way to the event loop, in whose turns frames leave. */
import type { MusterNode } from '../../src/services/index.ts';

/** Messages or puts between two turns of the event loop. */
const PER_TURN = 1_024;

export function turn(node: MusterNode): Promise<void> {
  return new Promise((resolve) => node.turn(resolve));
}

export function pause(node: MusterNode, ms: number): Promise<void> {
  return new Promise((resolve) => {
    node.after(ms, resolve);
  });
}

/** Does `act` for 0 to `count` as fast as it goes, with a turn of the event loop in between. */
export async function inTurns(
  node: MusterNode,
  count: number,
  act: (at: number) => void,
  between?: () => Promise<void>,
): Promise<void> {
  for (let at = 0; at < count; ) {
    for (const end = Math.min(at + PER_TURN, count); at < end; at++) act(at);
    await turn(node);
    await between?.();
  }
}
