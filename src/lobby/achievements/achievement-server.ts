/**
 * Gives achievements for scenarios that were won. One on each node, acting on what clients of this node tell; and the store has
 * each achievement of an account once, whoever inserts it.
 */
import type { NodeId } from '../../base/index.ts';
import { type MusterNode, Server, type ServerSelf, server } from '../../services/index.ts';
import { LobbyStore } from '../store/lobby-store.ts';
import { type ClientEvent, clientEvents } from '../telemetry/client-telemetry.ts';
import { DIFFICULTIES, earnedBy, SCENARIO_END, SCENARIOS } from './scenarios.ts';

const FIRST_LOAD_MS = 10_000;
const LOAD_MS = 300_000;

export class AchievementServer extends Server<NodeId, undefined> {
  readonly #store: LobbyStore;
  /** Ids of types by scenario and difficulty; undefined until they were loaded. */
  #types: ReadonlyMap<string, number> | undefined;

  constructor(self: ServerSelf<NodeId>) {
    super(self);
    this.#store = new LobbyStore(() => this.node.store);
  }

  init(): undefined {
    this.after(FIRST_LOAD_MS, 'load');
    this.every(LOAD_MS, 'load');
  }

  override async info(): Promise<void> {
    await this.#attempt('the types of achievements cannot be loaded', () => this.#load());
  }

  /** A scenario was won, or lost. */
  async told({ userId, value }: ClientEvent): Promise<void> {
    const earned = earnedBy(value);
    if (userId === null || !earned) return;
    await this.#attempt('an achievement was lost', async () => {
      const types = this.#types ?? (await this.#load());
      const ids = earned.difficulties.flatMap((difficulty) => types.get(keyOf(earned.scenario, difficulty)) ?? []);
      if (ids.length === 0) {
        this.node.log.write('warn', 'there is no achievement for a scenario', { scenario: earned.scenario });
        return;
      }
      const rows = ids.map((id) => ({ account_id: userId, type_id: id, earned_at: this.node.wall() }));
      await this.#store.run(
        this.#store.db
          .insertInto('achievements')
          .values(rows)
          .onConflict((conflict) => conflict.doNothing()),
      );
    });
  }

  /** Makes the types that are missing; operators may add others. */
  async #load(): Promise<ReadonlyMap<string, number>> {
    const { db } = this.#store;
    const known = SCENARIOS.flatMap((scenario) =>
      DIFFICULTIES.map((difficulty) => ({ name: `${scenario} (${difficulty})`, scenario, difficulty })),
    );
    await this.#store.run(
      db
        .insertInto('achievement_types')
        .values(known)
        .onConflict((conflict) => conflict.doNothing()),
    );
    const rows = await this.#store.run(db.selectFrom('achievement_types').select(['id', 'scenario', 'difficulty']));
    this.#types = new Map(rows.map(({ id, scenario, difficulty }) => [keyOf(scenario, difficulty), id]));
    return this.#types;
  }

  async #attempt(failure: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.node.log.write('warn', failure, { error: String(error) });
    }
  }
}

export const achievementServer = server(
  'achievements',
  { placement: 'one per node', about: 'Gives achievements for what clients of its node have won.' },
  AchievementServer,
);

/** Has this node's server hear of scenarios that end here. */
export async function listenForAchievements(node: MusterNode): Promise<void> {
  await node.subscribe(clientEvents(), (event) => {
    if (event.type === SCENARIO_END) node.server(achievementServer, node.id).cast('told', event);
  });
}

function keyOf(scenario: string, difficulty: string): string {
  return `${scenario}/${difficulty}`;
}
