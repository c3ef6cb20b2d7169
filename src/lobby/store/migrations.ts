/**
 * How the tables came to be, step by step; a step that was released is never changed. The statements are built for the
 * dialect they are to run in, so that there is one schema for SQLite and PostgreSQL.
 */
import { type CreateTableBuilder, type Kysely, sql } from 'kysely';
import type { SqlDialect } from '../../ports/index.ts';

/** What a step is made of: anything Kysely can compile. */
export interface Compilable {
  compile(): { readonly sql: string; readonly parameters: readonly unknown[] };
}

/** Builds statements; what tables there are is not known to it, as each step sees another set of them. */
// biome-ignore lint/suspicious/noExplicitAny: that is how Kysely calls a database of any tables.
type Builder = Kysely<any>;

export interface Migration {
  readonly name: string;
  readonly statements: (db: Builder, dialect: SqlDialect) => Compilable[];
}

type Table = CreateTableBuilder<string, never>;

class Making {
  readonly #db: Builder;
  readonly #dialect: SqlDialect;

  constructor(db: Builder, dialect: SqlDialect) {
    this.#db = db;
    this.#dialect = dialect;
  }

  table(name: string): Table {
    return this.#db.schema.createTable(name).ifNotExists() as unknown as Table;
  }

  /** A table whose rows are numbered by the database. */
  numbered(name: string): Table {
    return this.table(name).addColumn('id', 'integer', (column) =>
      this.#dialect === 'sqlite'
        ? column.primaryKey().autoIncrement()
        : column.primaryKey().generatedByDefaultAsIdentity(),
    ) as Table;
  }

  unique(name: string, table: string, ...columns: string[]): Compilable {
    return this.#db.schema.createIndex(name).ifNotExists().unique().on(table).columns(columns);
  }

  index(name: string, table: string, ...columns: string[]): Compilable {
    return this.#db.schema.createIndex(name).ifNotExists().on(table).columns(columns);
  }

  get bytes() {
    return this.#dialect === 'sqlite' ? sql.raw('blob') : sql.raw('bytea');
  }
}

export const MIGRATIONS: readonly Migration[] = [
  {
    // Files of the first releases have this table already.
    name: '001 accounts',
    statements: (db, dialect) => {
      const make = new Making(db, dialect);
      return [
        make
          .numbered('accounts')
          .addColumn('name', 'text', notNull)
          .addColumn('email', 'text')
          .addColumn('salt', make.bytes, notNull)
          .addColumn('hash', make.bytes, notNull)
          .addColumn('cost', 'integer', notNull)
          .addColumn('spring_id', 'integer', notNull)
          .addColumn('ingame_minutes', 'integer', (column) => column.notNull().defaultTo(0))
          .addColumn('moderator', 'integer', (column) => column.notNull().defaultTo(0))
          .addColumn('bot', 'integer', (column) => column.notNull().defaultTo(0))
          .addColumn('created_at', 'bigint', notNull),
        make.unique('accounts_by_email', 'accounts', 'email'),
        make.unique('accounts_by_spring_id', 'accounts', 'spring_id'),
      ];
    },
  },
  {
    name: '002 names without case',
    statements: (db) => [
      db.schema.dropIndex('accounts_by_name').ifExists(),
      db.schema
        .createIndex('accounts_by_lower_name')
        .ifNotExists()
        .unique()
        .on('accounts')
        .expression(sql.raw('lower(name)')),
    ],
  },
  {
    name: '003 agreement and last login',
    statements: (db) => [
      db.schema.alterTable('accounts').addColumn('verified', 'integer', (column) => column.notNull().defaultTo(1)),
      db.schema.alterTable('accounts').addColumn('verification_code', 'text'),
      db.schema.alterTable('accounts').addColumn('last_login_at', 'bigint'),
      db.schema.alterTable('accounts').addColumn('lobby_client', 'text'),
      db.schema.alterTable('accounts').addColumn('lobby_hash', 'text'),
      db.schema.alterTable('accounts').addColumn('renamed_at', 'bigint'),
    ],
  },
  {
    name: '004 people',
    statements: (db, dialect) => {
      const make = new Making(db, dialect);
      return [
        make
          .table('account_stats')
          .addColumn('account_id', 'integer', notNull)
          .addColumn('name', 'text', notNull)
          .addColumn('value', 'text', notNull)
          .addPrimaryKeyConstraint('account_stats_key', ['account_id', 'name'] as never),
        make
          .table('friends')
          .addColumn('account_id', 'integer', notNull)
          .addColumn('friend_id', 'integer', notNull)
          .addColumn('since', 'bigint', notNull)
          .addPrimaryKeyConstraint('friends_key', ['account_id', 'friend_id'] as never),
        make
          .table('friend_requests')
          .addColumn('from_id', 'integer', notNull)
          .addColumn('to_id', 'integer', notNull)
          .addColumn('asked_at', 'bigint', notNull)
          .addPrimaryKeyConstraint('friend_requests_key', ['from_id', 'to_id'] as never),
        make.index('friend_requests_by_target', 'friend_requests', 'to_id'),
        make
          .table('ignores')
          .addColumn('account_id', 'integer', notNull)
          .addColumn('ignored_id', 'integer', notNull)
          .addPrimaryKeyConstraint('ignores_key', ['account_id', 'ignored_id'] as never),
      ];
    },
  },
  {
    name: '005 moderation',
    statements: (db, dialect) => {
      const make = new Making(db, dialect);
      return [
        make
          .numbered('reports')
          .addColumn('reporter_id', 'integer')
          .addColumn('target_id', 'integer', notNull)
          .addColumn('location', 'text', notNull)
          .addColumn('location_id', 'integer')
          .addColumn('reason', 'text', notNull)
          .addColumn('created_at', 'bigint', notNull),
        make.index('reports_by_target', 'reports', 'target_id'),
        make
          .numbered('moderation_actions')
          .addColumn('account_id', 'integer', notNull)
          .addColumn('moderator_id', 'integer')
          .addColumn('report_id', 'integer')
          .addColumn('restrictions', 'text', notNull)
          .addColumn('reason', 'text', notNull)
          .addColumn('created_at', 'bigint', notNull)
          .addColumn('expires_at', 'bigint')
          .addColumn('lifted_at', 'bigint')
          .addColumn('acknowledged_at', 'bigint'),
        make.index('moderation_actions_by_account', 'moderation_actions', 'account_id'),
        make
          .numbered('automod_rules')
          .addColumn('kind', 'text', notNull)
          .addColumn('value', 'text', notNull)
          .addColumn('reason', 'text', notNull)
          .addColumn('enabled', 'integer', (column) => column.notNull().defaultTo(1))
          .addColumn('added_by', 'integer')
          .addColumn('created_at', 'bigint', notNull),
        make.unique('automod_rules_by_value', 'automod_rules', 'kind', 'value'),
        make
          .numbered('audit_log')
          .addColumn('at', 'bigint', notNull)
          .addColumn('actor_id', 'integer')
          .addColumn('action', 'text', notNull)
          .addColumn('target_id', 'integer')
          .addColumn('details', 'text', notNull),
        make.index('audit_log_by_time', 'audit_log', 'at'),
      ];
    },
  },
  {
    name: '006 matches',
    statements: (db, dialect) => {
      const make = new Making(db, dialect);
      return [
        make
          .table('matches')
          .addColumn('id', 'integer', (column) => column.primaryKey())
          .addColumn('uuid', 'text', notNull)
          .addColumn('lobby_id', 'integer', notNull)
          .addColumn('founder_id', 'integer', notNull)
          .addColumn('title', 'text', notNull)
          .addColumn('map_name', 'text', notNull)
          .addColumn('game_name', 'text', notNull)
          .addColumn('engine_version', 'text', notNull)
          .addColumn('queue_id', 'integer')
          .addColumn('team_count', 'integer', notNull)
          .addColumn('team_size', 'integer', notNull)
          .addColumn('started_at', 'bigint', notNull)
          .addColumn('finished_at', 'bigint')
          .addColumn('winner', 'integer')
          .addColumn('end_data', 'text'),
        make.unique('matches_by_uuid', 'matches', 'uuid'),
        make
          .table('match_members')
          .addColumn('match_id', 'integer', notNull)
          .addColumn('account_id', 'integer', notNull)
          .addColumn('team', 'integer', notNull)
          .addPrimaryKeyConstraint('match_members_key', ['match_id', 'account_id'] as never),
        make.index('match_members_by_account', 'match_members', 'account_id'),
        make.numbered('badge_types').addColumn('name', 'text', notNull).addColumn('about', 'text', notNull),
        make.unique('badge_types_by_name', 'badge_types', 'name'),
        make
          .numbered('accolades')
          .addColumn('giver_id', 'integer', notNull)
          .addColumn('recipient_id', 'integer', notNull)
          .addColumn('badge_id', 'integer')
          .addColumn('match_id', 'integer', notNull)
          .addColumn('given_at', 'bigint', notNull),
        make.unique('accolades_by_giver', 'accolades', 'giver_id', 'match_id'),
        make
          .numbered('achievement_types')
          .addColumn('name', 'text', notNull)
          .addColumn('scenario', 'text', notNull)
          .addColumn('difficulty', 'text', notNull),
        make.unique('achievement_types_by_scenario', 'achievement_types', 'scenario', 'difficulty'),
        make
          .table('achievements')
          .addColumn('account_id', 'integer', notNull)
          .addColumn('type_id', 'integer', notNull)
          .addColumn('earned_at', 'bigint', notNull)
          .addPrimaryKeyConstraint('achievements_key', ['account_id', 'type_id'] as never),
      ];
    },
  },
  {
    name: '007 telemetry',
    statements: (db, dialect) => {
      const make = new Making(db, dialect);
      return [
        make
          .numbered('telemetry_events')
          .addColumn('account_id', 'integer')
          .addColumn('hash', 'text', notNull)
          .addColumn('type', 'text', notNull)
          .addColumn('value', 'text', notNull)
          .addColumn('at', 'bigint', notNull),
        make.index('telemetry_events_by_time', 'telemetry_events', 'at'),
        make
          .table('telemetry_properties')
          .addColumn('owner', 'text', notNull)
          .addColumn('name', 'text', notNull)
          .addColumn('value', 'text', notNull)
          .addColumn('at', 'bigint', notNull)
          .addPrimaryKeyConstraint('telemetry_properties_key', ['owner', 'name'] as never),
        make
          .numbered('infologs')
          .addColumn('account_id', 'integer')
          .addColumn('hash', 'text', notNull)
          .addColumn('type', 'text', notNull)
          .addColumn('metadata', 'text', notNull)
          .addColumn('contents', make.bytes, notNull)
          .addColumn('at', 'bigint', notNull),
        make
          .table('telemetry_periods')
          .addColumn('period', 'text', notNull)
          .addColumn('at', 'bigint', notNull)
          .addColumn('data', 'text', notNull)
          .addPrimaryKeyConstraint('telemetry_periods_key', ['period', 'at'] as never),
      ];
    },
  },
  {
    name: '008 matchmaking and settings',
    statements: (db, dialect) => {
      const make = new Making(db, dialect);
      return [
        make
          .numbered('queues')
          .addColumn('name', 'text', notNull)
          .addColumn('team_size', 'integer', notNull)
          .addColumn('team_count', 'integer', notNull)
          .addColumn('ready_wait_ms', 'integer', notNull)
          .addColumn('maps', 'text', notNull)
          .addColumn('enabled', 'integer', (column) => column.notNull().defaultTo(1)),
        make.unique('queues_by_name', 'queues', 'name'),
        make
          .table('ratings')
          .addColumn('account_id', 'integer', notNull)
          .addColumn('kind', 'text', notNull)
          .addColumn('mu', 'double precision', notNull)
          .addColumn('sigma', 'double precision', notNull)
          .addColumn('matches', 'integer', notNull)
          .addColumn('updated_at', 'bigint', notNull)
          .addPrimaryKeyConstraint('ratings_key', ['account_id', 'kind'] as never),
        make
          .table('rated_matches')
          .addColumn('match_id', 'integer', (column) => column.primaryKey())
          .addColumn('rated_at', 'bigint', notNull),
        make
          .table('settings')
          .addColumn('name', 'text', (column) => column.primaryKey())
          .addColumn('value', 'text', notNull),
      ];
    },
  },
  {
    name: '101 people: versions of accounts',
    statements: (db) => [
      db.schema.alterTable('accounts').addColumn('version', 'integer', (column) => column.notNull().defaultTo(0)),
    ],
  },
  {
    name: '101 edges: secrets and login tokens',
    statements: (db, dialect) => {
      const make = new Making(db, dialect);
      return [
        make
          .table('secrets')
          .addColumn('name', 'text', (column) => column.primaryKey())
          .addColumn('value', 'text', notNull),
        make
          .table('login_tokens')
          .addColumn('account_id', 'integer', (column) => column.primaryKey())
          .addColumn('hash', 'text', notNull)
          .addColumn('expires_at', 'bigint', notNull),
        make.unique('login_tokens_by_hash', 'login_tokens', 'hash'),
      ];
    },
  },
  {
    name: '102 bots: bans by automod',
    statements: (db, dialect) => [
      new Making(db, dialect)
        .table('automod_bans')
        .addColumn('account_id', 'integer', notNull)
        .addColumn('rule_id', 'integer', notNull)
        .addColumn('at', 'bigint', notNull)
        .addPrimaryKeyConstraint('automod_bans_key', ['account_id', 'rule_id'] as never),
    ],
  },
  {
    name: '103 clans',
    statements: (db) => [db.schema.alterTable('accounts').addColumn('clan', 'text')],
  },
  {
    name: '104 telemetry: an event is there once',
    statements: (db, dialect) => [
      // Of those that are there already none has a mark.
      db.schema.alterTable('telemetry_events').addColumn('mark', 'text'),
      new Making(db, dialect).unique('telemetry_events_by_mark', 'telemetry_events', 'mark'),
    ],
  },
];

function notNull<C extends { notNull(): C }>(column: C): C {
  return column.notNull();
}
