/** What a look-up in a Map takes. */
import type { Subject } from '../harness.ts';
import { lobbyUpdate, nowMs, perSecond, sameRandomKeys } from '../work.ts';

/** Look-ups per second of `count` random keys in a Map of `of`, on this thread. */
export async function mapGet(count: number, of: number): Promise<Subject> {
  const entries = new Map<number, { value: unknown }>();
  for (let key = 0; key < of; key++) entries.set(key, { value: lobbyUpdate(key, 1) });
  return {
    name: 'map-get',
    async round() {
      const keys = sameRandomKeys(count, of);
      const startedAt = nowMs();
      let found = 0;
      for (const key of keys) if (entries.get(key)?.value !== undefined) found += 1;
      const endedAt = nowMs();
      if (found !== count) throw new Error(`${found} of ${count} keys were there`);
      return perSecond(count, startedAt, [endedAt]);
    },
    close: async () => entries.clear(),
  };
}
