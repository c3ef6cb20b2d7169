/**
 * What clients tell of themselves: events, properties, and the logs of games that went wrong. Told by who is logged in it belongs
 * to his account, otherwise to the hash by which the client calls itself. Events and properties are written in batches.
 */
import type { Insertable } from 'kysely';
import * as z from 'zod';
import { type MusterNode, topic } from '../../services/index.ts';
import { UserId } from '../presence/sessions.ts';
import type { LobbyStore } from '../store/lobby-store.ts';
import type { TelemetryEventTable, TelemetryPropertyTable } from '../store/schema.ts';
import { RowWriter } from './row-writer.ts';

/** Who tells. */
export interface Teller {
  /** Undefined before a login. */
  readonly userId: number | undefined;
  readonly hash: string;
}

export interface Infolog {
  readonly type: string;
  /** JSON. */
  readonly metadata: string;
  /** Compressed, as it came. */
  readonly contents: Uint8Array;
}

export const ClientEvent = z.object({ userId: z.nullable(UserId), type: z.string(), value: z.string() });
export type ClientEvent = z.infer<typeof ClientEvent>;

export const clientEvents = topic('telemetry_client_events', ClientEvent, {
  reach: 'node',
  actedOnBy: 'origin',
  sentBy: 'the lobby of the node that a client told it',
  heardBy: 'the achievements of that node',
  about:
    'An event that a client told, on the node of its connection. Achievements listen; on any other node it would count twice.',
});

type EventRow = Insertable<TelemetryEventTable>;

/** Lives of a node that start in one millisecond are told apart by so many random numbers. */
const MARKS = 2 ** 40;

export class ClientTelemetry {
  readonly #node: MusterNode;
  readonly #store: LobbyStore;
  readonly #events: RowWriter<EventRow>;
  readonly #properties: RowWriter<TelemetryPropertyTable>;
  /** What the marks of this node's events begin with, and how many there were. */
  readonly #marks: string;
  #marked = 0;

  constructor(node: MusterNode, store: LobbyStore) {
    this.#node = node;
    this.#store = store;
    this.#marks = [node.id, node.wall(), Math.floor(node.random() * MARKS)].join('-');
    this.#events = new RowWriter({ node, what: 'telemetry events', write: (rows) => this.#writeEvents(rows) });
    this.#properties = new RowWriter({
      node,
      what: 'telemetry properties',
      write: (rows) => this.#writeProperties(rows),
    });
  }

  /** Rows that were dropped because the store is too slow. */
  get dropped(): number {
    return this.#events.dropped + this.#properties.dropped;
  }

  /** Takes an event; `value` is JSON. False when it was dropped. */
  logEvent({ userId, hash }: Teller, type: string, value: string): boolean {
    this.#marked += 1;
    const mark = `${this.#marks}-${this.#marked}`;
    const kept = this.#events.add({ account_id: userId ?? null, hash, type, value, at: this.#node.wall(), mark });
    this.#node.localBroadcast(clientEvents(), { userId: userId ?? null, type, value });
    return kept;
  }

  /** Sets the newest value of a property. False when it was dropped. */
  setProperty({ userId, hash }: Teller, name: string, value: string): boolean {
    const owner = userId === undefined ? `hash:${hash}` : `user:${userId}`;
    return this.#properties.add({ owner, name, value, at: this.#node.wall() });
  }

  /** Keeps a log; its id. Rejects with `StoreFailed`. */
  async keepInfolog({ userId, hash }: Teller, { type, metadata, contents }: Infolog): Promise<number> {
    const row = { account_id: userId ?? null, hash, type, metadata, contents, at: this.#node.wall() };
    const [kept] = await this.#store.run(this.#store.db.insertInto('infologs').values(row).returning('id'));
    return kept!.id;
  }

  /** Writes what waits; to be awaited when the node stops. */
  async close(): Promise<void> {
    await Promise.all([this.#events.close(), this.#properties.close()]);
  }

  /** What the store took though it did not say so comes again, with its mark, and is there already. */
  async #writeEvents(rows: readonly EventRow[]): Promise<void> {
    await this.#store.run(
      this.#store.db
        .insertInto('telemetry_events')
        .values(rows)
        .onConflict((conflict) => conflict.column('mark').doNothing()),
    );
  }

  /** One statement may name a row once, so of several values of a property the last goes in; a newer one in the store stays. */
  async #writeProperties(rows: readonly TelemetryPropertyTable[]): Promise<void> {
    const newest = new Map(rows.map((row) => [JSON.stringify([row.owner, row.name]), row]));
    await this.#store.run(
      this.#store.db
        .insertInto('telemetry_properties')
        .values([...newest.values()])
        .onConflict((conflict) =>
          conflict
            .columns(['owner', 'name'])
            .doUpdateSet(({ ref }) => ({ value: ref('excluded.value'), at: ref('excluded.at') }))
            .whereRef('telemetry_properties.at', '<=', 'excluded.at'),
        ),
    );
  }
}
