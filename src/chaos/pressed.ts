/**
 * What presses the bounds and the seams of a node: floods of big messages, crowds of small ones, bursts that mix ways of
 * publishing, look-ups while views change, probes of interest. Declarations, what each node does at its start, and the acts.
 */
import * as z from 'zod';
import { type MusterNode, type Subscription, topic } from '../services/index.ts';
import { declareGuard } from './guard.ts';
import { addressOfNode, type Notebook } from './notes.ts';

/** An operation as the node gets it that runs it. */
interface AskedAct<I = never> {
  readonly id: number;
  readonly input: I;
}

type Act = (node: MusterNode, asked: AskedAct) => Promise<unknown>;

const Numbered = z.object({ from: z.string(), number: z.number() });
const Big = z.object({ from: z.string(), number: z.number(), body: z.string() });

const FLOOD_MESSAGES = 14;
const FLOOD_BYTES = 1024 * 1024;
/** More than a mailbox holds. */
const CROWD = 11_000;
/** It waits so long behind a slow one. */
const CROWDED_MS = 700;

export type PressedApp = ReturnType<typeof declarePressed>;

export function declarePressed(notebook: Notebook) {
  const about = 'chaos';
  const flood = topic('flood', Big, { about });
  const burst = topic('burst', Numbered, { about });
  const probe = topic('probe', Numbered, { about });
  const guarded = declareGuard(notebook);
  return {
    ...guarded,
    flood,
    burst,
    probe,
    pressedUses: [flood, burst, probe, guarded.guard, guarded.passed],
    /** Part of the app's start on each node. */
    startPressed: (node: MusterNode) => hearAll(node, notebook, { flood, burst }),
  };
}

async function hearAll(
  node: MusterNode,
  notebook: Notebook,
  { flood, burst }: Pick<PressedApp, 'flood' | 'burst'>,
): Promise<void> {
  for (const [topic, ref] of [
    ['flood', flood()],
    ['burst', burst()],
  ] as const) {
    const subscription = `${addressOfNode(node)}/${topic}`;
    await node.subscribe<{ from: string; number: number }>(
      ref,
      ({ from, number }, { origin }) => {
        notebook.note(node, 'heard', { subscription, topic, origin, from, number });
      },
      { onGap: ({ origin, missed }) => notebook.note(node, 'gap', { subscription, topic, origin, missed }) },
    );
    notebook.note(node, 'subscribed', { subscription, topic });
  }
}

/** What each kind of operation does, as a table. Its numbers are the operation's, with a fraction. */
export function pressedActs(app: PressedApp, notebook: Notebook): Readonly<Record<string, Act>> {
  const probes = new Map<string, Subscription>();
  return {
    'publish burst': async (node, { id }) => burst(node, app, id),
    flood: (node, { id }) => flood(node, app, notebook, id),
    pass: (node, { id, input }: AskedAct<{ slowMs: number }>) => node.server(app.guard).call('pass', id, input.slowMs),
    crowd: async (node, { id }) => {
      const passed = node.server(app.guard).call('pass', id, CROWDED_MS);
      for (let at = 0; at < CROWD; at++) node.server(app.guard).cast('idle');
      await passed;
    },
    'probe listen': async (node) => {
      probes.set(addressOfNode(node), await node.subscribe(app.probe(), () => undefined));
    },
    'probe end': async (node) => probes.get(addressOfNode(node))?.unsubscribe(),
    'probe publish': async (node, { id, input }: AskedAct<number>) => {
      for (let at = 0; at < input; at++) node.broadcast(app.probe(), { from: addressOfNode(node), number: id });
    },
  };
}

/** Broadcast, direct, and broadcast again within one turn. */
function burst(node: MusterNode, { burst }: PressedApp, id: number): void {
  const { members } = node.view();
  const to = members[id % members.length]!.id;
  const message = (place: number): { from: string; number: number } => ({
    from: addressOfNode(node),
    number: id + place / 10,
  });
  node.broadcast(burst(), message(0));
  node.directBroadcast(to, burst(), message(1));
  node.broadcast(burst(), message(2));
}

/** More than the credit of a link, as fast as turns go by. */
async function flood(node: MusterNode, { flood }: PressedApp, notebook: Notebook, id: number): Promise<number> {
  const body = 'x'.repeat(FLOOD_BYTES);
  let dropped = 0;
  for (let at = 0; at < FLOOD_MESSAGES; at++) {
    const number = id + at / 100;
    notebook.note(node, 'published', { topic: 'flood', number, bytes: FLOOD_BYTES });
    if (!node.broadcast(flood(), { from: addressOfNode(node), number, body })) dropped += 1;
    await new Promise<void>((resolve) => node.turn(resolve));
  }
  return dropped;
}
