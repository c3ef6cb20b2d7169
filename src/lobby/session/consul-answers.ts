/**
 * Asking Consul, from a session. A refusal in the answer comes out as one; where no Consul runs (it failed for good, or
 * was never started), what it would have allowed is done without it.
 */
import { NoSuchServer, ServerFailed } from '../../base/index.ts';
import { type Answer, valueIn } from '../answer.ts';

export async function consulSays<T>(
  ask: () => Promise<Answer<T>>,
  without: () => Promise<NoInfer<T> | void>,
): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await ask();
  } catch (error) {
    if (error instanceof NoSuchServer || error instanceof ServerFailed) return (await without()) as T;
    throw error;
  }
  return valueIn(answer);
}
