/** How a server's instances are called: in the registry, in the list of servers that must run, and to people. */
import { type Key, type NodeId, showKey } from '../../base/index.ts';
import type { AnyServer } from './declaration.ts';

/** `consul/12`, `rooms/"main"`, a singleton's plain name, `telemetry@n2` for one per node. */
export type ServerId = string;

export function serverId(declaration: AnyServer, key: Key | undefined, node: NodeId): ServerId {
  switch (declaration.placement) {
    case 'singleton':
      return declaration.name;
    case 'one per node':
      return `${declaration.name}@${node}`;
    case 'local':
      return `${declaration.name}@${node}/${showKey(key!)}`;
    case 'one per key':
      return `${declaration.name}/${showKey(key!)}`;
  }
}

/** The name and key of a `singleton` or `one per key` id. */
export function parseServerId(id: ServerId): { name: string; key: Key | undefined } {
  const slash = id.indexOf('/');
  if (slash < 0) return { name: id, key: undefined };
  return { name: id.slice(0, slash), key: JSON.parse(id.slice(slash + 1)) as Key };
}

/** The node in the id of a `local` or `one per node` server. */
export function nodeOf(id: ServerId): NodeId | undefined {
  const { name } = parseServerId(id);
  const at = name.indexOf('@');
  return at < 0 ? undefined : name.slice(at + 1);
}

/** What the owner of a server, its name and its kept state is computed from. */
export function routeOf(id: ServerId): string {
  return `server|${id}`;
}
