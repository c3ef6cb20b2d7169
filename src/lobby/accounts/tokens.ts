/**
 * Tokens with which a client logs in instead of a password. An account has one, known to all nodes through the store: asking
 * for another ends the one before, and so does a new password. The store has only its hash, so who reads the store can log in as nobody.
 */
import type { MusterNode } from '../../services/index.ts';
import type { AccountHint } from '../lobby.ts';
import { LobbyRefused } from '../refusal.ts';
import type { LobbyStore } from '../store/lobby-store.ts';
import type { Account, Accounts } from './accounts.ts';

const TOKEN_BYTES = 32;
const VALID_MS = 30 * 24 * 60 * 60_000;
/** A token is too random to be guessed, so its hash need not be slow. */
const HASH_COST = 1;
const NO_SALT = new Uint8Array(0);
const MOST_TOKEN = 100;

export class Tokens {
  readonly #node: MusterNode;
  readonly #store: LobbyStore;
  readonly #accounts: Accounts;

  constructor(node: MusterNode, store: LobbyStore, accounts: Accounts) {
    this.#node = node;
    this.#store = store;
    this.#accounts = accounts;
  }

  /** A new token for who knows the password. Throws `LobbyRefused` as a login with it would. */
  async issue(hint: AccountHint, passwordHash: string): Promise<string> {
    const name = 'name' in hint ? hint.name : await this.#nameOf(hint.email);
    const account = await this.#accounts.checkPassword(name, passwordHash);
    const token = toText(this.#node.compute.randomBytes(TOKEN_BYTES));
    const row = { hash: await this.#hash(token), expires_at: this.#node.wall() + VALID_MS };
    await this.#store.run(
      this.#store.db
        .insertInto('login_tokens')
        .values({ account_id: account.id, ...row })
        .onConflict((conflict) => conflict.column('account_id').doUpdateSet(row)),
    );
    return token;
  }

  /** Whose token it is. Throws `LobbyRefused` when it is nobody's, or too old, or the client's hash is missing. */
  async accountOf(token: string, lobbyHash?: string): Promise<Account> {
    const hash = token.length > MOST_TOKEN ? '' : await this.#hash(token);
    const [row] = await this.#store.run(
      this.#store.db
        .selectFrom('login_tokens')
        .select('account_id')
        .where('hash', '=', hash)
        .where('expires_at', '>', this.#node.wall()),
    );
    const account = row && (await this.#accounts.byId(row.account_id));
    if (!account) throw new LobbyRefused('WrongToken', 'The token is not valid, or no longer');
    this.#accounts.requireLobbyHash(account, lobbyHash);
    return account;
  }

  async #nameOf(email: string): Promise<string> {
    const [row] = await this.#store.run(
      this.#store.db.selectFrom('accounts').select('name').where('email', '=', email.trim().toLowerCase()),
    );
    if (!row) throw new LobbyRefused('NoSuchUser', 'No user found for this email address');
    return row.name;
  }

  async #hash(token: string): Promise<string> {
    return toText(await this.#node.compute.deriveKey(token, NO_SALT, HASH_COST));
  }
}

function toText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
