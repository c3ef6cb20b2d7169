/**
 * The states of servers that every member keeps: written together with the answer they give, so that a call which comes
 * again is answered from its record; read by the next instance; forgotten when the server stops for good.
 */
import type { Log } from '../../ports/index.ts';
import { parseValue } from '../declaration.ts';
import type { Membership } from '../membership/index.ts';
import type { OwnedTable, Tables } from '../tables/index.ts';
import type { AnyServer } from './declaration.ts';
import type { Item, Reply } from './instance.ts';
import type { ServerId } from './names.ts';

const KEEP_DEADLINE_MS = 30_000;

export class KeptStates {
  readonly #membership: Membership;
  readonly #tables: Tables;
  readonly #table: OwnedTable;
  readonly #log: Log;
  /** States on their way, of the present instance and those before it. */
  readonly #keeping = new Map<ServerId, Promise<unknown>>();

  constructor(membership: Membership, tables: Tables, table: OwnedTable, log: Log) {
    this.#membership = membership;
    this.#tables = tables;
    this.#table = table;
    this.#log = log;
  }

  /** What is kept now; undefined for nothing. */
  read(id: ServerId): unknown {
    return this.#table.get(id);
  }

  /** A kept state that does not fit its declaration is set aside, and the server starts anew. */
  fitting(declaration: AnyServer, id: ServerId, kept: unknown): unknown {
    if (kept === undefined || !declaration.state) return undefined;
    const parsed = declaration.state.safeParse(kept);
    if (parsed.success) return parsed.data;
    this.#log.write('error', 'a kept state does not fit its declaration and was set aside', {
      server: id,
    });
    return undefined;
  }

  /** Resolves when the states that are on their way now are written, or will not be; undefined when none is. */
  underWay(id: ServerId): Promise<unknown> | undefined {
    return this.#keeping.get(id);
  }

  /** Writes a state to every member; with the reply to the call of `item` that it came from, if any. */
  async keep(declaration: AnyServer, id: ServerId, state: unknown, item?: Item, reply?: Reply): Promise<void> {
    const value = parseValue(`state of ${id}`, declaration.state!, state);
    const mark = item?.call && reply && { ...item.call, outcome: reply };
    const operation = { kind: 'put', value, expires: 0, match: null, ...(mark && { mark }) } as const;
    const written = this.#tables.owned.caller.ask(`keep state of ${id}`, this.#table.number, id, operation, {
      deadlineMs: KEEP_DEADLINE_MS,
      patient: true,
    });
    const all = Promise.allSettled([this.#keeping.get(id), written]);
    this.#keeping.set(id, all);
    try {
      await written;
    } finally {
      if (this.#keeping.get(id) === all) this.#keeping.delete(id);
    }
  }

  async forget(id: ServerId): Promise<void> {
    const operation = { kind: 'delete', match: null } as const;
    await this.#tables.owned.caller.ask(`forget state of ${id}`, this.#table.number, id, operation, { patient: true });
  }

  /** A call to a server that keeps state may come again after it was applied, here or elsewhere: its answer is on record. */
  isSettled(declaration: AnyServer, item: Item): boolean {
    if (!item.call || declaration.keeps !== 'state') return false;
    const { owned } = this.#tables;
    const { applied } = owned;
    const { caller, number } = item.call;
    // Nobody waits for the answer of a caller that is gone, and its record is gone with it.
    if (applied.isDone(caller, number) || !this.#membership.view.has(caller)) return true;
    if (!applied.has(caller, number)) return false;
    owned.whenSafe(() => item.reply(applied.outcome(caller, number) as Reply));
    return true;
  }
}
