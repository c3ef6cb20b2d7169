/**
 * One for each open lobby: tells viewers what has changed, in one message for all that happened in half a second, and nothing
 * when nothing did. It sees the changes in its node's copy of the lobby. What its node took along when it died nobody can
 * tell, so the next one asks the viewers to look at everything again.
 */
import * as z from 'zod';
import { type EndReason, Server, server } from '../../services/index.ts';
import { LobbyId, type LobbyRecord, lobbies } from '../battles/record.ts';
import { isNothing, type LobbyChanges, lobbyChanges, NO_CHANGES, together } from './lobby-changes.ts';
import { lobbyNews } from './topics.ts';

export const LOBBY_INTERVAL_MS = 500;
/** How long it waits for its lobby's record before it gives up. */
const OPENING_MS = 30_000;

const ThrottleState = z.object({
  /** Whether one has run before. */
  begun: z.boolean(),
  /** Whether the lobby's record has been seen; until then its absence does not mean that the lobby closed. */
  opened: z.boolean(),
});
type ThrottleState = z.infer<typeof ThrottleState>;

type Reminder = 'begin' | 'opened' | 'tell' | 'closed' | 'give up';

export class LobbyThrottleServer extends Server<number, ThrottleState> {
  #pending: LobbyChanges = NO_CHANGES;
  #isReminded = false;
  #unwatch: (() => void) | undefined;

  init(kept: ThrottleState | undefined): ThrottleState {
    this.#unwatch = this.node.cache(lobbies).watch(({ key, before, after }) => {
      if (key === this.key) this.#changed(before, after);
    });
    this.#remind(0, 'begin');
    return kept ?? { begun: false, opened: false };
  }

  override info(reminder: Reminder): void {
    if (reminder === 'begin') this.#begin();
    else if (reminder === 'opened') this.state = { ...this.state, opened: true };
    else if (reminder === 'tell') this.#tell();
    else if (reminder === 'closed') this.#close();
    else if (!this.state.opened) this.stop();
  }

  override terminate(_reason: EndReason): void {
    this.#unwatch?.();
  }

  #begin(): void {
    const again = this.state.begun;
    const isOpen = this.node.cache(lobbies).has(this.key);
    if (this.state.opened && !isOpen) {
      this.#close();
      return;
    }
    this.state = { begun: true, opened: isOpen };
    if (!isOpen) this.#remind(OPENING_MS, 'give up');
    if (again) this.node.broadcast(lobbyNews(this.key), { kind: 'refresh', lobbyId: this.key });
  }

  /** Called by the cache, between messages: it only notes, and sends nothing. */
  #changed(before: LobbyRecord | undefined, after: LobbyRecord | undefined): void {
    if (!after) this.#remind(0, 'closed');
    else if (!before) this.#remind(0, 'opened');
    else {
      this.#pending = together(this.#pending, lobbyChanges(before, after));
      if (this.#isReminded || isNothing(this.#pending)) return;
      this.#isReminded = true;
      this.#remind(LOBBY_INTERVAL_MS, 'tell');
    }
  }

  #tell(): void {
    const { lobby, bots, players } = this.#pending;
    this.#pending = NO_CHANGES;
    this.#isReminded = false;
    const parts = [...(lobby ? (['lobby'] as const) : []), ...(bots ? (['bots'] as const) : [])];
    this.node.broadcast(lobbyNews(this.key), { kind: 'changed', lobbyId: this.key, parts, players: [...players] });
  }

  #close(): void {
    this.#unwatch?.();
    this.node.broadcast(lobbyNews(this.key), { kind: 'closed', lobbyId: this.key });
    this.stop();
  }

  #remind(ms: number, reminder: Reminder): void {
    this.after(ms, reminder);
  }
}

export const lobbyThrottle = server(
  'lobby_throttle',
  {
    key: LobbyId,
    placement: 'one per key',
    state: ThrottleState,
    keeps: 'state',
    about: 'Tells viewers of one lobby what has changed, at most once in half a second. Runs while the lobby is open.',
  },
  LobbyThrottleServer,
);
