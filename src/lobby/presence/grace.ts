/** How long somebody whose connection is gone keeps his place in queues and parties. */
import type { MusterNode } from '../../services/index.ts';
import { setting } from '../settings/settings.ts';

export function graceMs(node: MusterNode): number {
  return setting(node, 'queueGraceMs');
}
