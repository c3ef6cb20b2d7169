/** The accolades bot, on every node: of those, one is told of a completed match, and has its players asked about each other. */
import { Server, server } from '../../../services/index.ts';
import { answering } from '../../answer.ts';
import { matchMonitor } from '../../matches/monitor.ts';
import { sessions } from '../../presence/sessions.ts';
import { LobbyStore } from '../../store/lobby-store.ts';
import { ANSWER_MS, accoladeChat, type Question } from './chat.ts';
import { namesOf, readBadges, readFacts, readMatch } from './records.ts';
import { candidatesFor, LEAST_MATCH_MS } from './rules.ts';

/** Who is told of a match only now is not asked: by then those who were asked may have forgotten it. Less than a question stands. */
const LATEST_MS = ANSWER_MS / 2;

export class AccoladeBot extends Server<never> {
  readonly #store = new LobbyStore(() => this.node.store);

  init(): undefined {
    return undefined;
  }

  /** Has the players asked. Told of the same match again, nobody is asked twice; the monitor tells until it worked. */
  async completed(matchId: number): Promise<void> {
    const done = await answering('Asking for accolades', async () => {
      await this.#askAll(matchId);
      await this.node.server(matchMonitor).call('followedUp', matchId);
    });
    if (!done.ok)
      this.node.log.write('warn', 'players could not be asked for accolades', { matchId, why: done.message });
  }

  async #askAll(matchId: number): Promise<void> {
    const match = await readMatch(this.#store, matchId);
    if (!match || match.finishedAt === null || match.finishedAt - match.startedAt <= LEAST_MATCH_MS) return;
    if (this.node.wall() - match.finishedAt > LATEST_MS) return;
    const userIds = match.players.map(({ userId }) => userId);
    if (userIds.length === 0) return;
    const [facts, badges, names] = await Promise.all([
      readFacts(this.#store, userIds, this.node.wall()),
      readBadges(this.#store),
      namesOf(this.#store, userIds),
    ]);
    const asked = match.players.map(async (giver) => {
      const candidates = candidatesFor(giver, match.players, facts);
      const recipient = candidates[Math.floor(this.node.random() * candidates.length)];
      if (recipient === undefined || !this.node.registry(sessions).lookup(giver.userId)) return;
      const recipientName = names.get(recipient) ?? `#${recipient}`;
      await this.#ask(giver.userId, {
        matchId,
        recipient,
        recipientName,
        badges,
        misses: facts.misses.get(giver.userId) ?? 0,
      });
    });
    const failed = (await Promise.allSettled(asked)).find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  async #ask(userId: number, question: Question): Promise<void> {
    const chat = this.node.server(accoladeChat, userId);
    await chat.start();
    await chat.call('ask', question);
  }
}

export const accoladeBot = server(
  'accolade_bot',
  {
    placement: 'one per node',
    about: 'After a match of some length, has its players asked for accolades to their team-mates.',
  },
  AccoladeBot,
);
