/**
 * The lobby's tables in the cluster's store. Queries are built by Kysely and run by the store; several that belong together
 * are one transaction. Nothing is kept here: what should be quick to read stands in a cache that is filled from here.
 */
import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { SqlDialect, SqlValue, Statement, Store } from '../../ports/index.ts';
import { type Compilable, MIGRATIONS } from './migrations.ts';
import type { Tables } from './schema.ts';

/** A query as Kysely builds it. */
export interface Query<T> {
  compile(): CompiledQuery<T>;
}

/** The rows of each of several queries. */
export type RowsOf<Q extends readonly Query<unknown>[]> = { [I in keyof Q]: Q[I] extends Query<infer T> ? T[] : never };

const MIGRATIONS_TABLE = 'CREATE TABLE IF NOT EXISTS lobby_migrations (name TEXT PRIMARY KEY)';

/** Builds queries for the store's dialect and runs none itself. */
function queryBuilder(dialect: SqlDialect): Kysely<Tables> {
  const createDriver = () => new DummyDriver();
  return dialect === 'sqlite'
    ? new Kysely<Tables>({
        dialect: {
          createAdapter: () => new SqliteAdapter(),
          createDriver,
          createIntrospector: (db) => new SqliteIntrospector(db),
          createQueryCompiler: () => new SqliteQueryCompiler(),
        },
      })
    : new Kysely<Tables>({
        dialect: {
          createAdapter: () => new PostgresAdapter(),
          createDriver,
          createIntrospector: (db) => new PostgresIntrospector(db),
          createQueryCompiler: () => new PostgresQueryCompiler(),
        },
      });
}

export class LobbyStore {
  readonly #store: () => Store;
  #db: Kysely<Tables> | undefined;
  #ready: Promise<void> | undefined;

  /** `store` is asked for at the first use: an app that never uses the lobby's tables needs none. */
  constructor(store: () => Store) {
    this.#store = store;
  }

  /** Builds queries for `run` and `transact`, in the store's dialect. Its own `execute` reaches no database. */
  get db(): Kysely<Tables> {
    this.#db ??= queryBuilder(this.#dialect);
    return this.#db;
  }

  get #dialect(): SqlDialect {
    return this.#store().dialect ?? 'sqlite';
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
  async transact<const Q extends readonly Query<unknown>[]>(queries: Q): Promise<RowsOf<Q>> {
    await this.prepare();
    return (await this.#store().batch(queries.map(statement))) as never;
  }

  async #migrate(): Promise<void> {
    const store = this.#store();
    await store.query(MIGRATIONS_TABLE);
    const done = new Set((await this.#done()).map(({ name }) => name));
    for (const { name, statements } of MIGRATIONS) {
      if (!done.has(name)) await this.#once(store, name, statements(this.db, this.#dialect));
    }
  }

  /** The step names itself first, so of two nodes that take it at the same time one does nothing. */
  async #once(store: Store, name: string, steps: readonly Compilable[]): Promise<void> {
    try {
      await store.batch([this.#migrations.insertInto('lobby_migrations').values({ name }), ...steps].map(statement));
    } catch (error) {
      const done = await this.#done();
      if (!done.some((step) => step.name === name)) throw error;
    }
  }

  get #migrations() {
    return this.db.withTables<{ lobby_migrations: { name: string } }>();
  }

  #done() {
    const { sql, parameters } = statement(this.#migrations.selectFrom('lobby_migrations').select('name'));
    return this.#store().query(sql, parameters);
  }
}

function statement(query: Compilable): Statement {
  const { sql, parameters } = query.compile();
  return { sql, parameters: parameters as readonly SqlValue[] };
}
