/**
 * The Coordinator's work, on every node for those who are connected there: he warns who is under moderation after the login,
 * takes the acknowledgement, answers what he is asked in private, and thanks who reports somebody.
 */
import { Server, server } from '../../../services/index.ts';
import { type Answer, answering } from '../../answer.ts';
import type { Sender } from '../../consul/commands/index.ts';
import { COORDINATOR } from '../../coordinator.ts';
import { Moderation } from '../../moderation/moderation.ts';
import type { ModerationNews } from '../../moderation/news.ts';
import { sessions } from '../../presence/sessions.ts';
import { userMessages } from '../../presence/user-topic.ts';
import { setting } from '../../settings/settings.ts';
import { acknowledgePhrase, awaitingAcknowledgement } from './acknowledgement.ts';
import { runCoordinatorCommand } from './commands.ts';
import { Profiles } from './profiles.ts';
import { newActionLine, warningFor } from './warning.ts';

const TRY_AGAIN_MS = 5_000;
const MOST_TRIES = 5;

type Imposed = Extract<ModerationNews, { kind: 'imposed' }>;

interface PostLogin {
  readonly userId: number;
  readonly session: string;
  readonly tries: number;
}

export class Coordinator extends Server<never> {
  readonly #moderation = new Moderation(this.node);
  readonly #profiles = new Profiles(this.node);

  init(): undefined {
    return undefined;
  }

  override async info(message: unknown): Promise<void> {
    const login = message as PostLogin;
    const looked = await answering('The look at a login', () => this.#lookAt(login));
    if (looked.ok) return;
    this.node.log.write('warn', 'a login could not be looked at', { userId: login.userId, why: looked.message });
    if (login.tries < MOST_TRIES) this.after(TRY_AGAIN_MS, { ...login, tries: login.tries + 1 });
  }

  /** Somebody has logged in on this node. */
  loggedIn(userId: number, session: string): void {
    const login: PostLogin = { userId, session, tries: 1 };
    this.after(setting(this.node, 'postLoginMs'), login);
  }

  /** A private line, or a command in a lobby. Null when it is nothing to him. */
  hear(sender: Sender, text: string): Promise<Answer<readonly string[] | null>> {
    return answering('That', async () => {
      const isPhrase = text.trim().toLowerCase() === acknowledgePhrase(this.node).toLowerCase();
      if (isPhrase && this.node.cache(awaitingAcknowledgement).has(sender.userId))
        return this.#acknowledge(sender.userId);
      const asked = { node: this.node, profiles: this.#profiles, moderation: this.#moderation, sender };
      return (await runCoordinatorCommand(text, asked)) ?? null;
    });
  }

  /** A report was made on this node. */
  reported(reporterId: number): void {
    this.#tell(reporterId, ['Thank you for your report. A moderator will look at it.']);
  }

  /**
   * Something was imposed on a user, by this node; where he is does not matter. He has to acknowledge it after his next login.
   * Who is banned is gone in a moment.
   */
  imposed({ userId, restrictions, until }: Imposed): void {
    const session = this.node.registry(sessions).lookup(userId)?.value.session;
    if (session === undefined || restrictions.includes('Login')) return;
    this.#tell(userId, [newActionLine(restrictions, until)]);
    if (restrictions.includes('All lobbies')) this.#takeOut(userId, session);
  }

  async #acknowledge(userId: number): Promise<readonly string[]> {
    await this.#moderation.acknowledge(userId);
    await this.node.cache(awaitingAcknowledgement).delete(userId);
    return ['Thank you'];
  }

  async #lookAt({ userId, session }: PostLogin): Promise<void> {
    if (!this.#isHere(userId, session)) return;
    const awaiting = this.node.cache(awaitingAcknowledgement);
    const warning = warningFor(await this.#moderation.actionsOf(userId), acknowledgePhrase(this.node));
    if (!this.#isHere(userId, session)) return;
    if (warning?.toAcknowledge) await awaiting.put(userId, { since: this.node.wall() });
    else if (awaiting.has(userId)) await awaiting.delete(userId);
    if (warning) this.#tell(userId, warning.lines);
    if (warning?.toAcknowledge) this.#takeOut(userId, session);
  }

  #takeOut(userId: number, session: string): void {
    this.node.broadcast(userMessages(userId), { kind: 'leave-battle', session });
  }

  #isHere(userId: number, session: string): boolean {
    return this.node.registry(sessions).lookup(userId)?.value.session === session;
  }

  #tell(userId: number, lines: readonly string[]): void {
    const { userId: from, session: fromSession } = COORDINATOR;
    for (const text of lines) {
      this.node.broadcast(userMessages(userId), { kind: 'private-message', from, fromSession, text, emote: false });
    }
  }
}

export const coordinator = server(
  'coordinator',
  {
    placement: 'one per node',
    about:
      'Warns who is under moderation after his login on this node, takes the acknowledgement, answers private commands, thanks reporters.',
  },
  Coordinator,
);
