/**
 * Accounts in the cluster's store, the same for all nodes. Uniqueness is the store's: two nodes that register one name
 * at the same time meet its index, not each other. It knows nothing of who is logged in.
 */
import type { Selectable } from 'kysely';
import type { MusterNode } from '../../services/index.ts';
import { springIds } from '../battles/record.ts';
import type { LoginRequest, RegisterRequest, Roles } from '../lobby.ts';
import { LobbyRefused } from '../refusal.ts';
import { setting } from '../settings/settings.ts';
import { rankOf } from '../status/client-status.ts';
import type { LobbyStore } from '../store/lobby-store.ts';
import type { AccountTable } from '../store/schema.ts';
import type { Agreement } from './agreement.ts';
import { matchesPassword, type StoredPassword, storePassword } from './passwords.ts';
import { checkEmail, checkName, checkPasswordHash, emailTaken, nameTaken } from './rules.ts';
import type { Tries } from './tries.ts';
import { noSuchUser, type Users } from './users.ts';

const MOST_CLIENT = 200;
/** A login with the same client is noted once within this. */
const NOTE_LOGIN_MS = 600_000;

export interface Account {
  readonly id: number;
  readonly springId: number;
  readonly name: string;
  /** 0..7, from the hours in game. */
  readonly rank: number;
  readonly moderator: boolean;
  readonly bot: boolean;
  /** Whether its owner has agreed to the rules. */
  readonly verified: boolean;
  /** What he has to give when he does; null: nothing. */
  readonly code: string | null;
  readonly version: number;
  /** As noted; null: never. */
  readonly lastLogin: { readonly at: number | null; readonly client: string | null; readonly lobbyHash: string | null };
}

export interface AccountsParts {
  readonly node: MusterNode;
  readonly store: LobbyStore;
  readonly users: Users;
  readonly tries: Tries;
  readonly agreement: Agreement;
}

export class Accounts {
  readonly #node: MusterNode;
  readonly #store: LobbyStore;
  readonly #users: Users;
  readonly #tries: Tries;
  readonly #agreement: Agreement;

  constructor({ node, store, users, tries, agreement }: AccountsParts) {
    this.#node = node;
    this.#store = store;
    this.#users = users;
    this.#tries = tries;
    this.#agreement = agreement;
  }

  /** Throws `LobbyRefused` where the request is at fault; the store's own errors pass. */
  async register(request: RegisterRequest): Promise<void> {
    checkName(request.name);
    const email = checkEmail(request.email);
    checkPasswordHash(request.passwordHash);
    await this.#refuseTaken(request.name, email);
    const { salt, hash, cost } = await this.#newPassword(request.passwordHash);
    const springId = await this.#node.sequence(springIds).next();
    const made = await this.#store.run(
      this.#store.db
        .insertInto('accounts')
        .values({
          name: request.name,
          email,
          salt,
          hash,
          cost,
          spring_id: springId,
          created_at: this.#node.wall(),
          ...this.#agreement.ofNewAccounts(),
        })
        .onConflict((conflict) => conflict.doNothing())
        .returning('id'),
    );
    if (made.length > 0) return;
    await this.#refuseTaken(request.name, email);
    throw nameTaken();
  }

  async #refuseTaken(name: string, email: string | null): Promise<void> {
    if (await this.#named(name)) throw nameTaken();
    if (email === null) return;
    if ((await this.#withEmail(email)).length > 0) throw emailTaken();
  }

  /** The account of that name, in whatever case. */
  async #named(name: string): Promise<AccountRow | undefined> {
    const [row] = await this.#store.run(
      this.#store.db
        .selectFrom('accounts')
        .selectAll()
        .where(({ fn }) => fn<string>('lower', ['name']), '=', name.toLowerCase()),
    );
    return row;
  }

  /** The account that a name and password open. Throws `LobbyRefused` with the first reason not to, in the order clients know. */
  async authenticate({
    name,
    passwordHash,
    lobbyHash,
  }: Pick<LoginRequest, 'name' | 'passwordHash' | 'lobbyHash'>): Promise<Account> {
    return this.#open(name, passwordHash, (account) => this.requireLobbyHash(account, lobbyHash));
  }

  /** The same for what is no login yet: the client's hash is not asked for. */
  checkPassword(name: string, passwordHash: string): Promise<Account> {
    return this.#open(name, passwordHash, () => {});
  }

  async #open(name: string, passwordHash: string, check: (account: Account) => void): Promise<Account> {
    const row = await this.#named(name);
    if (!row) throw noSuchUser(name);
    if (row.name !== name) throw new LobbyRefused('WrongCase', `Username is case sensitive, try '${row.name}'`);
    this.#tries.requireNoBlock(row.id);
    const right = await this.#tries.check(row.id, async () => {
      check(toAccount(row));
      return matchesPassword(this.#node.compute, passwordHash, row);
    });
    if (!right) throw new LobbyRefused('WrongPassword', 'Invalid password');
    return toAccount(row);
  }

  /** Throws `LobbyRefused` where the client of a login has to say its hash and does not. */
  requireLobbyHash({ bot }: Account, lobbyHash = ''): void {
    if (bot || !setting(this.#node, 'requireLobbyHash') || (lobbyHash !== '' && lobbyHash !== '0')) return;
    throw new LobbyRefused('NoLobbyHash', 'Your lobby client sends no user id (lobby hash), please update it');
  }

  /**
   * Writes down that its owner logged in, with what, and that he has agreed. Not again and again: when very many come back at once
   * because a node has died, the store is only read.
   */
  async noteLogin(account: Account, { client, lobbyHash = '' }: LoginRequest): Promise<void> {
    const now = this.#node.wall();
    const noted = { lobby_client: client.slice(0, MOST_CLIENT), lobby_hash: lobbyHash.slice(0, MOST_CLIENT) };
    const { client: lastClient, lobbyHash: lastHash, at } = account.lastLogin;
    const isSame = account.verified && lastClient === noted.lobby_client && lastHash === noted.lobby_hash;
    if (isSame && at !== null && at > now - NOTE_LOGIN_MS) return;
    await this.#store.run(
      this.#store.db
        .updateTable('accounts')
        .set({ ...noted, verified: 1, last_login_at: now })
        .where('id', '=', account.id),
    );
  }

  async byId(id: number): Promise<Account | undefined> {
    const [row] = await this.#store.run(this.#store.db.selectFrom('accounts').selectAll().where('id', '=', id));
    return row && toAccount(row);
  }

  async setRoles(name: string, roles: Roles): Promise<void> {
    const account = await this.#named(name);
    if (!account) throw noSuchUser(name);
    const { moderator, bot } = roles;
    await this.#users.change(
      [account.id],
      [
        this.#store.db
          .updateTable('accounts')
          .set({
            moderator: moderator === undefined ? account.moderator : Number(moderator),
            bot: bot === undefined ? account.bot : Number(bot),
          })
          .where('id', '=', account.id),
      ],
    );
  }

  /** Of its owner, who has logged in. Rejects with `WrongPassword`, `TooManyTries`, `BadPassword`. */
  async changePassword(accountId: number, oldHash: string, newHash: string): Promise<void> {
    checkPasswordHash(newHash);
    const row = await this.#withId(accountId);
    if (!(await this.#tries.check(row.id, () => matchesPassword(this.#node.compute, oldHash, row)))) {
      throw new LobbyRefused('WrongPassword', 'Current password entered incorrectly');
    }
    const { salt, hash, cost } = await this.#newPassword(newHash);
    // A token stands for the password, so the old ones go with it.
    await this.#store.transact([
      this.#store.db.updateTable('accounts').set({ salt, hash, cost }).where('id', '=', accountId),
      this.#store.db.deleteFrom('login_tokens').where('account_id', '=', accountId),
    ]);
  }

  /** Rejects with `BadEmail`, `EmailTaken`. */
  async changeEmail(accountId: number, wanted: string): Promise<void> {
    const email = checkEmail(wanted);
    if (email === null) throw new LobbyRefused('BadEmail', 'Invalid email address');
    const isTaken = async () => (await this.#withEmail(email)).some(({ id }) => id !== accountId);
    if (await isTaken()) throw emailTaken();
    await this.#unlessTaken(
      this.#store.run(this.#store.db.updateTable('accounts').set({ email }).where('id', '=', accountId)),
      isTaken,
      emailTaken,
    );
  }

  /**
   * Gives an account another name, at most once within `waitMs`. The old name is free then. Rejects with `BadName`, `NameTaken`,
   * `TooSoon`.
   */
  async rename(accountId: number, name: string, waitMs: number): Promise<void> {
    checkName(name);
    const { name: oldName } = await this.#withId(accountId);
    if (name === oldName) return;
    const isTaken = async () => ((await this.#named(name))?.id ?? accountId) !== accountId;
    if (await isTaken()) throw nameTaken();
    const now = this.#node.wall();
    const renaming = this.#store.db
      .updateTable('accounts')
      .set({ name, renamed_at: now })
      .where('id', '=', accountId)
      .where(({ eb, or }) => or([eb('renamed_at', 'is', null), eb('renamed_at', '<=', now - waitMs)]))
      .returning('id');
    const [renamed] = await this.#unlessTaken(this.#users.change([accountId], [renaming]), isTaken, nameTaken);
    if (renamed.length === 0) throw new LobbyRefused('TooSoon', 'You have renamed your account lately, please wait');
    await this.#users.forgetName(oldName);
  }

  async infoOf(accountId: number): Promise<{ registeredAt: number; email: string | null; hoursInGame: number }> {
    const { created_at, email, ingame_minutes } = await this.#withId(accountId);
    return { registeredAt: created_at, email, hoursInGame: Math.floor(ingame_minutes / 60) };
  }

  /** As last given at a login; empty: never. */
  async lobbyHashOf(accountId: number): Promise<string> {
    return (await this.#withId(accountId)).lobby_hash ?? '';
  }

  /** A unique index refuses what was free a moment ago: then it is a refusal, and not a fault of the store. */
  async #unlessTaken<T>(writing: Promise<T>, isTaken: () => Promise<boolean>, refusal: () => LobbyRefused): Promise<T> {
    try {
      return await writing;
    } catch (error) {
      if (await isTaken()) throw refusal();
      throw error;
    }
  }

  async #withId(accountId: number): Promise<AccountRow> {
    const [row] = await this.#store.run(this.#store.db.selectFrom('accounts').selectAll().where('id', '=', accountId));
    if (!row) throw noSuchUser(`#${accountId}`);
    return row;
  }

  #withEmail(email: string): Promise<{ id: number }[]> {
    return this.#store.run(this.#store.db.selectFrom('accounts').select('id').where('email', '=', email));
  }

  #newPassword(passwordHash: string): Promise<StoredPassword> {
    return storePassword(this.#node.compute, passwordHash, setting(this.#node, 'hashCost'));
  }
}

type AccountRow = Selectable<AccountTable>;

function toAccount(row: AccountRow): Account {
  return {
    id: row.id,
    springId: row.spring_id,
    name: row.name,
    rank: rankOf(row.ingame_minutes / 60),
    moderator: row.moderator === 1,
    bot: row.bot === 1,
    verified: row.verified === 1,
    code: row.verification_code,
    version: row.version,
    lastLogin: { at: row.last_login_at, client: row.lobby_client, lobbyHash: row.lobby_hash },
  };
}
