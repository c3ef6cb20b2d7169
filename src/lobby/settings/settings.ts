/**
 * Settings that an operator changed, the same on every node: the cache has them when the change resolves, the table `settings`
 * keeps them. One keeper in the cluster writes both, one change after the other, so that they agree in the end.
 */
import * as z from 'zod';
import { NodeDown, Refused } from '../../base/index.ts';
import { cache, type MusterNode, Server, server } from '../../services/index.ts';
import { unavailable } from '../refusal.ts';
import { LobbyStore } from '../store/lobby-store.ts';
import { fitting, isSettingName, SETTINGS, type SettingName, type SettingValue } from './table.ts';

export const settings = cache('settings', {
  key: z.string(),
  /** JSON; null where it was set back. */
  value: z.nullable(z.string()),
  writes: 'owner',
  filled: 'from the table settings when a node starts, and when an operator changes one',
  about: 'Settings of the lobby that an operator has changed.',
});

const LOAD_AGAIN_MS = 5_000;
const MOST_TRIES = 3;

/** What holds now on this node: what an operator set, else the setting the node was started with, else the default. */
export function setting<N extends SettingName>(node: MusterNode, name: N): SettingValue<N> {
  const changed = node.cache(settings).get(name);
  const value = typeof changed === 'string' ? fitting(name, JSON.parse(changed)) : undefined;
  return value ?? fitting(name, node.settings[name]) ?? (SETTINGS[name].default as SettingValue<N>);
}

class SettingsKeeper extends Server<never, undefined> {
  readonly #store = new LobbyStore(() => this.node.store);

  init(): undefined {
    return undefined;
  }

  /** `value` is JSON that fits; null sets the setting back. */
  async set(name: string, value: string | null): Promise<void> {
    try {
      await this.#write(name, value);
      await this.node.cache(settings).put(name, value);
    } catch (error) {
      throw new Refused(unavailable('The change of the setting', error).message);
    }
  }

  async #write(name: string, value: string | null): Promise<void> {
    const { db } = this.#store;
    if (value === null) await this.#store.run(db.deleteFrom('settings').where('name', '=', name));
    else {
      const row = db.insertInto('settings').values({ name, value });
      await this.#store.run(row.onConflict((conflict) => conflict.column('name').doUpdateSet({ value })));
    }
  }
}

export const settingsKeeper = server(
  'settings_keeper',
  { placement: 'singleton', about: 'Writes what an operator sets into the table and the cache, one change at a time.' },
  SettingsKeeper,
);

/**
 * Resolves when every node has the change, and the store. Asked again when the keeper's node dies meanwhile: what was done
 * twice is the same. Rejects with `Refused`, or with what became of the last try.
 */
export async function changeSetting(node: MusterNode, name: SettingName, value: unknown): Promise<void> {
  const text = value === null ? null : JSON.stringify(value);
  for (let tries = 1; ; tries++) {
    try {
      return await node.server(settingsKeeper).call('set', name, text);
    } catch (error) {
      if (!(error instanceof NodeDown) || tries === MOST_TRIES) throw error;
    }
  }
}

/**
 * Brings what an earlier cluster was set to into the cache, unless it is there already. Never rejects: a store that cannot be
 * reached is asked again in a while.
 */
export async function loadSettings(node: MusterNode, store: LobbyStore): Promise<void> {
  try {
    const rows = await store.run(store.db.selectFrom('settings').selectAll());
    for (const { name, value } of rows) {
      if (isSettingName(name)) await node.cache(settings).insertNew(name, value);
    }
  } catch (error) {
    node.log.write('warn', 'no settings for now', { why: unavailable('Reading the settings', error).message });
    node.after(LOAD_AGAIN_MS, () => void loadSettings(node, store));
  }
}
