/** What a session says in its battle: to all members, to one, or to Consul. */
import { battleLines } from '../battles/record.ts';
import { isForCoordinator } from '../bots/coordinator/commands.ts';
import { parseCommand } from '../consul/commands/index.ts';
import { consul } from '../consul/consul.ts';
import { readAnnouncement, readHostUpdate } from '../consul/host-news.ts';
import { heardFromHost } from '../matches/hosts.ts';
import { userMessages } from '../presence/user-topic.ts';
import { LobbyRefused } from '../refusal.ts';
import type { VisibleBattle } from '../roster/events.ts';
import { askCoordinator } from './ask-coordinator.ts';
import { consulSays } from './consul-answers.ts';
import { fitsChat, type SessionContext } from './context.ts';
import { isForDuelQueue } from './duel-queue.ts';
import type { ChatOptions } from './session.ts';

/** What a line to the Coordinator may ask of Consul; the rest must be said in the battle. */
const BY_MESSAGE: ReadonlySet<string> = new Set('s status follow joinq leaveq splitlobby y yes n no help'.split(' '));
export class BattleTalk {
  readonly #session: SessionContext;

  constructor(session: SessionContext) {
    this.#session = session;
  }

  /** A line to all members; a command goes to Consul first, who says whether the others hear it. */
  async say(battle: VisibleBattle, text: string, options: ChatOptions): Promise<void> {
    checkText(text);
    const { lobbyId } = battle.summary;
    const command = options.emote === true ? undefined : parseCommand(text);
    // Who is muted may ask for just what he may also ask the Coordinator in private; nobody hears it.
    const quiet = this.#whyNotToSpeak();
    if (quiet && !(command && BY_MESSAGE.has(command.name))) throw quiet;
    if (command && (isForCoordinator(text) || isForDuelQueue(text))) return this.#askCoordinator(text);
    if (command && (!(await this.#command(lobbyId, text)) || quiet)) return;
    const { userId: from, id: session, hub } = this.#session;
    const line = { from, session, text, emote: options.emote ?? false, tag: options.tag ?? null };
    if (line.emote && battle.summary.founder.session === session) heardFromHost(hub.node, from, text);
    const sent = hub.node.broadcast(battleLines(lobbyId), line);
    if (battle.summary.founder.session === session) this.#announce(lobbyId, text);
    if (sent) return;
    throw new LobbyRefused('Unavailable', 'The server is busy, not everybody got the message');
  }

  #whyNotToSpeak(): LobbyRefused | undefined {
    try {
      this.#session.requireMaySpeak('say in a battle');
      return undefined;
    } catch (error) {
      if (error instanceof LobbyRefused) return error;
      throw error;
    }
  }

  /** Consul learns from what a host says about its settings. */
  #announce(lobbyId: number, text: string): void {
    const news = readAnnouncement(text);
    const { userId, id: session, hub } = this.#session;
    if (news) hub.node.server(consul, lobbyId).cast('hostUpdate', { userId, session }, news);
  }

  /** What a host's client tells about its settings as data. From anybody else it is refused. */
  async updateHost({ summary }: VisibleBattle, data: Readonly<Record<string, unknown>>): Promise<void> {
    const { userId, id: session, hub } = this.#session;
    await consulSays(
      () => hub.node.server(consul, summary.lobbyId).call('hostUpdate', { userId, session }, readHostUpdate(data)),
      async () => null,
    );
  }

  /** Whether the command should be heard by the others. */
  async #command(lobbyId: number, text: string): Promise<boolean> {
    this.#session.hub.requirePrimary();
    const { userId, name, moderator } = this.#session.info();
    const answer = await consulSays(
      () => this.#session.hub.node.server(consul, lobbyId).call('command', { userId, name, moderator }, text),
      async () => ({ accepted: false, silent: true, notices: ['Consul is not there just now, please try again.'] }),
    );
    for (const notice of answer.notices) this.#session.notice(notice);
    return answer.accepted && !answer.silent;
  }

  /** Others hear neither the question nor the answer. */
  async #askCoordinator(text: string): Promise<void> {
    for (const line of (await askCoordinator(this.#session, text)) ?? []) this.#session.notice(line);
  }

  /** A line for one member; for the host and moderators. */
  async sayPrivate(battle: VisibleBattle, name: string, text: string): Promise<void> {
    checkText(text);
    const { userId: from, id: fromSession, hub } = this.#session;
    const { lobbyId, founder } = battle.summary;
    if (founder.session !== fromSession && !this.#session.actor().moderator) {
      throw new LobbyRefused('NotAllowed', 'Only the host may do that');
    }
    this.#session.requireMaySpeak('say in a battle');
    const target = [...battle.members.values()].find((member) => member.user.name === name);
    if (!target) throw new LobbyRefused('NoSuchMember', `${name} is not in this battle`);
    hub.node.broadcast(userMessages(target.user.userId), { kind: 'battle-private', from, fromSession, lobbyId, text });
  }

  /** A private line to the Coordinator, from somebody who may be in a battle. */
  async tellCoordinator(lobbyId: number | undefined, text: string): Promise<void> {
    const command = parseCommand(text);
    if (!command)
      this.#session.notice('I am the server itself and do not chat; in a battle, $help says what I can do.');
    else if (lobbyId === undefined) this.#session.notice('You are not in a battle.');
    else if (!BY_MESSAGE.has(command.name)) this.#session.notice(`Please say $${command.name} in the battle.`);
    else await this.#command(lobbyId, text);
  }
}

function checkText(text: string): void {
  if (!fitsChat(text)) throw new LobbyRefused('TooLong', 'The message is too long');
}
