/** How the welcome message is told to somebody who joins. */
import type { ConsulState } from './state.ts';

const FRAME = '#'.repeat(40);

export function welcomeLines(state: ConsulState): string[] {
  return state.welcome === '' ? [] : [FRAME, state.welcome, FRAME];
}
