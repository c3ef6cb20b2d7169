/** What a message says, in words, for people who look at a trace. Made on request only; nothing on the way of a message. */
import type { Message } from './outbox.ts';

export interface Words {
  /** Whose message it is, as a person filters: `pubsub`, `cache lists`, … */
  readonly service: string;
  readonly text: string;
  /** What it is about, where that is one thing: `lists/a`, `tally/1`. */
  readonly about?: string;
  /** Said all the time whatever happens: acknowledgements, progress. */
  readonly routine?: true;
}

/** One service's words for its own messages: for each part of one that was lengthened. */
export type Describe = (message: Message) => Words | readonly Words[];

/** The parts of a message that was lengthened by so many values each time, from the place of the first. */
export function partsOf(message: Message, first: number, length: number): (readonly unknown[])[] {
  const parts: (readonly unknown[])[] = [];
  for (let at = first; at < message.length; at += length) parts.push(message.slice(at, at + length));
  return parts;
}

const LONGEST = 80;

/** A value in one short line. */
export function brief(value: unknown): string {
  const text = JSON.stringify(value, (_, inner) => (inner instanceof Uint8Array ? `${inner.length} bytes` : inner));
  if (text === undefined) return 'nothing';
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
