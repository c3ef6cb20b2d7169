/** A store in memory for simulations: high-water marks, and no SQL. It outlives the nodes, not the process. */
import { type Store, StoreFailed } from '../../ports/index.ts';

export function memoryStore(): Store {
  const marks = new Map<string, number>();
  const refuse = (sql: string) => Promise.reject(new StoreFailed('memoryStore', `it has no SQL, and was asked ${sql}`));
  return {
    query: refuse,
    batch: (statements) => refuse(statements.map(({ sql }) => sql).join('; ')),
    reserve: async (name, count) => {
      const first = marks.get(name) ?? 1;
      marks.set(name, first + count);
      return first;
    },
    close: () => undefined,
  };
}
