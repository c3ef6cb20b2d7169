/** How long somebody whose connection is gone keeps his place in queues and parties; the setting `queueGraceMs`. */
import type { MusterNode } from '../../services/index.ts';

const DEFAULT_GRACE_MS = 5_000;

export function graceMs(node: MusterNode): number {
  const { queueGraceMs } = node.settings;
  return typeof queueGraceMs === 'number' ? queueGraceMs : DEFAULT_GRACE_MS;
}
