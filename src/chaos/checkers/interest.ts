/**
 * Interest: in a probe of a settled cluster a node publishes many messages to a topic, and all messages that came to each node
 * meanwhile are counted. Who listens gets at least as many; who does not gets fewer, what nodes tell each other anyway.
 */
import type { Checker, Violation } from './violation.ts';

const P3 = 'P3: no frame for a topic goes to a node without a subscriber of it';

export const checkInterest: Checker = (history) =>
  history.all('interest probed').flatMap((probe): Violation[] => {
    const { topic, sent, listeners, received } = probe.details as unknown as {
      readonly topic: string;
      readonly sent: number;
      readonly listeners: readonly string[];
      readonly received: Readonly<Record<string, number>>;
    };
    return Object.entries(received)
      .filter(([node, count]) => count >= sent !== listeners.includes(node))
      .map(([node, count]) => {
        const hears = listeners.includes(node) ? 'listens to' : 'does not listen to';
        const problem = `${node} ${hears} ${topic} and got ${count} messages while ${probe.node} published ${sent}`;
        return { promise: P3, problem, matters: [probe] };
      });
  });
