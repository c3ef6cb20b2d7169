/** A store in memory for simulations: high-water marks, and no SQL. It outlives the nodes, not the process. */
import { type Store, StoreFailed } from '../../ports/index.ts';

export function memoryStore(): Store {
  const marks = new Map<string, number>();
  return {
    query: (sql) => Promise.reject(new StoreFailed('memoryStore', `it has no SQL, and was asked ${sql}`)),
    reserve: async (name, count) => {
      const first = marks.get(name) ?? 1;
      marks.set(name, first + count);
      return first;
    },
    close: () => undefined,
  };
}
