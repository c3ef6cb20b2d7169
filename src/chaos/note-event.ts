/** What a cluster tells its listeners, as part of the history of a run. */
import type { ClusterEvent } from '../cluster/index.ts';
import type { History } from './history.ts';

export function noteEvent(history: History, event: ClusterEvent): void {
  if (event.event === 'view') {
    const { epoch, members, cause } = event.view;
    const shown = members.map(({ id, incarnation, state }) => `${id}#${incarnation} ${state}`);
    history.note('authority', 'decided', { epoch, members: shown, cause });
  } else if (event.event === 'error') {
    const { code, message, node } = event;
    history.note('cluster', 'error', { code, message, ...(node !== undefined && { node }) });
  }
}
