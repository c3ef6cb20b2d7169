/**
 * PubSub: per publisher in order, at most once, and nothing missed: what was published on a member after `subscribe` had
 * resolved is heard, unless a node of the pair ended or a fault touched its link at the time.
 */
import { groups, type Happening, type History, type Operation } from '../history.ts';
import { endOf } from './lives.ts';
import type { Checker, Violation } from './violation.ts';

const ORDER = 'P2: messages of one node reach a subscriber in the order they were published';
const ONCE = 'P2: a message reaches a subscriber at most once';
const MISSED = 'P2: what is published after subscribe resolved is heard';

export const checkPubSub: Checker = (history, final) => {
  const heard = groups(history.all('heard'), ({ details }) => details.subscription);
  const violations = [...heard.values()].flatMap(inOrder);
  const published = groups(
    history.of('publish').filter(({ outcome }) => outcome === 'ok'),
    ({ key }) => key,
  );
  for (const subscribed of history.all('subscribed')) {
    const { subscription, topic } = subscribed.details;
    if (!final.has(subscribed.node)) continue;
    const sent = published.get(topic as string) ?? [];
    violations.push(...missed(history, subscribed, heard.get(subscription) ?? [], sent));
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
  subscribed: Happening,
  heard: readonly Happening[],
  published: readonly Operation[],
): Violation[] {
  const until = history.derive(endsOfSubscriptions).get(subscribed.details.subscription);
  const marginMs = history.derive(longestWay);
  const got = new Set(heard.map(({ details }) => details.number));
  const isDue = (message: Operation): boolean =>
    message.invoked > subscribed.order &&
    (until === undefined || (message.settledAt ?? 0) < until.at - marginMs) &&
    endOf(history, message.node) === Number.POSITIVE_INFINITY &&
    !touched(history, message, subscribed.node, marginMs);
  return published
    .filter((message) => !got.has(message.id) && isDue(message))
    .map((message) => ({
      promise: MISSED,
      problem: `#${message.id} was not heard`,
      matters: [subscribed, message, ...(until ? [until] : [])],
    }));
}

function endsOfSubscriptions(history: History): Map<unknown, Happening> {
  return new Map(history.all('unsubscribed').map((end) => [end.details.subscription, end]));
}

/** What a message may take at most on a link without a cut: the longest delay, and a node that stands still at either end. */
function longestWay(history: History): number {
  const pauses = history.all('paused').map(({ details }) => details.ms as number);
  return SLACK_MS + 2 * Math.max(0, ...pauses);
}

/** More than the longest delay of a link. */
const SLACK_MS = 1_000;

interface Cut {
  readonly from: number;
  readonly until: number;
}

/** Whether the pair's link was cut around the time of the message; a frame may be under way when the cut begins. */
function touched(history: History, message: Operation, to: string, marginMs: number): boolean {
  const cuts = history.derive(cutsOfLinks).get(`${idOf(message.node)} ${idOf(to)}`) ?? [];
  const end = message.settledAt ?? 0;
  return cuts.some(({ from, until }) => end >= from - marginMs && message.invokedAt <= until);
}

/** Whether, at any time in the run, the link let nothing through. */
export function wasCut(history: History, from: string, to: string): boolean {
  return history.derive(cutsOfLinks).has(`${idOf(from)} ${idOf(to)}`);
}

/** When which link let nothing through. A cut and its end have the number of their fault. */
function cutsOfLinks(history: History): Map<string, Cut[]> {
  const ends = new Map(history.all('heal', 'cut no more').map(({ details, at }) => [details.fault, at]));
  const all = history.all('partition', 'cut').flatMap(({ details, at }) => {
    const cut = { from: at, until: ends.get(details.fault) ?? Number.POSITIVE_INFINITY };
    return linksOf(details).map((link) => ({ link, cut }));
  });
  return new Map([...groups(all, ({ link }) => link)].map(([link, some]) => [link, some.map(({ cut }) => cut)]));
}

function linksOf({ from, to, side, rest }: Happening['details']): string[] {
  if (side === undefined) return [`${String(from)} ${String(to)}`];
  const [here, there] = [side as string[], rest as string[]];
  return here.flatMap((a) => there.flatMap((b) => [`${a} ${b}`, `${b} ${a}`]));
}

function idOf(address: string): string {
  return address.slice(0, address.indexOf('#'));
}
