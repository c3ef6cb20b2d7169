/** Lines of Teiserver's extensions for who is online: battles and queues. Others that are well formed are passed over. */
import type { Take, TakeTable } from '../seen.ts';
import { broken } from '../words.ts';

export const EXTENSIONS: TakeTable = {
  's.battles.id_list': (_seen, words) => void words.rest(),
  's.matchmaking.full_queue_list': (seen, words) => {
    const entries = words
      .rest()
      .split('\t')
      .filter((entry) => entry !== '');
    const ids = entries.map((entry) => /^(\d+):./.exec(entry)?.[1] ?? broken(`${entry} is no queue`));
    seen.heard.news?.({ kind: 'queues', ids: ids.map(Number) });
  },
  's.matchmaking.ready_check': (seen, words) => {
    const queue = words.integer('queue');
    words.rest();
    seen.heard.news?.({ kind: 'ready-check', queue });
  },
};

/** Clients know only some extensions, and pass over the others. */
const EXTENSION = /^s\.[a-z_]+\.[a-z_]+$/;

export function extensionNamed(command: string): Take | undefined {
  return EXTENSION.test(command) ? (_seen, words) => void words.rest() : undefined;
}
