/** Evaluates a function that was sent as text, as `Cluster.run` does. It sees its arguments and the globals only. */
import { InvalidValue } from '../base/index.ts';

/**
 * Makes the function of `source`. esbuild's keepNames option wraps named functions in a helper `__name`, so the text may
 * refer to it. Throws `InvalidValue` when the text is not a function, as with native or bound functions and methods.
 */
export function functionOf(source: string): (...args: readonly unknown[]) => unknown {
  let made: unknown;
  try {
    made = new Function(`const __name = (value) => value; return (${source}\n);`)();
  } catch (error) {
    throw new InvalidValue('run', `the function's text does not evaluate: ${(error as Error).message}`);
  }
  if (typeof made !== 'function') throw new InvalidValue('run', 'what was given is not a function');
  return made as (...args: readonly unknown[]) => unknown;
}
