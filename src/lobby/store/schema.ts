/**
 * The lobby's tables as its code sees them. Columns that hold JSON, times (ms since 1970) and flags (0 or 1) have the same
 * type in SQLite and in PostgreSQL; `migrations.ts` makes them.
 */
import type { ColumnType, Generated } from 'kysely';

/** 0 or 1. */
type Flag = number;
/** Milliseconds since 1970. */
type Time = number;
/** JSON text. */
type Json = string;
/** A column with a default: it may be left out when a row is made. */
type Defaulted<T> = ColumnType<T, T | undefined, T>;

export interface AccountTable {
  id: Generated<number>;
  name: string;
  email: string | null;
  salt: Uint8Array;
  hash: Uint8Array;
  /** scrypt's N is 2 to this power. */
  cost: number;
  spring_id: number;
  ingame_minutes: Defaulted<number>;
  moderator: Defaulted<Flag>;
  bot: Defaulted<Flag>;
  created_at: Time;
  /** 0: has to agree to the rules, and give the code, at its first login. */
  verified: Defaulted<Flag>;
  /** What the owner has to give; null when the agreement alone is enough. */
  verification_code: Defaulted<string | null>;
  last_login_at: Defaulted<Time | null>;
  lobby_client: Defaulted<string | null>;
  lobby_hash: Defaulted<string | null>;
  /** The tag of the clan it belongs to, in lower case. */
  clan: Defaulted<string | null>;
  /** When it was last renamed: renames wait for each other. */
  renamed_at: Defaulted<Time | null>;
  /** Grows with each change of what the cache `users` holds of it. */
  version: Defaulted<number>;
}

/** Figures of an account that only few of its readers know: `hardware:cpuinfo`, `accolade_misses`, … */
export interface AccountStatTable {
  account_id: number;
  name: string;
  value: string;
}

/** Two rows per friendship, one from each side. */
export interface FriendTable {
  account_id: number;
  friend_id: number;
  since: Time;
}

export interface FriendRequestTable {
  from_id: number;
  to_id: number;
  asked_at: Time;
}

export interface IgnoreTable {
  account_id: number;
  ignored_id: number;
}

export interface ReportTable {
  id: Generated<number>;
  /** Null: the server itself (Automod). */
  reporter_id: number | null;
  target_id: number;
  location: string;
  location_id: number | null;
  reason: string;
  created_at: Time;
}

/** What was imposed on an account. It holds from `created_at` until it expires or is lifted. */
export interface ModerationActionTable {
  id: Generated<number>;
  account_id: number;
  /** Null: the server itself. */
  moderator_id: number | null;
  report_id: number | null;
  /** JSON: an array of restrictions. */
  restrictions: Json;
  reason: string;
  created_at: Time;
  expires_at: Time | null;
  lifted_at: Defaulted<Time | null>;
  /** When its owner said that he has read it. */
  acknowledged_at: Defaulted<Time | null>;
}

export interface AutomodRuleTable {
  id: Generated<number>;
  /** `hardware` or `lobby_hash`. */
  kind: string;
  value: string;
  reason: string;
  enabled: Defaulted<Flag>;
  added_by: number | null;
  created_at: Time;
}

/** A rule bans a user once: this row and the ban are one transaction. Whoever lifts the ban has the last word. */
export interface AutomodBanTable {
  account_id: number;
  rule_id: number;
  at: Time;
}

export interface AuditLogTable {
  id: Generated<number>;
  at: Time;
  /** Null: the server itself, or its operator. */
  actor_id: number | null;
  action: string;
  target_id: number | null;
  details: Json;
}

export interface MatchTable {
  /** From the sequence `match_ids`. */
  id: number;
  /** The lobby's tag `server/match/uuid` at its start. */
  uuid: string;
  lobby_id: number;
  founder_id: number;
  title: string;
  map_name: string;
  game_name: string;
  engine_version: string;
  queue_id: number | null;
  team_count: number;
  /** Of the largest team. */
  team_size: number;
  started_at: Time;
  finished_at: Defaulted<Time | null>;
  /** The ally team that won. */
  winner: Defaulted<number | null>;
  /** What the host's client said at the end. */
  end_data: Defaulted<Json | null>;
}

export interface MatchMemberTable {
  match_id: number;
  account_id: number;
  /** The ally team. */
  team: number;
}

export interface BadgeTypeTable {
  id: Generated<number>;
  name: string;
  about: string;
}

/** Without a badge: the giver wanted to give none, and is not asked again for a while. */
export interface AccoladeTable {
  id: Generated<number>;
  giver_id: number;
  recipient_id: number;
  badge_id: number | null;
  match_id: number;
  given_at: Time;
}

export interface AchievementTypeTable {
  id: Generated<number>;
  name: string;
  scenario: string;
  difficulty: string;
}

export interface AchievementTable {
  account_id: number;
  type_id: number;
  earned_at: Time;
}

export interface TelemetryEventTable {
  id: Generated<number>;
  /** Null: nobody was logged in. */
  account_id: number | null;
  /** By which a client that has not logged in calls itself. */
  hash: string;
  type: string;
  value: Json;
  at: Time;
  /** Unique, so that an event whose writing has to be tried again is there once. */
  mark: Defaulted<string | null>;
}

/** The newest value of each property of a client. */
export interface TelemetryPropertyTable {
  /** `user:ID`, or `hash:HASH` where nobody was logged in. */
  owner: string;
  name: string;
  value: string;
  at: Time;
}

export interface InfologTable {
  id: Generated<number>;
  account_id: number | null;
  hash: string;
  type: string;
  metadata: Json;
  /** Compressed as it came (zlib). */
  contents: Uint8Array;
  at: Time;
}

/** What the cluster did in one minute, hour … ; `data` is summed up from the rows of the next smaller period. */
export interface TelemetryPeriodTable {
  /** `minute`, `day`, `month`. */
  period: string;
  /** Its begin. */
  at: Time;
  data: Json;
}

export interface QueueTable {
  id: Generated<number>;
  name: string;
  team_size: number;
  team_count: number;
  /** How long players have to say that they are ready. */
  ready_wait_ms: number;
  /** JSON: names of maps; empty: the map stays. */
  maps: Json;
  enabled: Defaulted<Flag>;
}

/** Skill as OpenSkill knows it (Weng & Lin 2011). */
export interface RatingTable {
  account_id: number;
  /** `duel`, `team`, … */
  kind: string;
  mu: number;
  sigma: number;
  matches: number;
  updated_at: Time;
}

/** A match changes a rating once: this row and the new ratings are one transaction. */
export interface RatedMatchTable {
  match_id: number;
  rated_at: Time;
}

/** What an operator set for all nodes. */
export interface SettingTable {
  name: string;
  value: Json;
}

/** What all nodes share and nobody else may read: not among the settings, which operators see. */
export interface SecretTable {
  name: string;
  value: string;
}

/** One per account, the newest. */
export interface LoginTokenTable {
  account_id: number;
  /** Of the token, which is not kept itself. */
  hash: string;
  expires_at: Time;
}

export interface Tables {
  accounts: AccountTable;
  account_stats: AccountStatTable;
  friends: FriendTable;
  friend_requests: FriendRequestTable;
  ignores: IgnoreTable;
  reports: ReportTable;
  moderation_actions: ModerationActionTable;
  automod_rules: AutomodRuleTable;
  automod_bans: AutomodBanTable;
  audit_log: AuditLogTable;
  matches: MatchTable;
  match_members: MatchMemberTable;
  badge_types: BadgeTypeTable;
  accolades: AccoladeTable;
  achievement_types: AchievementTypeTable;
  achievements: AchievementTable;
  telemetry_events: TelemetryEventTable;
  telemetry_properties: TelemetryPropertyTable;
  infologs: InfologTable;
  telemetry_periods: TelemetryPeriodTable;
  queues: QueueTable;
  ratings: RatingTable;
  rated_matches: RatedMatchTable;
  settings: SettingTable;
  secrets: SecretTable;
  login_tokens: LoginTokenTable;
}
