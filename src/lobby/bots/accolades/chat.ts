/**
 * One open question for an accolade, by the user who is asked. Its state is kept, so a node's death neither asks twice, nor
 * forgets the question or its time limit. It remembers a match until that limit, so that being told of it again asks nothing.
 */
import * as z from 'zod';
import { Server, server } from '../../../services/index.ts';
import { type Answer, answering } from '../../answer.ts';
import { ACCOLADES_BOT } from '../../internal-users.ts';
import { UserId } from '../../presence/sessions.ts';
import { userMessages } from '../../presence/user-topic.ts';
import { setting } from '../../settings/settings.ts';
import { LobbyStore } from '../../store/lobby-store.ts';
import { type Outcome, writeOutcome } from './records.ts';
import { type Choice, MISSES, missesAfter, question, readChoice } from './rules.ts';

/** How long a question stands; the last moment of the chat, too. */
export const ANSWER_MS = 600_000;
/** How long after an accolade its recipient hears of it, if at all: the setting `accoladeTells`. */
const TELL_RECIPIENT_MS = 30_000;
const TRY_AGAIN_MS = 5_000;

export const Question = z.object({
  matchId: z.int(),
  recipient: UserId,
  recipientName: z.string(),
  badges: z.array(z.object({ id: z.int(), name: z.string() })),
  /** The misses of who is asked, when he was asked. */
  misses: z.int(),
});
export type Question = z.infer<typeof Question>;

export const ChatState = z.object({
  stage: z.enum(['not started', 'awaiting choice', 'completed']),
  question: z.nullable(Question),
  /** `node.now()` when the question lapses. */
  deadline: z.number(),
  /** What the recipient is to be told, and when. */
  news: z.nullable(z.object({ at: z.number(), badge: z.string(), recipient: UserId })),
});
export type ChatState = z.infer<typeof ChatState>;

export class AccoladeChat extends Server<number, ChatState> {
  readonly #store = new LobbyStore(() => this.node.store);

  init(kept: ChatState | undefined): ChatState {
    if (kept?.question) this.after(Math.max(0, kept.deadline - this.node.now()), 'deadline');
    if (kept?.news) this.after(Math.max(0, kept.news.at - this.node.now()), 'news');
    return kept ?? { stage: 'not started', question: null, deadline: 0, news: null };
  }

  override async info(message: unknown): Promise<void> {
    const { news, deadline } = this.state;
    if (message === 'news') this.#tellRecipient();
    else if (this.node.now() >= deadline && news) this.after(news.at - this.node.now() + 1, 'deadline');
    else if (this.node.now() >= deadline) await this.#end();
    else this.after(this.state.deadline - this.node.now(), 'deadline');
  }

  /** Asks, unless a question is open or this match has been asked about. Says whether it did. */
  ask(asked: Question): boolean {
    if (this.state.stage === 'awaiting choice' || this.state.question?.matchId === asked.matchId) return false;
    const deadline = this.node.now() + ANSWER_MS;
    this.state = { ...this.state, stage: 'awaiting choice', question: asked, deadline };
    this.after(ANSWER_MS, 'deadline');
    this.#tell(this.key, question(asked.recipientName, asked.badges));
    return true;
  }

  /** The user's answer. Null when none is awaited. */
  answer(text: string): Promise<Answer<readonly string[] | null>> {
    return answering('Your answer', async () => {
      const { stage, question: asked, deadline } = this.state;
      if (stage !== 'awaiting choice' || !asked || this.node.now() >= deadline) return null;
      const choice = readChoice(text, asked.badges);
      if (choice.kind === 'unclear') return [choice.answer];
      await writeOutcome(this.#store, this.#outcome(asked, choice));
      const isNews = choice.kind === 'badge' && setting(this.node, 'accoladeTells');
      const news = isNews
        ? { at: this.node.now() + TELL_RECIPIENT_MS, badge: choice.badge.name, recipient: asked.recipient }
        : null;
      this.state = { ...this.state, stage: 'completed', news };
      if (news) this.after(TELL_RECIPIENT_MS, 'news');
      return ['Thank you for your feedback.'];
    });
  }

  #outcome(asked: Question, choice: Choice): Outcome {
    const { matchId, recipient } = asked;
    const change = choice.kind === 'badge' ? MISSES.given : MISSES.declined;
    const outcome: Outcome = { giver: this.key, misses: missesAfter(asked.misses, change) };
    if (choice.kind === 'skip') return outcome;
    const badgeId = choice.kind === 'badge' ? choice.badge.id : null;
    return { ...outcome, accolade: { recipient, matchId, badgeId, at: this.node.wall() } };
  }

  #tellRecipient(): void {
    const { news } = this.state;
    if (!news) return;
    this.state = { ...this.state, news: null };
    this.#tell(news.recipient, [`A player of your last game has given you an accolade: ${news.badge}.`]);
  }

  /** No answer came in time. */
  async #end(): Promise<void> {
    const { stage, question: asked } = this.state;
    if (stage === 'awaiting choice' && asked) {
      const misses = missesAfter(asked.misses, MISSES.silent);
      const written = await answering('It', () => writeOutcome(this.#store, { giver: this.key, misses }));
      if (!written.ok) {
        this.node.log.write('warn', 'a question without answer could not be noted', { why: written.message });
        this.after(TRY_AGAIN_MS, 'deadline');
        return;
      }
    }
    this.stop();
  }

  #tell(userId: number, lines: readonly string[]): void {
    const { userId: from, session: fromSession } = ACCOLADES_BOT;
    for (const text of lines) {
      this.node.broadcast(userMessages(userId), { kind: 'private-message', from, fromSession, text, emote: false });
    }
  }
}

export const accoladeChat = server(
  'accolade_chat',
  {
    key: UserId,
    placement: 'one per key',
    state: ChatState,
    keeps: 'state',
    about: 'The open question for an accolade to one user, until ten minutes after it was asked.',
  },
  AccoladeChat,
);
