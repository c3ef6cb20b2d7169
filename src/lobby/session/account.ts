/** What a session's user does with his own account, reports, and may learn about others'. */

import { sessions } from '../presence/sessions.ts';
import { LobbyRefused, refusing } from '../refusal.ts';
import { setting } from '../settings/settings.ts';
import type { SessionContext } from './context.ts';
import { Serial } from './serial.ts';
import type { AccountInfo, ReportRequest, SessionAccount, UserTrace } from './session.ts';

export class LocalAccount implements SessionAccount {
  readonly #session: SessionContext;
  readonly #serial = new Serial();

  constructor(session: SessionContext) {
    this.#session = session;
  }

  info(): Promise<AccountInfo> {
    return refusing('The look-up', async () => {
      this.#session.requireLive();
      return this.#accounts.infoOf(this.#session.userId);
    });
  }

  changePassword(oldHash: string, newHash: string): Promise<void> {
    return this.#inTurn('The change of the password', () =>
      this.#accounts.changePassword(this.#session.userId, oldHash, newHash),
    );
  }

  changeEmail(email: string): Promise<void> {
    return this.#inTurn('The change of the email', () => this.#accounts.changeEmail(this.#session.userId, email));
  }

  rename(name: string): Promise<void> {
    return this.#inTurn('The change of the name', async () => {
      this.#session.requireAllowed('rename');
      const waitMs = setting(this.#session.hub.node, 'renameWaitMs');
      await this.#accounts.rename(this.#session.userId, name, waitMs);
    });
  }

  async report({ name, location, locationId, reason }: ReportRequest): Promise<void> {
    this.#session.requireLive();
    this.#session.requireAllowed('report');
    const { users, moderation } = this.#session.hub.people;
    const { userId } = this.#session;
    const target = await users.named(name);
    await moderation.report({ reporterId: userId, targetId: target.userId, location, locationId, reason });
  }

  async trace(name: string): Promise<UserTrace> {
    this.#session.requireLive();
    const { moderator, bot } = this.#session.info();
    if (!moderator && !bot) throw new LobbyRefused('NotAllowed', 'Only moderators and bots may ask that');
    const { node, people } = this.#session.hub;
    const { userId, name: exact, springId } = await people.users.named(name);
    const lobbyHash = await people.accounts.lobbyHashOf(userId);
    return { name: exact, springId, lobbyHash, ip: node.registry(sessions).lookup(userId)?.value.ip ?? null };
  }

  get #accounts() {
    return this.#session.hub.people.accounts;
  }

  #inTurn(what: string, work: () => Promise<void>): Promise<void> {
    const live = async (): Promise<void> => {
      this.#session.requireLive();
      await work();
    };
    return this.#session.hub.strongly(what, live, this.#serial);
  }
}
