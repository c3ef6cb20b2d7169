/** What callers and hosts of servers say to each other, and the words for it. */
import { brief, type Message, type Words } from '../../node/index.ts';
import type { CallAnswer } from './calls.ts';

export const CALL = 0;
export const REPLY = 1;
export const CAST = 2;

export function describeServers(message: Message): Words {
  if (message[1] === REPLY) {
    const [, , number, answer] = message;
    return { service: 'servers', text: `answers request ${number}: ${answerWords(answer as CallAnswer)}` };
  }
  const isCall = message[1] === CALL;
  const [id, method, args] = message.slice(isCall ? 6 : 4) as [string, string, readonly unknown[]];
  const request = isCall ? ` (request ${message[2]})` : '';
  const shown = args.map(brief).join(', ');
  return {
    service: 'servers',
    text: `${isCall ? 'call' : 'cast'} ${id}.${method}(${shown})${request}`,
    about: id,
  };
}

function answerWords(answer: CallAnswer): string {
  if (answer[0] === 'elsewhere') return 'it runs elsewhere';
  return answer[0] ? brief(answer[1]) : `${answer[1].code}: ${answer[1].message}`;
}
