/** Evaluates a function that was sent as text, as `Cluster.run` does. It sees its arguments, the scope given, and the globals. */
import { InvalidValue } from '../../base/index.ts';

/** Names of parameters, then a body. */
export type MakeFunction = (...parts: string[]) => unknown;

const newFunction: MakeFunction = (...parts) => new Function(...parts);

/**
 * Makes the function of `source`. esbuild's keepNames option wraps named functions in a helper `__name`, so the text may
 * refer to it. Throws `InvalidValue` when the text is not a function, as with native or bound functions and methods.
 * `scope` gives names that the text may use, such as the app module's exports.
 */
export function functionOf(
  source: string,
  scope: Readonly<Record<string, unknown>> = {},
  make = newFunction,
): (...args: readonly unknown[]) => unknown {
  const names = Object.keys(scope).filter((name) => name !== 'default' && name !== '__name');
  const body = `const __name = (value) => value; return (${source}\n);`;
  let made: unknown;
  try {
    made = (make(...names, body) as (...values: unknown[]) => unknown)(...names.map((name) => scope[name]));
  } catch (error) {
    throw new InvalidValue('run', `the function's text does not evaluate: ${(error as Error).message}`);
  }
  if (typeof made !== 'function') throw new InvalidValue('run', 'what was given is not a function');
  return made as (...args: readonly unknown[]) => unknown;
}
