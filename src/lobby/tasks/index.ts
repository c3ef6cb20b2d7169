/** Work of the lobby that would be felt on a node's event loop, for `defineApp({ tasks })`. */
import type { AnyTask } from '../../services/index.ts';
import { balance } from './balance.ts';
import { matchRules } from './match-rules.ts';
import { rateMatch } from './rate-match.ts';

export const lobbyTasks: readonly AnyTask[] = [balance, rateMatch, matchRules];
