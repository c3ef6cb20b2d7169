/** What members say to each other about views, and the words for it. */
import type { Message, Words } from '../../node/index.ts';

export const INSTALLED = 0;
export const NEED = 1;

const TEXT: Readonly<Record<number, (epoch: unknown) => string>> = {
  [INSTALLED]: (epoch) => `installed view ${epoch}`,
  [NEED]: (epoch) => `asks again for your installed of view ${epoch}`,
};

export function describeMembership([, kind, epoch]: Message): Words {
  return { service: 'membership', text: TEXT[kind as number]?.(epoch) ?? `message ${kind}` };
}
