/** Brings the queues of the table to life: lists them for all nodes, and has a wait server run for each. */
import type { OwnedCache } from '../../services/index.ts';
import { Server, server } from '../../services/index.ts';
import { unavailable } from '../refusal.ts';
import { LobbyStore } from '../store/lobby-store.ts';
import { type QueueInfo, queues } from './declarations.ts';
import { queueWait } from './wait-server.ts';

const RELOAD_MS = 60_000;
/** After a failure. */
const AGAIN_MS = 5_000;
const READY_WAIT_MS = 15_000;
const MOST_QUEUES = 64;

interface QueueSetting {
  readonly name: string;
  readonly teamSize: number;
}

/** Made when they are missing; the setting `queues`, a list of the same form. */
const DEFAULT_QUEUES: readonly QueueSetting[] = [
  { name: 'Duel', teamSize: 1 },
  { name: 'Team 2v2', teamSize: 2 },
];

export class MatchmakerServer extends Server<never, undefined> {
  #made = false;
  #hasFailed = false;

  init(): undefined {
    this.every(RELOAD_MS, 'load');
    this.after(0, 'load');
  }

  override async info(): Promise<void> {
    try {
      await this.load();
      this.#hasFailed = false;
    } catch (error) {
      const why = unavailable('Loading the queues', error).message;
      if (!this.#hasFailed) this.node.log.write('warn', 'no new queues for now', { why });
      this.#hasFailed = true;
      this.after(AGAIN_MS, 'load');
    }
  }

  /** Reads the table now, as after a change of it. */
  async load(): Promise<void> {
    const store = new LobbyStore(() => this.node.store);
    if (!this.#made) await this.#makeDefaults(store);
    this.#made = true;
    const rows = await store.run(
      store.db.selectFrom('queues').selectAll().where('enabled', '=', 1).orderBy('id').limit(MOST_QUEUES),
    );
    const wanted = new Map(rows.map((row) => [row.id, infoOf(row)]));
    const known = this.node.cache(queues);
    for (const [queueId, queue] of wanted) {
      if (JSON.stringify(known.get(queueId)) !== JSON.stringify(queue)) await known.put(queueId, queue);
      await this.node.server(queueWait, queueId).start();
    }
    await this.#close(known, wanted);
  }

  async #close(known: OwnedCache<number, QueueInfo>, wanted: ReadonlyMap<number, QueueInfo>): Promise<void> {
    for (const [queueId] of [...known.entries()]) {
      if (wanted.has(queueId)) continue;
      await known.delete(queueId);
      await this.node.server(queueWait, queueId).stop();
    }
  }

  async #makeDefaults(store: LobbyStore): Promise<void> {
    const { queues: setting } = this.node.settings;
    const defaults = Array.isArray(setting) ? (setting as readonly QueueSetting[]) : DEFAULT_QUEUES;
    if (defaults.length === 0) return;
    const rows = defaults.map(({ name, teamSize }) => ({
      name,
      team_size: teamSize,
      team_count: 2,
      ready_wait_ms: READY_WAIT_MS,
      maps: '[]',
    }));
    await store.run(
      store.db
        .insertInto('queues')
        .values(rows)
        .onConflict((conflict) => conflict.column('name').doNothing()),
    );
  }
}

interface QueueRow {
  readonly id: number;
  readonly name: string;
  readonly team_size: number;
  readonly team_count: number;
  readonly ready_wait_ms: number;
  readonly maps: string;
}

function infoOf({ id, name, team_size, team_count, ready_wait_ms, maps }: QueueRow): QueueInfo {
  const names: unknown = JSON.parse(maps);
  return {
    queueId: id,
    name,
    teamSize: team_size,
    teamCount: team_count,
    readyWaitMs: ready_wait_ms,
    maps: Array.isArray(names) ? names.map(String) : [],
  };
}

export const matchmaker = server(
  'matchmaker',
  { placement: 'singleton', about: 'Lists the queues of the table and has their wait servers run.' },
  MatchmakerServer,
);
