/**
 * Which servers must run: a list that every member sees, with those that failed visibly; and which this node has given up,
 * which counts here before the list says so, and for servers that are on no list.
 */
import type { OwnedTable, Tables } from '../tables/index.ts';
import type { ServerId } from './names.ts';

interface Listed {
  readonly status: 'run' | 'failed';
  readonly reason: string;
}

export class RunList {
  readonly #tables: Tables;
  readonly #table: OwnedTable;
  readonly #givenUp = new Map<ServerId, string>();

  constructor(tables: Tables, table: OwnedTable) {
    this.#tables = tables;
    this.#table = table;
  }

  /** Calls `changed` after every change of an entry. */
  watch(changed: (id: ServerId) => void): void {
    this.#table.watch((id, _before, after) => {
      if ((after as Listed | undefined)?.status === 'run') this.#givenUp.delete(id as ServerId);
      changed(id as ServerId);
    });
  }

  *ids(): IterableIterator<ServerId> {
    for (const [id] of this.#table.entries(0)) yield id as ServerId;
  }

  status(id: ServerId): Listed['status'] | undefined {
    return this.#listed(id)?.status;
  }

  #listed(id: ServerId): Listed | undefined {
    return this.#table.get(id) as Listed | undefined;
  }

  /** Why the server does not run, if it failed. */
  failureOf(id: ServerId): string | undefined {
    const listed = this.#listed(id);
    return listed?.status === 'failed' ? listed.reason : this.#givenUp.get(id);
  }

  get givenUp(): ReadonlyMap<ServerId, string> {
    return this.#givenUp;
  }

  giveUp(id: ServerId, reason: string): void {
    this.#givenUp.set(id, reason);
  }

  forgive(id: ServerId): void {
    this.#givenUp.delete(id);
  }

  /** Resolves when every member sees that it must run. A `patient` one also waits where nothing can be written now. */
  async add(id: ServerId, patient = false): Promise<void> {
    this.#givenUp.delete(id);
    if (this.status(id) === 'run') return;
    await this.#put(`start ${id}`, id, { status: 'run', reason: '' }, patient);
  }

  /** Resolves when every member sees that it failed. */
  markFailed(id: ServerId, reason: string): Promise<unknown> {
    return this.#put(`mark ${id} failed`, id, { status: 'failed', reason }, true);
  }

  remove(id: ServerId): Promise<unknown> {
    const operation = { kind: 'delete', match: null } as const;
    return this.#tables.owned.caller.ask(`stop ${id}`, this.#table.number, id, operation);
  }

  #put(what: string, id: ServerId, value: Listed, patient: boolean): Promise<unknown> {
    const operation = { kind: 'put', value, expires: 0, match: null } as const;
    return this.#tables.owned.caller.ask(what, this.#table.number, id, operation, { patient });
  }
}
