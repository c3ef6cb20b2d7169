/**
 * What a page is made of: one run that broke a promise, as plain data. `readTrace` makes the part that comes from a
 * simulation's trace.
 */
import type { SimulatedCluster } from '../../cluster/index.ts';
import type { Violation } from '../checkers/index.ts';
import type { Happening, Operation } from '../history.ts';

export interface Failure {
  readonly seed: number;
  /** It happened on real threads: times are real, and no message was kept. */
  readonly onThreads?: true;
  /** What is typed into a shell to see it again. */
  readonly replay: string;
  /** What could happen in this run, in a few words each: kinds of faults, options. */
  readonly setting: readonly string[];
  /** What the first one points at is numbered and drawn. */
  readonly violations: readonly Violation[];
  readonly operations: readonly Operation[];
  readonly happenings: readonly Happening[];
  readonly messages: readonly Message[];
  readonly lives: readonly Life[];
}

/** One frame on its way between two parties. */
export interface Message {
  readonly sentAt: number;
  /** When it came or was lost. */
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly lane: string;
  readonly bytes: number;
  readonly fate: 'arrived' | 'dropped' | 'lost';
  /** Why it was dropped, lost or late. */
  readonly why: string | undefined;
  readonly says: readonly Saying[];
}

/** One message of a frame, in words. */
export interface Saying {
  readonly service: string;
  readonly text: string;
  /** What it is about, as `cache/key`. */
  readonly about?: string;
  readonly routine?: true;
}

/** When a party came into the world and, if it did, when it was ended without a goodbye. */
export interface Life {
  readonly address: string;
  readonly from: number;
  readonly crashedAt: number | undefined;
}

type TraceLine = ReturnType<SimulatedCluster['trace']>[number];
type Fault = NonNullable<TraceLine['fault']>;

/** Messages and lives of a simulation that ran with `keepTrace`. */
export function readTrace({ trace, describe }: Pick<SimulatedCluster, 'trace' | 'describe'>): {
  messages: Message[];
  lives: Life[];
} {
  const lines = trace();
  const crashes = new Map(lines.filter(({ what }) => what === 'crash').map(({ from, at }) => [from, at]));
  return {
    messages: lines
      .filter(({ what }) => what !== 'attach' && what !== 'crash')
      .map((line) => ({ ...placeOf(line), fate: FATES[line.what]!, why: reason(line), says: describe(line) })),
    lives: lines
      .filter(({ what }) => what === 'attach')
      .map(({ from, at }) => ({ address: from, from: at, crashedAt: crashes.get(from) })),
  };
}

const FATES: Readonly<Record<string, Message['fate']>> = { deliver: 'arrived', drop: 'dropped', lost: 'lost' };

function placeOf({ sentAt, at, from, to, lane, bytes }: TraceLine): Omit<Message, 'fate' | 'why' | 'says'> {
  return { sentAt, at, from, to, lane, bytes };
}

function reason({ why, fault }: TraceLine): string | undefined {
  return why ?? (fault && faultWords(fault));
}

function faultWords({ from, to, lane, verdict }: Fault): string {
  const link = `${from} → ${to}${lane === undefined ? '' : ` (${lane} lane)`}`;
  return verdict.kind === 'drop' ? `the link ${link} was cut` : `the link ${link} was ${verdict.ms} ms slower`;
}
