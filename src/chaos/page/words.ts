/** Operations and happenings in sentences, for people who see them for the first time. */
import type { Happening, Operation } from '../history.ts';

export type Item = Operation | Happening;

export function isOperation(item: Item): item is Operation {
  return 'invoked' in item;
}

export function timeOf(item: Item): number {
  return isOperation(item) ? item.invokedAt : item.at;
}

const TWO_DIGITS = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** `12,312.40` */
export function inMs(at: number): string {
  return TWO_DIGITS.format(at);
}

/** `12,312.40 ms` */
export function ms(at: number): string {
  return `${inMs(at)} ms`;
}

/** The node of an address: `n2` of `n2#3`. */
export function nodeOf(address: string): string {
  const at = address.indexOf('#');
  return at < 0 ? address : address.slice(0, at);
}

const LONGEST = 90;

/** A value in one short line. */
export function short(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** `put a (#12)` */
export function operationName({ kind, key, id }: Operation): string {
  return id === 0 ? `${kind} ${key}` : `${kind} ${key} (#${id})`;
}

export function outcomeWords({ outcome, output, error }: Operation): string {
  if (outcome === 'ok') return output === undefined || output === null ? 'done' : `→ ${short(output)}`;
  if (outcome === 'refused') return `refused: ${error ?? ''}`;
  if (outcome === 'unknown') return `nobody knows whether it took effect (${error ?? ''})`;
  return 'never ended';
}

/** When, who, what: a sentence. */
export function sentence(item: Item): string {
  return isOperation(item) ? operationSentence(item) : happeningWords(item);
}

function operationSentence(operation: Operation): string {
  const input = operation.input === null || operation.input === undefined ? '' : ` with ${short(operation.input)}`;
  return `${operation.kind} ${operation.key}${operation.id === 0 ? '' : ` (#${operation.id})`}${input} ${outcomeWords(operation)}`;
}

/** `1.93 ms` */
export function lasted({ invokedAt, settledAt }: Operation): string {
  return settledAt === undefined ? 'never returned' : `took ${ms(settledAt - invokedAt)}`;
}

type Fields = Readonly<Record<string, unknown>>;
const list = (value: unknown): string => (Array.isArray(value) ? value.join(' ') : String(value));

/** Words for what happens in every run; anything else is shown as it is. */
const HAPPENINGS: Readonly<Record<string, (details: Fields) => string>> = {
  decided: ({ epoch, cause, members }) => `decides view ${epoch} (${cause}): ${list(members)}`,
  view: ({ epoch, members }) => `installs view ${epoch}: ${list(members)}`,
  killed: () => 'is killed',
  stopping: () => 'is asked to stop',
  paused: (details) => `stands still for ${details.ms} ms`,
  partition: ({ side, rest }) => `partition: ${list(side)} | ${list(rest)}`,
  heal: () => 'the partition heals',
  cut: ({ from, to }) => `link cut: ${from} → ${to}`,
  'cut no more': ({ from, to }) => `link whole again: ${from} → ${to}`,
  delayed: ({ from, to, verdict }) => `link slow: ${from} → ${to}${slower(verdict)}`,
  'delayed no more': ({ from, to }) => `link fast again: ${from} → ${to}`,
  reordered: ({ from, to, lane, verdict }) => `lane slow: ${from} → ${to}, ${lane}${slower(verdict)}`,
  'reordered no more': ({ from, to }) => `lane fast again: ${from} → ${to}`,
  'small only': ({ from, to }) => `link loses large frames: ${from} → ${to}`,
  'small only no more': ({ from, to }) => `link carries large frames again: ${from} → ${to}`,
  clock: ({ wallMs, rate }) => `its clock is wrong by ${wallMs} ms, and runs at ${rate}`,
  'slow disk': (details) => `disk slow: ${details.ms} ms`,
  start: ({ id }) => `${id} is started again`,
  add: () => 'a node is added',
  heard: ({ topic, from, number }) => `hears message ${number} of ${from} on ${topic}`,
  applied: ({ table, key, after }) => `applies ${table}/${key} = ${after ?? 'no entry'}`,
  'server starts': ({ kind, key }) => `${kind}/${key} starts`,
  'server ends': ({ kind, key, reason }) => `${kind}/${key} ends (${reason})`,
  'server crashes': ({ kind, key }) => `${kind}/${key} crashes`,
  'server turn': ({ kind, key, id }) => `${kind}/${key} handles #${id}`,
  'server turn ends': ({ kind, key, id }) => `${kind}/${key} is done with #${id}`,
  'load begins': ({ key, id }) => `loads ${key} for #${id}`,
  'load ends': ({ key, id }) => `has loaded ${key} for #${id}`,
  standing: (details) => `stands ${details.standing ?? details.to ?? short(details)}`,
};

function slower(verdict: unknown): string {
  const ms = (verdict as { ms?: number } | undefined)?.ms;
  return ms === undefined ? '' : `, by ${ms} ms`;
}

export function happeningWords({ what, details }: Happening): string {
  const words = HAPPENINGS[what];
  if (words) return words(details);
  return Object.keys(details).length === 0 ? what : `${what} ${short(details)}`;
}
