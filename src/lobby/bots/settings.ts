/** Times that an operator may set, in milliseconds. */
import type { MusterNode } from '../../services/index.ts';

/** The node's setting of that name, or what is usual. */
export function msSetting(node: MusterNode, name: string, usual: number): number {
  const wanted = node.settings[name];
  return typeof wanted === 'number' && wanted >= 0 ? wanted : usual;
}
