/** An app: its declarations, its tasks, and what each node does once it is up. */
import { InvalidValue } from '../base/index.ts';
import type { Task } from '../ports/index.ts';
import { Catalogue, type Declaration } from './declaration.ts';
import type { MusterNode } from './servers/declaration.ts';

// biome-ignore lint/suspicious/noExplicitAny: a task of any input and output is what is meant; each is exact where it is run.
export type AnyTask = Task<any, any>;

export interface App {
  readonly catalogue: Catalogue;
  /** By name. */
  readonly tasks: ReadonlyMap<string, AnyTask>;
  /** Runs on each node when it is up and caught up; the node is ready when it resolves. */
  readonly start: (node: MusterNode) => void | Promise<void>;
}

const MARK = Symbol.for('muster.app');

/**
 * Defines an app. `uses` lists every declaration it (or its servers) touches, `tasks` every task it gives to `node.compute`.
 * Throws `InvalidValue` for two of one name.
 */
export function defineApp(
  options: { uses: readonly Declaration[]; tasks?: readonly AnyTask[] },
  start: (node: MusterNode) => void | Promise<void> = () => {},
): App {
  const { uses, tasks = [] } = options;
  const app: App = { catalogue: new Catalogue(uses), tasks: byName(tasks), start };
  return Object.assign(Object.create({ [MARK]: true }), app) as App;
}

function byName(tasks: readonly AnyTask[]): ReadonlyMap<string, AnyTask> {
  const named = new Map(tasks.map((task) => [task.name, task]));
  for (const task of tasks) {
    if (named.get(task.name) !== task) {
      throw new InvalidValue('defineApp tasks', `two tasks are both called ${task.name}`);
    }
  }
  return named;
}

/** The task of that name. Throws `InvalidValue` when the app lists none. */
export function taskNamed(app: App, name: string): AnyTask {
  const task = app.tasks.get(name);
  if (!task) {
    throw new InvalidValue(
      `task ${name}`,
      'it is not among the tasks of the app; add it to defineApp({ tasks: [...] })',
    );
  }
  return task;
}

/** Checks what a module exported as its app. Throws `InvalidValue`. */
export function checkApp(what: string, value: unknown): App {
  if (typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[MARK] === true) {
    return value as App;
  }
  throw new InvalidValue(what, 'its default export is not an app; make one with defineApp(...)');
}
