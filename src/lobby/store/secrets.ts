/** Texts that all nodes share, made once: whoever comes first makes one, the others get his. */
import type { LobbyStore } from './lobby-store.ts';

/** The secret of that name, or what `make` makes if there is none yet. Rejects with `StoreFailed`, or as `make` does. */
export async function sharedSecret(store: LobbyStore, name: string, make: () => Promise<string>): Promise<string> {
  const find = () => store.run(store.db.selectFrom('secrets').select('value').where('name', '=', name));
  const [found] = await find();
  if (found) return found.value;
  const value = await make();
  await store.run(
    store.db
      .insertInto('secrets')
      .values({ name, value })
      .onConflict((conflict) => conflict.doNothing()),
  );
  const [kept] = await find();
  return kept!.value;
}
