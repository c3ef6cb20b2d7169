/**
 * Drops for want of credit: what a subscriber missed of one publisher it is told as gaps, with the right count, before the
 * next message; and what was published and not taken yet stays within the credit of a link.
 */
import type { Happening, History } from '../history.ts';
import { endOf } from './lives.ts';
import { wasCut } from './pubsub.ts';
import type { Checker, Final, Violation } from './violation.ts';

const TOLD = 'P2: a drop is told to the subscriber as a gap with its count';
const BOUND = 'P12: what is under way to a peer stays within its credit';
const COUNTED = 'P12: drops are counted';

/** Bytes of credit of a link, and what one turn may add before anybody looks again. */
const MOST_BYTES = 8 * 1024 * 1024 + 1024 * 1024;

/** What one subscription heard and was told of one publisher, and what that one sent. */
interface Stream {
  readonly publisher: string;
  readonly subscribed: Happening;
  readonly sent: readonly Happening[];
  readonly heard: readonly Happening[];
  readonly gaps: readonly Happening[];
}

export const checkGaps: Checker = (history, final) => {
  const streams = streamsOf(history, final);
  return [...streams.flatMap(untold), ...streams.flatMap(overdrawn), ...uncounted(history, final)];
};

/** Only of pairs that lived through the run with nothing done to their link: else messages get lost untold. */
function streamsOf(history: History, final: Final): Stream[] {
  const published = history.all('published');
  const publishers = [...new Set(published.map(({ node }) => node))];
  return history.all('subscribed').flatMap((subscribed) => {
    const { subscription, topic } = subscribed.details;
    if (!final.has(subscribed.node)) return [];
    const ours = (happening: Happening): boolean => happening.details.subscription === subscription;
    return publishers.flatMap((publisher): Stream[] => {
      const sent = published.filter(
        ({ node, order, details }) => node === publisher && details.topic === topic && order > subscribed.order,
      );
      if (sent.length === 0 || publisher === subscribed.node || endOf(history, publisher) !== Number.POSITIVE_INFINITY)
        return [];
      if (wasCut(history, publisher, subscribed.node)) return [];
      const heard = history.all('heard').filter((item) => ours(item) && item.details.from === publisher);
      const origin = publisher.slice(0, publisher.indexOf('#'));
      const gaps = history.all('gap').filter((item) => ours(item) && item.details.origin === origin);
      return [{ publisher, subscribed, sent, heard, gaps }];
    });
  });
}

const numberOf = ({ details }: Happening): number => details.number as number;
const missedOf = ({ details }: Happening): number => details.missed as number;
const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

function untold({ publisher, subscribed, sent, heard, gaps }: Stream): Violation[] {
  let last = Number.NEGATIVE_INFINITY;
  let lastOrder = subscribed.order;
  for (const message of [...heard, undefined]) {
    const number = message ? numberOf(message) : Number.POSITIVE_INFINITY;
    const order = message?.order ?? Number.POSITIVE_INFINITY;
    const missed = sent.filter((other) => numberOf(other) > last && numberOf(other) < number);
    const told = gaps.filter((gap) => gap.order > lastOrder && gap.order < order);
    if (missed.length !== sum(told.map(missedOf))) {
      const before = message ? `before #${number}` : 'at the end';
      const problem = `${subscribed.node} missed ${missed.length} messages of ${publisher} ${before} and was told of ${sum(told.map(missedOf))}`;
      return [
        {
          promise: TOLD,
          problem,
          matters: [subscribed, ...missed.slice(0, 5), ...told, ...(message ? [message] : [])],
        },
      ];
    }
    last = number;
    lastOrder = order;
  }
  return [];
}

/** Sent, not dropped, and not heard yet. */
function overdrawn({ publisher, subscribed, sent, heard }: Stream): Violation[] {
  const heardAt = new Map(heard.map((item) => [numberOf(item), item.order]));
  const taken = sent.filter((item) => heardAt.has(numberOf(item)));
  let bytes = 0;
  let next = 0;
  for (const message of taken) {
    bytes += message.details.bytes as number;
    while (heardAt.get(numberOf(taken[next]!))! < message.order) bytes -= taken[next++]!.details.bytes as number;
    if (bytes <= MOST_BYTES) continue;
    const problem = `${bytes} bytes of ${publisher} are under way to ${subscribed.node}, which has not taken them`;
    return [{ promise: BOUND, problem, matters: [message] }];
  }
  return [];
}

/** A node counts at least the drops that subscribers were told of. */
function uncounted(history: History, final: Final): Violation[] {
  const last = new Map(history.all('inspected').map((item) => [item.node, item]));
  const told = new Map<string, Map<string, number>>();
  for (const { node, details } of history.all('gap')) {
    const origin = String(details.origin);
    const byNode = told.get(origin) ?? new Map<string, number>();
    told.set(origin, byNode.set(node, (byNode.get(node) ?? 0) + (details.missed as number)));
  }
  return [...told].flatMap(([origin, byNode]) => {
    const address = [...final.keys()].find((candidate) => candidate.startsWith(`${origin}#`));
    const inspected = address === undefined ? undefined : last.get(address);
    if (!address?.endsWith('#1') || !inspected) return [];
    const counted = inspected.details.publishDropped as number;
    const most = Math.max(...byNode.values());
    if (counted >= most) return [];
    const problem = `${address} counted ${counted} drops, and a subscriber was told of ${most}`;
    return [{ promise: COUNTED, problem, matters: [inspected] }];
  });
}
