/**
 * The node as a server sees it. A server that keeps state sends when its state is safe; a server that runs at most once has
 * effects only while it runs and its node has a lease. Everything else is the node itself.
 */
import type { CallOptions, MusterNode, ServerHandle } from './declaration.ts';

type Act = (...args: never[]) => unknown;
type Handle = object;

/** The node with its sends going through `effect`: for servers whose sends wait until their state is safe. */
export function deferSends(node: MusterNode, effect: (act: () => void) => void): MusterNode {
  const later =
    <A extends unknown[], R>(send: (...args: A) => R, at: R) =>
    (...args: A): R => {
      effect(() => send(...args));
      return at;
    };
  const facade: MusterNode = Object.create(node);
  // Not a copy: what a fenced handle guards is not enumerable.
  const deferHandle = (handle: ServerHandle<unknown>): ServerHandle<unknown> =>
    Object.create(handle, {
      cast: { value: later(handle.cast as (...args: unknown[]) => void, undefined) },
      with: { value: (options: CallOptions) => deferHandle(handle.with(options)) },
    }) as ServerHandle<unknown>;
  Object.defineProperties(facade, {
    broadcast: { value: later(node.broadcast.bind(node) as (...args: unknown[]) => boolean, true) },
    broadcastFrom: { value: later(node.broadcastFrom.bind(node) as (...args: unknown[]) => boolean, true) },
    localBroadcast: { value: later(node.localBroadcast.bind(node) as (...args: unknown[]) => void, undefined) },
    directBroadcast: { value: later(node.directBroadcast.bind(node) as (...args: unknown[]) => boolean, true) },
    server: {
      value: (declaration: never, key: never) => deferHandle(node.server(declaration, key) as ServerHandle<unknown>),
    },
  });
  return facade;
}

/** How a refused effect shows: thrown by what returns at once, as a rejection by what returns a promise. */
type Shows = 'throws' | 'rejects';

const NODE_EFFECTS: Readonly<Record<string, Shows>> = {
  broadcast: 'throws',
  broadcastFrom: 'throws',
  localBroadcast: 'throws',
  directBroadcast: 'throws',
  subscribe: 'rejects',
};

const MERGED_EFFECTS: Readonly<Record<string, Shows>> = { put: 'throws', delete: 'throws' };

/** Effects of the handles that a node gives out; what is not named here only reads. */
const HANDLE_EFFECTS: Readonly<Record<string, Readonly<Record<string, Shows>>>> = {
  cache: {
    put: 'rejects',
    delete: 'rejects',
    update: 'rejects',
    insertNew: 'rejects',
    getOrLoad: 'rejects',
    read: 'rejects',
  },
  registry: { register: 'rejects' },
  sequence: { next: 'rejects' },
  server: { call: 'rejects', cast: 'throws', start: 'rejects', stop: 'rejects' },
  store: { query: 'rejects', batch: 'rejects', reserve: 'rejects' },
};

/**
 * The node with every effect checked first: an instance that goes on after its lease ran out, or after another has taken its
 * place, in a handler that waited or in a timer of the node's, gets `refusal` instead. What one synchronous stretch of code
 * does by itself nothing can check; there the fencing token decides.
 */
export function fence(node: MusterNode, refusal: (what: string) => Error | undefined): MusterNode {
  const guard =
    (what: string, act: Act, shows: Shows) =>
    (...args: never[]): unknown => {
      const refused = refusal(what);
      if (!refused) return act(...args);
      if (shows === 'throws') throw refused;
      return Promise.reject(refused);
    };
  const guarded = <T extends Handle>(handle: T, effects: Readonly<Record<string, Shows>>): T => {
    const facade = Object.create(handle) as T;
    for (const [name, shows] of Object.entries(effects)) {
      const act = (handle as Record<string, unknown>)[name];
      if (typeof act === 'function')
        Object.defineProperty(facade, name, { value: guard(name, act.bind(handle), shows) });
    }
    return facade;
  };
  const facade = guarded(node, NODE_EFFECTS);
  const cache = (declaration: { writes: string }): Handle =>
    guarded(
      node.cache(declaration as never) as Handle,
      declaration.writes === 'owner' ? HANDLE_EFFECTS.cache! : MERGED_EFFECTS,
    );
  const guardedServer = (handle: ServerHandle<unknown>): ServerHandle<unknown> =>
    Object.defineProperty(guarded(handle, HANDLE_EFFECTS.server!), 'with', {
      value: (options: CallOptions) => guardedServer(handle.with(options)),
    });
  const registry = (declaration: never): Handle =>
    guarded(node.registry(declaration) as Handle, HANDLE_EFFECTS.registry!);
  const sequence = (declaration: never): Handle => guarded(node.sequence(declaration), HANDLE_EFFECTS.sequence!);
  const serverOf = (declaration: never, key: never): Handle => guardedServer(node.server(declaration, key));
  return Object.defineProperties(facade, {
    cache: { value: cache },
    registry: { value: registry },
    sequence: { value: sequence },
    server: { value: serverOf },
    store: { get: () => guarded(node.store, HANDLE_EFFECTS.store!) },
  });
}
