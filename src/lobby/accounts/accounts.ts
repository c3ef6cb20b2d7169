/**
 * Accounts in the cluster's store, the same for all nodes. Uniqueness is the store's: two nodes that register one name
 * at the same time meet its index, not each other. It knows nothing of who is logged in.
 */
import type { Selectable } from 'kysely';
import * as z from 'zod';
import { cache, type MusterNode } from '../../services/index.ts';
import { springIds } from '../battles/record.ts';
import type { RegisterRequest, Roles } from '../lobby.ts';
import { LobbyRefused } from '../refusal.ts';
import { setting } from '../settings/settings.ts';
import { rankOf } from '../status/client-status.ts';
import type { LobbyStore } from '../store/lobby-store.ts';
import type { AccountTable } from '../store/schema.ts';
import { matchesPassword, storePassword } from './passwords.ts';
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

export class Accounts {
  readonly #node: MusterNode;
  readonly #store: LobbyStore;

  constructor(node: MusterNode, store: LobbyStore) {
    this.#node = node;
    this.#store = store;
  }

  /** Throws `LobbyRefused` where the request is at fault; the store's own errors pass. */
  async register(request: RegisterRequest): Promise<void> {
    checkName(request.name);
    const email = checkEmail(request.email);
    checkPasswordHash(request.passwordHash);
    await this.#refuseTaken(request.name, email);
    const password = await storePassword(this.#node.compute, request.passwordHash, setting(this.#node, 'hashCost'));
    const springId = await this.#node.sequence(springIds).next();
    const { salt, hash, cost } = password;
    const made = await this.#store.run(
      this.#store.db
        .insertInto('accounts')
        .values({ name: request.name, email, salt, hash, cost, spring_id: springId, created_at: this.#node.wall() })
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
    const emails = await this.#store.run(this.#store.db.selectFrom('accounts').select('id').where('email', '=', email));
    if (emails.length > 0) throw emailTaken();
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

  /** The account that a name and password open. Throws `LobbyRefused` saying which of them is wrong. */
  async authenticate(name: string, passwordHash: string): Promise<Account> {
    const row = await this.#named(name);
    if (!row) throw new LobbyRefused('NoSuchUser', `No user found for '${name}'`);
    const account = toAccount(row);
    if (account.name !== name) {
      throw new LobbyRefused('WrongCase', `Username is case sensitive, try '${account.name}'`);
    }
    const tries = this.#node.cache(wrongTries);
    if ((tries.get(account.id) ?? 0) >= MOST_TRIES) {
      throw new LobbyRefused('TooManyTries', 'Too many tries with a wrong password, please wait ten seconds');
    }
    if (await matchesPassword(this.#node.compute, passwordHash, row)) return account;
    tries.put(account.id, (tries.get(account.id) ?? 0) + 1);
    throw new LobbyRefused('WrongPassword', 'Invalid password');
  }

  async byId(id: number): Promise<Account | undefined> {
    const [row] = await this.#store.run(this.#store.db.selectFrom('accounts').selectAll().where('id', '=', id));
    return row && toAccount(row);
  }

  async setRoles(name: string, roles: Roles): Promise<void> {
    const account = await this.#named(name);
    const { moderator, bot } = roles;
    const changed =
      account &&
      (await this.#store.run(
        this.#store.db
          .updateTable('accounts')
          .set({
            moderator: moderator === undefined ? account.moderator : Number(moderator),
            bot: bot === undefined ? account.bot : Number(bot),
          })
          .where('id', '=', account.id)
          .returning('id'),
      ));
    if (!changed?.length) throw new LobbyRefused('NoSuchUser', `No user found for '${name}'`);
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
  };
}
