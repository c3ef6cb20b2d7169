/** What members say to each other about views, and the words for it. */
import type { Message, Words } from '../../node/index.ts';

export const INSTALLED = 0;
export const NEED = 1;
export const PING = 2;
export const PONG = 3;

const WORDS: Readonly<Record<number, (epoch: unknown) => Words>> = {
  [INSTALLED]: (epoch) => ({ service: 'membership', text: `installed view ${epoch}` }),
  [NEED]: (epoch) => ({ service: 'membership', text: `asks again for your installed of view ${epoch}` }),
  [PING]: () => ({ service: 'membership', text: 'ping', routine: true }),
  [PONG]: () => ({ service: 'membership', text: 'pong', routine: true }),
};

export function describeMembership([, kind, epoch]: Message): Words {
  return WORDS[kind as number]?.(epoch) ?? { service: 'membership', text: `message ${kind}` };
}
