/** What callers and hosts of servers say to each other, and the words for it. */
import { brief, type Message, partsOf, type Words } from '../../node/index.ts';
import type { CallAnswer } from './calls.ts';

/**
 * Calls in a row of one method of one server: what the caller has done with, its view, the server and its method; then a number and
 * the arguments of each call.
 */
export const CALL = 0;
/** Where the first number is in a message of `CALL`. */
export const FIRST_CALL = 7;
/** A number and an answer, and so on. */
export const REPLY = 1;
/** Where the first number is in a message of `REPLY`. */
export const FIRST_REPLY = 2;
export const CAST = 2;

export function describeServers(message: Message): Words[] {
  const service = 'servers';
  if (message[1] === REPLY) {
    return partsOf(message, FIRST_REPLY, 2).map(([number, answer]) => ({
      service,
      text: `answers request ${number}: ${answerWords(answer as CallAnswer)}`,
    }));
  }
  if (message[1] === CALL) {
    const [id, method] = message.slice(5, FIRST_CALL) as [string, string];
    return partsOf(message, FIRST_CALL, 2).map(([number, args]) => ({
      service,
      text: `call ${id}.${method}(${argumentWords(args)}) (request ${number})`,
      about: id,
    }));
  }
  const [id, method, args] = message.slice(4) as [string, string, unknown];
  return [{ service, text: `cast ${id}.${method}(${argumentWords(args)})`, about: id }];
}

function argumentWords(args: unknown): string {
  return (args as readonly unknown[]).map(brief).join(', ');
}

function answerWords(answer: CallAnswer): string {
  if (answer[0] === 'elsewhere') return 'it runs elsewhere';
  return answer[0] ? brief(answer[1]) : `${answer[1].code}: ${answer[1].message}`;
}
