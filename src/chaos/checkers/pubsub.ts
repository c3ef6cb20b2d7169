/**
 * PubSub: per publisher in order, at most once, and nothing missed: what was published on a member after `subscribe` had
 * resolved is heard, unless a node of the pair ended or a fault touched its link at the time.
 */
import type { Happening, History, Operation } from '../history.ts';
import { endOf } from './lives.ts';
import type { Checker, Final, Violation } from './violation.ts';

const ORDER = 'P2: messages of one node reach a subscriber in the order they were published';
const ONCE = 'P2: a message reaches a subscriber at most once';
const MISSED = 'P2: what is published after subscribe resolved is heard';

export const checkPubSub: Checker = (history, final) => {
  const heard = new Map<number, Happening[]>();
  for (const happening of history.all('heard')) {
    const subscription = happening.details.subscription as number;
    const list = heard.get(subscription);
    if (list) list.push(happening);
    else heard.set(subscription, [happening]);
  }
  const violations = [...heard.values()].flatMap(inOrder);
  const published = history.of('publish').filter(({ outcome }) => outcome === 'ok');
  for (const subscribed of history.all('subscribed')) {
    violations.push(
      ...missed(history, final, subscribed, heard.get(subscribed.details.subscription as number) ?? [], published),
    );
  }
  return violations;
};

/** Numbers of messages grow in the order of publishing. */
function inOrder(heard: readonly Happening[]): Violation[] {
  const last = new Map<unknown, Happening>();
  const violations: Violation[] = [];
  for (const happening of heard) {
    const { from, number } = happening.details;
    const before = last.get(from);
    if (before && (before.details.number as number) >= (number as number)) {
      const twice = before.details.number === number;
      violations.push({
        promise: twice ? ONCE : ORDER,
        problem: `#${String(number)} came after #${String(before.details.number)}`,
        matters: [before, happening],
      });
    }
    last.set(from, happening);
  }
  return violations;
}

function missed(
  history: History,
  final: Final,
  subscribed: Happening,
  heard: readonly Happening[],
  published: readonly Operation[],
): Violation[] {
  const { subscription, topic } = subscribed.details;
  if (!final.has(subscribed.node)) return [];
  const until = history.all('unsubscribed').find(({ details }) => details.subscription === subscription);
  const got = new Set(heard.map(({ details }) => details.number));
  const due = published.filter(
    (message) =>
      message.key === topic &&
      message.invoked > subscribed.order &&
      (until === undefined || message.invokedAt < until.at - MARGIN_MS) &&
      endOf(history, message.node) === Number.POSITIVE_INFINITY &&
      !touched(history, message, subscribed.node),
  );
  return due
    .filter(({ id }) => !got.has(id))
    .map((message) => ({
      promise: MISSED,
      problem: `#${message.id} was not heard`,
      matters: [subscribed, message, ...(until ? [until] : [])],
    }));
}

/** Longer than any delay and pause of these runs together. */
const MARGIN_MS = 6_000;

/** Whether a fault was on the pair's link, or on membership itself, around the time of the message. */
function touched(history: History, message: Operation, to: string): boolean {
  const [from, self] = [idOf(message.node), idOf(to)];
  const spans = new Map<string, number>();
  for (const { what, at, details } of history.happenings) {
    const link = `${String(details.from)} ${String(details.to)}`;
    if (what === 'partition') spans.set('partition', at);
    if (what === 'cut' && link === `${from} ${self}`) spans.set(link, at);
    if (what === 'heal' && hits(spans, 'partition', at, message)) return true;
    if (what === 'cut no more' && hits(spans, link, at, message)) return true;
  }
  return [...spans.values()].some((since) => since <= message.invokedAt);
}

/** Whether, at any time in the run, a fault could lose what one address sent another. */
export function wasTouched(history: History, from: string, to: string): boolean {
  return history.happenings.some(({ what, details }) => {
    if (what === 'partition') return true;
    return what === 'cut' && details.from === idOf(from) && details.to === idOf(to);
  });
}

/** A frame may leave a little later than it was written, and be under way when a fault begins. */
function hits(spans: Map<string, number>, id: string, end: number, message: Operation): boolean {
  const since = spans.get(id);
  spans.delete(id);
  return since !== undefined && message.invokedAt >= since - MARGIN_MS && message.invokedAt <= end;
}

function idOf(address: string): string {
  return address.slice(0, address.indexOf('#'));
}
