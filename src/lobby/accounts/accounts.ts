/**
 * Accounts in the cluster's store, the same for all nodes. Uniqueness is the store's: two nodes that register one name
 * at the same time meet its index, not each other. It knows nothing of who is logged in.
 */
import * as z from 'zod';
import type { Row, SqlValue } from '../../ports/index.ts';
import { cache, type MusterNode } from '../../services/index.ts';
import { springIds } from '../battles/record.ts';
import type { RegisterRequest, Roles } from '../lobby.ts';
import { LobbyRefused } from '../refusal.ts';
import { rankOf } from '../status/client-status.ts';
import { DEFAULT_HASH_COST, matchesPassword, type StoredPassword, storePassword } from './passwords.ts';
import { checkEmail, checkName, checkPasswordHash, emailTaken, nameTaken } from './rules.ts';

const TRIES_WINDOW_MS = 10_000;
const MOST_TRIES = 3;

/** Wrong passwords of late, by account, counted in the whole cluster. */
export const wrongTries = cache('wrong_tries', {
  key: z.int(),
  value: z.int(),
  writes: 'anywhere',
  ttlMs: TRIES_WINDOW_MS,
  filled: 'when a login gives a wrong password',
  about: 'How often a wrong password was given for an account within ten seconds.',
});

export interface Account {
  readonly id: number;
  readonly springId: number;
  readonly name: string;
  /** 0..7, from the hours in game. */
  readonly rank: number;
  readonly moderator: boolean;
  readonly bot: boolean;
}

const SCHEMA = [
  `CREATE TABLE IF NOT EXISTS accounts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    email TEXT,
    salt BLOB NOT NULL,
    hash BLOB NOT NULL,
    cost INTEGER NOT NULL,
    spring_id INTEGER NOT NULL,
    ingame_minutes INTEGER NOT NULL DEFAULT 0,
    moderator INTEGER NOT NULL DEFAULT 0,
    bot INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
  )`,
  'CREATE UNIQUE INDEX IF NOT EXISTS accounts_by_name ON accounts (name COLLATE NOCASE)',
  'CREATE UNIQUE INDEX IF NOT EXISTS accounts_by_email ON accounts (email)',
  'CREATE UNIQUE INDEX IF NOT EXISTS accounts_by_spring_id ON accounts (spring_id)',
];

export class Accounts {
  readonly #node: MusterNode;
  #ready: Promise<void> | undefined;

  constructor(node: MusterNode) {
    this.#node = node;
  }

  /** Makes the tables where they are missing; every node does, in any order. Tried again at the next use when it failed. */
  prepare(): Promise<void> {
    this.#ready ??= this.#createTables().catch((error: unknown) => {
      this.#ready = undefined;
      throw error;
    });
    return this.#ready;
  }

  async #createTables(): Promise<void> {
    for (const statement of SCHEMA) await this.#node.store.query(statement);
  }

  async #query(sql: string, parameters: readonly SqlValue[]): Promise<Row[]> {
    await this.prepare();
    return this.#node.store.query(sql, parameters);
  }

  /** Throws `LobbyRefused` where the request is at fault; the store's own errors pass. */
  async register(request: RegisterRequest): Promise<void> {
    checkName(request.name);
    const email = checkEmail(request.email);
    checkPasswordHash(request.passwordHash);
    await this.#refuseTaken(request.name, email);
    const password = await storePassword(this.#node.compute, request.passwordHash, this.#hashCost());
    const springId = await this.#node.sequence(springIds).next();
    const made = await this.#query(
      `INSERT INTO accounts (name, email, salt, hash, cost, spring_id, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING RETURNING id`,
      [request.name, email, password.salt, password.hash, password.cost, springId, this.#node.wall()],
    );
    if (made.length > 0) return;
    await this.#refuseTaken(request.name, email);
    throw nameTaken();
  }

  async #refuseTaken(name: string, email: string | null): Promise<void> {
    const names = await this.#query('SELECT id FROM accounts WHERE name = ? COLLATE NOCASE', [name]);
    if (names.length > 0) throw nameTaken();
    if (email === null) return;
    const emails = await this.#query('SELECT id FROM accounts WHERE email = ?', [email]);
    if (emails.length > 0) throw emailTaken();
  }

  /** The account that a name and password open. Throws `LobbyRefused` saying which of them is wrong. */
  async authenticate(name: string, passwordHash: string): Promise<Account> {
    const [row] = await this.#query('SELECT * FROM accounts WHERE name = ? COLLATE NOCASE', [name]);
    if (!row) throw new LobbyRefused('NoSuchUser', `No user found for '${name}'`);
    const account = toAccount(row);
    if (account.name !== name) {
      throw new LobbyRefused('WrongCase', `Username is case sensitive, try '${account.name}'`);
    }
    const tries = this.#node.cache(wrongTries);
    if ((tries.get(account.id) ?? 0) >= MOST_TRIES) {
      throw new LobbyRefused('TooManyTries', 'Too many tries with a wrong password, please wait ten seconds');
    }
    if (await matchesPassword(this.#node.compute, passwordHash, toPassword(row))) return account;
    tries.put(account.id, (tries.get(account.id) ?? 0) + 1);
    throw new LobbyRefused('WrongPassword', 'Invalid password');
  }

  async setRoles(name: string, roles: Roles): Promise<void> {
    const changed = await this.#query(
      `UPDATE accounts SET moderator = COALESCE(?, moderator), bot = COALESCE(?, bot)
       WHERE name = ? COLLATE NOCASE RETURNING id`,
      [toFlag(roles.moderator), toFlag(roles.bot), name],
    );
    if (changed.length === 0) throw new LobbyRefused('NoSuchUser', `No user found for '${name}'`);
  }

  #hashCost(): number {
    const { hashCost } = this.#node.settings;
    return typeof hashCost === 'number' ? hashCost : DEFAULT_HASH_COST;
  }
}

function toFlag(role: boolean | undefined): number | null {
  return role === undefined ? null : Number(role);
}

function toAccount(row: Row): Account {
  return {
    id: Number(row.id),
    springId: Number(row.spring_id),
    name: String(row.name),
    rank: rankOf(Number(row.ingame_minutes) / 60),
    moderator: row.moderator === 1,
    bot: row.bot === 1,
  };
}

function toPassword(row: Row): StoredPassword {
  return { salt: row.salt as Uint8Array, hash: row.hash as Uint8Array, cost: Number(row.cost) };
}
