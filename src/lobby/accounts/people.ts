/** All about users on one node: accounts, who they are, whom they know, and what they may not do. */
import type { MusterNode } from '../../services/index.ts';
import { Moderation } from '../moderation/moderation.ts';
import type { LobbyStore } from '../store/lobby-store.ts';
import { Accounts } from './accounts.ts';
import { Agreement } from './agreement.ts';
import { Social } from './social.ts';
import { Tries } from './tries.ts';
import { UserWatch } from './user-watch.ts';
import { Users } from './users.ts';

export class People {
  readonly accounts: Accounts;
  readonly agreement: Agreement;
  readonly users: Users;
  readonly watch: UserWatch;
  readonly social: Social;
  readonly moderation: Moderation;
  readonly tries: Tries;

  constructor(node: MusterNode, store: LobbyStore) {
    this.agreement = new Agreement(node);
    this.users = new Users(node, store);
    this.watch = new UserWatch(node);
    this.tries = new Tries(node);
    this.social = new Social(node, store, this.users);
    this.moderation = new Moderation(node, store, this.users);
    this.accounts = new Accounts({
      node,
      store,
      users: this.users,
      tries: this.tries,
      agreement: this.agreement,
    });
  }
}
