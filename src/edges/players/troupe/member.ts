/** A player that talks, goes from battle to battle, plays what its host starts, and waits in queues where there are any. */
import type { Player } from '../player.ts';
import type { News } from '../seen.ts';
import { bearing, isPlayer, type Part, READY_PLAYER, SPECTATOR, synced } from './part.ts';
import { nameIn } from './plan.ts';
import type { Stage } from './stage.ts';

const MOST_IN_BATTLE = 16;
const COLOUR = 255;

const BETWEEN_LINES_MS = 800;

/** How likely each act is; the rest of the time a player does nothing. */
const TALKS = 0.3;
const WHISPERS = 0.04;
const JOINS = 0.3;
const LEAVES = 0.08;
const SPEAKS_IN_BATTLE = 0.15;
const CHANGES_STATUS = 0.1;
const ASKS_FOR_START = 0.05;
const QUEUES = 0.05;
const ACCEPTS = 0.9;

export const LIST_QUEUES = 'c.matchmaking.list_all_queues';

export class Member implements Part {
  readonly #stage: Stage;
  readonly #player: Player;
  readonly #say: () => void;
  #mayTalkAt = 0;
  /** It has asked to join a battle and has had no answer yet. */
  #isJoining = false;
  #queues: readonly number[] = [];
  /** The queue it is in. */
  #queue: number | undefined;

  /** `say` says a line in its channel. */
  constructor(stage: Stage, player: Player, say: () => void) {
    this.#stage = stage;
    this.#player = player;
    this.#say = say;
  }

  /** Asks whether there are queues. */
  begin(): void {
    this.#player.send(LIST_QUEUES);
  }

  async act(): Promise<void> {
    const stage = this.#stage;
    if (stage.chance(TALKS)) this.#talk(this.#say);
    if (stage.chance(WHISPERS)) this.#talk(() => this.#whisper());
    if (stage.chance(QUEUES)) this.#joinOrLeaveQueue();
    this.#followTheHost();
    if (this.#player.view.battle) this.#actInBattle();
    else if (this.#queue === undefined && stage.chance(JOINS)) await this.#join();
  }

  news(news: News): void {
    const { counts } = this.#stage;
    if (news.kind === 'queues') this.#queues = news.ids;
    else if (news.kind === 'status-wanted') this.#tellStatus();
    else if (news.kind === 'ready-check') {
      counts.readyChecks += 1;
      const accepts = this.#stage.chance(ACCEPTS);
      this.#player.send(accepts ? 'c.matchmaking.ready' : 'c.matchmaking.decline');
      this.#queue = undefined;
    }
  }

  #tellStatus(): void {
    if (!this.#isJoining) this.#stage.counts.matches += 1;
    const { battle, self } = this.#player.view;
    const given = battle?.statuses.get(self) ?? 0;
    this.#player.send(`MYBATTLESTATUS ${isPlayer(given) ? synced(given) : READY_PLAYER} ${COLOUR}`);
  }

  /** Servers mute who talks too fast, as no person would. */
  #talk(say: () => void): void {
    const now = this.#stage.clock.now();
    if (now < this.#mayTalkAt) return;
    this.#mayTalkAt = now + BETWEEN_LINES_MS;
    say();
  }

  #whisper(): void {
    const { plan, random } = this.#stage;
    const to = nameIn(plan, Math.floor(random() * plan.players));
    if (to !== this.#player.name && this.#player.view.isOnline(this.#stage.names.numberOf(to))) {
      this.#player.send(`SAYPRIVATE ${to} are you there?`);
    }
  }

  #joinOrLeaveQueue(): void {
    const { counts } = this.#stage;
    if (this.#queue !== undefined) {
      this.#player.send(`c.matchmaking.leave_queue ${this.#queue}`);
      this.#queue = undefined;
      return;
    }
    this.#queue = this.#stage.pick(this.#queues);
    if (this.#queue === undefined) return;
    counts.queueJoins += 1;
    this.#player.send(`c.matchmaking.join_queue ${this.#queue}`);
  }

  async #join(): Promise<void> {
    const { view } = this.#player;
    const open = [...view.battles].filter(([, { members }]) => members.length < MOST_IN_BATTLE);
    const [id] = this.#stage.pick(open) ?? [];
    if (id === undefined) return;
    this.#player.send(`JOINBATTLE ${id}`);
    this.#isJoining = true;
    await bearing(async () => {
      // The battle may close just then, which is an answer too.
      await this.#player.until(`in battle ${id}, or told that it is over`, ({ battle, battles }) => {
        return battle?.asked === true || !battles.has(id);
      });
      if (view.battle) this.#stage.counts.joins += 1;
    });
    this.#isJoining = false;
  }

  #actInBattle(): void {
    const stage = this.#stage;
    const say = (text: string): void => this.#talk(() => this.#player.send(`SAYBATTLE ${text}`));
    if (stage.chance(SPEAKS_IN_BATTLE)) say('good luck, have fun');
    if (stage.chance(CHANGES_STATUS)) {
      const status = stage.chance(0.7) ? READY_PLAYER : SPECTATOR;
      this.#player.send(`MYBATTLESTATUS ${status} ${COLOUR}`);
    }
    if (stage.chance(ASKS_FOR_START)) say('!cv forcestart');
    if (stage.chance(LEAVES)) this.#player.send('LEAVEBATTLE');
  }

  /** In the game when the host is, if it plays. */
  #followTheHost(): void {
    const { view } = this.#player;
    const own = view.battle;
    const founder = own && view.battles.get(own.id)?.founder;
    const plays = own !== undefined && isPlayer(own.statuses.get(view.self) ?? 0);
    const should = plays && founder !== undefined && view.inGame.has(founder);
    if (should !== view.inGame.has(view.self)) this.#player.send(`MYSTATUS ${should ? 1 : 0}`);
  }
}
