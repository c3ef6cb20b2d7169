/**
 * The lobby's tables in the cluster's store. Queries are built by Kysely and run by the store; several that belong together
 * are one transaction. Nothing is kept here: what should be quick to read stands in a cache that is filled from here.
 */
import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { SqlValue, Statement, Store } from '../../ports/index.ts';
import { type Compilable, MIGRATIONS } from './migrations.ts';
import type { Tables } from './schema.ts';

/** A query as Kysely builds it. */
interface Query<T> {
  compile(): CompiledQuery<T>;
}

const MIGRATIONS_TABLE = 'CREATE TABLE IF NOT EXISTS lobby_migrations (name TEXT PRIMARY KEY)';

/** Builds queries for the store's dialect and runs none itself. */
function queryBuilder(): Kysely<Tables> {
  return new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
}

export class LobbyStore {
  /** Builds queries for `run` and `transact`. Its own `execute` reaches no database. */
  readonly db: Kysely<Tables> = queryBuilder();
  readonly #store: () => Store;
  #ready: Promise<void> | undefined;

  /** `store` is asked for at the first use: an app that never uses the lobby's tables needs none. */
  constructor(store: () => Store) {
    this.#store = store;
  }

  /**
   * Brings the tables up to date; every node does, in any order and at the same time. Rejects with `StoreFailed`; tried again
   * at the next use then.
   */
  prepare(): Promise<void> {
    this.#ready ??= this.#migrate().catch((error: unknown) => {
      this.#ready = undefined;
      throw error;
    });
    return this.#ready;
  }

  /** The rows of one query. Rejects with `StoreFailed`. */
  async run<T>(query: Query<T>): Promise<T[]> {
    await this.prepare();
    const { sql, parameters } = statement(query);
    return (await this.#store().query(sql, parameters)) as T[];
  }

  /** Runs all or none. The rows of each. Rejects with `StoreFailed`. */
  async transact<const Q extends readonly Query<unknown>[]>(
    queries: Q,
  ): Promise<{ [I in keyof Q]: Q[I] extends Query<infer T> ? T[] : never }> {
    await this.prepare();
    return (await this.#store().batch(queries.map(statement))) as never;
  }

  async #migrate(): Promise<void> {
    const store = this.#store();
    await store.query(MIGRATIONS_TABLE);
    const rows = await store.query('SELECT name FROM lobby_migrations');
    const done = new Set(rows.map(({ name }) => name));
    for (const { name, statements } of MIGRATIONS) {
      if (done.has(name)) continue;
      const steps = statements(this.db, 'sqlite').map(statement);
      await this.#once(store, name, steps);
    }
  }

  /** The step names itself first, so of two nodes that take it at the same time one does nothing. */
  async #once(store: Store, name: string, steps: readonly Statement[]): Promise<void> {
    try {
      await store.batch([{ sql: 'INSERT INTO lobby_migrations (name) VALUES (?)', parameters: [name] }, ...steps]);
    } catch (error) {
      const taken = await store.query('SELECT name FROM lobby_migrations WHERE name = ?', [name]);
      if (taken.length === 0) throw error;
    }
  }
}

function statement(query: Compilable): Statement {
  const { sql, parameters } = query.compile();
  return { sql, parameters: parameters as readonly SqlValue[] };
}
