/**
 * Automod, on every node for those who are connected there: some time after a login, and whenever a host reports a player's
 * computer, it looks whether an enabled rule is about the user, and bans him then, once in the cluster.
 */
import { Server, server } from '../../../services/index.ts';
import { type Answer, answering } from '../../answer.ts';
import { Moderation } from '../../moderation/moderation.ts';
import { sessions } from '../../presence/sessions.ts';
import { setting } from '../../settings/settings.ts';
import { matchRules } from '../../tasks/match-rules.ts';
import type { Hardware } from './fingerprint.ts';
import { AutomodRecords, type AutomodRule, type Suspect } from './records.ts';

const TRY_AGAIN_MS = 30_000;
const MOST_TRIES = 3;

/** What a check comes to. */
export type Verdict =
  | 'No user'
  | 'Not online'
  | 'Bot account'
  | 'Moderator account'
  | 'Developer account'
  | 'Trusted account'
  | 'Already banned'
  | 'No action'
  | 'Banned user';

interface Login {
  readonly userId: number;
  readonly session: string;
  readonly tries: number;
}

export class Automod extends Server<never> {
  readonly #records = new AutomodRecords(this.node);
  readonly #moderation = new Moderation(this.node);

  init(): undefined {
    return undefined;
  }

  override async info(message: unknown): Promise<void> {
    const login = message as Login;
    const checked = await this.checkLogin(login.userId, login.session);
    if (checked.ok) return;
    this.node.log.write('warn', 'a login could not be checked', { userId: login.userId, why: checked.message });
    if (login.tries < MOST_TRIES) this.after(TRY_AGAIN_MS, { ...login, tries: login.tries + 1 });
  }

  /** Somebody has logged in on this node. */
  loggedIn(userId: number, session: string): void {
    const login: Login = { userId, session, tries: 1 };
    this.after(setting(this.node, 'automodMs'), login);
  }

  /** Checks a user if that login of his is still there. */
  checkLogin(userId: number, session: string): Promise<Answer<Verdict>> {
    return answering('The check', async () => {
      if (this.node.registry(sessions).lookup(userId)?.value.session !== session) return 'Not online';
      return this.#check(userId);
    });
  }

  /** Checks a user, online or not. */
  checkUser(userId: number): Promise<Answer<Verdict>> {
    return answering('The check', () => this.#check(userId));
  }

  /** A host has told what computer a player has. */
  hardware(name: string, hardware: Hardware): Promise<Answer<Verdict>> {
    return answering('The check', async () => {
      const userId = await this.#records.userNamed(name);
      await this.#records.keepHardware(userId, hardware);
      return this.#check(userId);
    });
  }

  async #check(userId: number): Promise<Verdict> {
    const suspect = await this.#records.suspect(userId);
    if (!suspect) return 'No user';
    const exempt = exemptionOf(suspect);
    if (exempt) return exempt;
    if (await this.#moderation.isRestricted(userId, 'Login')) return 'Already banned';
    const met = await this.#rulesMetBy(suspect);
    if (met.length === 0) return 'No action';
    const used = await this.#records.usedRules(userId);
    const rule = met.find(({ id }) => !used.has(id));
    // Who lifted such a ban has the last word; if it stands, another node has banned him this moment.
    if (!rule) return (await this.#isBanned(userId)) ? 'Already banned' : 'No action';
    return (await this.#records.ban(userId, rule)) ? 'Banned user' : 'Already banned';
  }

  /** As the store has it now. */
  async #isBanned(userId: number): Promise<boolean> {
    const actions = await this.#moderation.actionsOf(userId);
    return actions.some(({ restrictions }) => restrictions.includes('Login'));
  }

  async #rulesMetBy({ lobbyHash, fingerprint }: Suspect): Promise<AutomodRule[]> {
    const values = [
      { kind: 'hardware', value: fingerprint },
      { kind: 'lobby_hash', value: lobbyHash },
    ];
    const rules = await this.#records.rulesNaming(values);
    if (rules.length === 0) return [];
    const met = new Set(await this.node.compute.run(matchRules, { rules, values }));
    return rules.filter(({ id }) => met.has(id));
  }
}

function exemptionOf(suspect: Suspect): Verdict | undefined {
  if (suspect.bot) return 'Bot account';
  if (suspect.moderator) return 'Moderator account';
  if (suspect.developer) return 'Developer account';
  return suspect.trusted ? 'Trusted account' : undefined;
}

export const automod = server(
  'automod',
  {
    placement: 'one per node',
    about: 'Checks users some time after their login on this node, and bans whom an enabled rule is about.',
  },
  Automod,
);
