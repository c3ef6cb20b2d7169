/**
 * What presses the bounds and the seams of a node: floods of big messages, crowds of small ones, bursts that mix ways of
 * publishing, look-ups while views change, probes of interest. Declarations, what each node does at its start, and the acts.
 */
import * as z from 'zod';
import { type MusterNode, type Subscription, topic } from '../services/index.ts';
import { declareGuard } from './guard.ts';

/** Where a node's code writes. */
export interface ChaosNotes {
  note(node: MusterNode, what: string, details?: Record<string, unknown>): void;
}

/** An operation as the node gets it that runs it. */
export interface AskedAct {
  readonly id: number;
  readonly key: string;
  readonly input: unknown;
}

type Act = (node: MusterNode, asked: AskedAct) => Promise<unknown>;

const Numbered = z.object({ from: z.string(), number: z.number() });
const Big = z.object({ from: z.string(), number: z.number(), body: z.string() });

const FLOOD_MESSAGES = 24;
const FLOOD_BYTES = 768 * 1024;
/** More than a mailbox holds. */
const CROWD = 11_000;

export type PressedApp = ReturnType<typeof declarePressed>;

export function declarePressed(notes: ChaosNotes) {
  const about = 'chaos';
  const flood = topic('flood', Big, { about });
  const burst = topic('burst', Numbered, { about });
  const probe = topic('probe', Numbered, { about });
  const guarded = declareGuard(notes);
  return {
    ...guarded,
    flood,
    burst,
    probe,
    pressedUses: [flood, burst, probe, guarded.guard, guarded.passed],
    /** Part of the app's start on each node. */
    startPressed: (node: MusterNode) => hearAll(node, notes, { flood, burst }),
  };
}

async function hearAll(
  node: MusterNode,
  notes: ChaosNotes,
  { flood, burst }: Pick<PressedApp, 'flood' | 'burst'>,
): Promise<void> {
  for (const [topic, ref] of [
    ['flood', flood()],
    ['burst', burst()],
  ] as const) {
    const subscription = `${addressOf(node)}/${topic}`;
    await node.subscribe<{ from: string; number: number }>(
      ref,
      ({ from, number }, { origin }) => {
        notes.note(node, 'heard', { subscription, topic, origin, from, number });
      },
      { onGap: ({ origin, missed }) => notes.note(node, 'gap', { subscription, topic, origin, missed }) },
    );
    notes.note(node, 'subscribed', { subscription, topic });
  }
}

function addressOf(node: MusterNode): string {
  return `${node.id}#${node.incarnation}`;
}

/** What each kind of operation does, as a table. Its numbers are the operation's, with a fraction. */
export function pressedActs(app: PressedApp, notes: ChaosNotes): Readonly<Record<string, Act>> {
  const probes = new Map<string, Subscription>();
  return {
    'publish burst': async (node, { id }) => burst(node, app, id),
    flood: (node, { id }) => flood(node, app, notes, id),
    pass: (node, { id, input }) => node.server(app.guard).call('pass', id, (input as { slowMs: number }).slowMs),
    crowd: async (node) => {
      for (let at = 0; at < CROWD; at++) node.server(app.guard).cast('idle');
    },
    'probe listen': async (node) => {
      probes.set(addressOf(node), await node.subscribe(app.probe(), () => undefined));
    },
    'probe end': async (node) => probes.get(addressOf(node))?.unsubscribe(),
    'probe publish': async (node, { id }) => {
      node.broadcast(app.probe(), { from: addressOf(node), number: id });
    },
  };
}

/** Broadcast, direct, and broadcast again within one turn. */
function burst(node: MusterNode, { burst }: PressedApp, id: number): void {
  const { members } = node.view();
  const to = members[id % members.length]!.id;
  const message = (place: number): { from: string; number: number } => ({
    from: addressOf(node),
    number: id + place / 10,
  });
  node.broadcast(burst(), message(0));
  node.directBroadcast(to, burst(), message(1));
  node.broadcast(burst(), message(2));
}

/** More than the credit of a link, as fast as turns go by. */
async function flood(node: MusterNode, { flood }: PressedApp, notes: ChaosNotes, id: number): Promise<number> {
  const body = 'x'.repeat(FLOOD_BYTES);
  let dropped = 0;
  for (let at = 0; at < FLOOD_MESSAGES; at++) {
    const number = id + at / 100;
    notes.note(node, 'published', { topic: 'flood', number, bytes: FLOOD_BYTES });
    if (!node.broadcast(flood(), { from: addressOf(node), number, body })) dropped += 1;
    await new Promise<void>((resolve) => node.turn(resolve));
  }
  return dropped;
}
