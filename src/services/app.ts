/** An app: its declarations, and what each node does once it is up. */
import { InvalidValue } from '../base/index.ts';
import { Catalogue, type Declaration } from './declaration.ts';
import type { MusterNode } from './servers/declaration.ts';

export interface App {
  readonly catalogue: Catalogue;
  /** Runs on each node when it is up and caught up; the node is ready when it resolves. */
  readonly start: (node: MusterNode) => void | Promise<void>;
}

const MARK = Symbol.for('muster.app');

/** Defines an app. `uses` lists every declaration it (or its servers) touches. */
export function defineApp(
  options: { uses: readonly Declaration[] },
  start: (node: MusterNode) => void | Promise<void> = () => {},
): App {
  return Object.assign(Object.create({ [MARK]: true }), { catalogue: new Catalogue(options.uses), start }) as App;
}

/** Checks what a module exported as its app. Throws `InvalidValue`. */
export function checkApp(what: string, value: unknown): App {
  if (typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[MARK] === true) {
    return value as App;
  }
  throw new InvalidValue(what, 'its default export is not an app; make one with defineApp(...)');
}
