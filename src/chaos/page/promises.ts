/** What each promise means for somebody who does not know it: what should have been. */

const SHOULD: Readonly<Record<string, string>> = {
  P1: 'Everybody who installs a view of one number sees the same members in it, each node sees the numbers grow, and after a change of members a strong write is on all of them or on none.',
  P2: 'A subscriber hears the messages of one node in the order they were published, none twice, and none is missing that was published after it had subscribed.',
  P3: 'No message of a topic goes to a node where nobody listens.',
  P4: 'All copies of a merged cache become equal, and show for each key the newest write; nothing a living node wrote disappears.',
  P5: 'Each key behaves as if there were one copy of it: every operation takes effect at one moment between its call and its return, and what was acknowledged stays.',
  P6: 'A node that joins has everything when it is up, and resets nothing for the others.',
  P7: 'A name has at most one holder at any time, and a node that is gone holds none.',
  P8: 'Of a server at most one instance is active at any time in the whole cluster.',
  P9: 'A server that moves loses no call, and starts again with the state of the last turn that anybody saw.',
  P10: 'An id is issued once, whatever dies, and the ids a node gets grow.',
  P11: 'Every operation ends within its deadline. If it says that it did not run, it did not; if it was repeated, it still took effect once.',
  P12: 'Queues, batches and tables stay within their bounds, and whoever misses something is told how much.',
  P13: 'A node that hangs is noticed and replaced; one that is only busy is not.',
  P14: 'A node that was cut off comes back as a new incarnation, with what it wrote to merged caches and nothing else.',
  liveness:
    'When the faults have ended, the cluster comes to rest by itself: one view everywhere, nothing pending, all copies equal.',
};

/** `P5` of `P5: no update is lost …`; undefined for an invariant of a user. */
export function promiseCode(promise: string): string | undefined {
  return /^(P\d+|liveness):/.exec(promise)?.[1];
}

export function promiseText(promise: string): string {
  const text = promise.replace(/^(P\d+|liveness):\s*/, '');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function shouldHaveBeen(promise: string): string {
  return SHOULD[promiseCode(promise) ?? ''] ?? promiseText(promise);
}
