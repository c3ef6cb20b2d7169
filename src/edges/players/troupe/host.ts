/**
 * A player that hosts as an autohost does: keeps a battle open, lets people in, starts the game when enough of them are ready or
 * one asks for it, and ends it some time later.
 */
import type { Player } from '../player.ts';
import type { News } from '../seen.ts';
import { bearing, isPlayer, isReadyPlayer, type Part, SPECTATOR } from './part.ts';
import { titleOf } from './plan.ts';
import type { Stage } from './stage.ts';

const ENOUGH = 4;
/** Of an asked-for game. */
const FEWEST = 1;
/** A game lasts so many paces. */
const SHORTEST_GAME = 3;
const LONGEST_GAME = 10;

const FORCE_START = /^!(?:cv )?forcestart\b/;

export class Host implements Part {
  readonly #stage: Stage;
  readonly #player: Player;
  readonly #number: number;
  #wasAsked = false;
  /** When the game began and ends; undefined without one. */
  #game: { readonly beganAt: number; readonly endsAt: number } | undefined;
  #spectators = 0;

  constructor(stage: Stage, player: Player, number: number) {
    this.#stage = stage;
    this.#player = player;
    this.#number = number;
  }

  async act(): Promise<void> {
    const { view } = this.#player;
    if (!view.battle) return this.#open();
    if (this.#game) return this.#endGame(this.#game);
    const statuses = [...view.battle.statuses.values()];
    const ready = statuses.filter(isReadyPlayer).length;
    if (ready >= (this.#wasAsked ? FEWEST : ENOUGH)) this.#startGame();
    else this.#tellSpectators(statuses.filter((status) => !isPlayer(status)).length);
  }

  news(news: News): void {
    if (news.kind === 'join-request') {
      this.#player.send(`JOINBATTLEACCEPT ${this.#stage.names.nameOf(news.user)}`);
    } else if (news.kind === 'status-wanted') this.#player.send(`MYBATTLESTATUS ${SPECTATOR} 0`);
    else if (news.kind === 'battle-said' && FORCE_START.test(news.text)) this.#wasAsked = true;
  }

  async #open(): Promise<void> {
    this.#game = undefined;
    this.#spectators = 0;
    this.#wasAsked = false;
    await bearing(async () => {
      await this.#player.openBattle(titleOf(this.#number));
      this.#stage.counts.battlesOpened += 1;
    });
  }

  #startGame(): void {
    const { clock, plan, random, counts } = this.#stage;
    const { view } = this.#player;
    const beganAt = clock.now();
    const paces = SHORTEST_GAME + random() * (LONGEST_GAME - SHORTEST_GAME);
    this.#game = { beganAt, endsAt: beganAt + paces * plan.paceMs };
    this.#wasAsked = false;
    // One who lost his connection in a game has forgotten it and begins it again; for the others it is the same.
    if (!view.inGame.has(view.self)) counts.gamesStarted += 1;
    this.#player.send('SAYBATTLEEX * Launching game...');
    this.#player.send('MYSTATUS 1');
  }

  #endGame({ beganAt, endsAt }: { beganAt: number; endsAt: number }): void {
    const now = this.#stage.clock.now();
    if (now < endsAt) return;
    this.#game = undefined;
    const seconds = Math.round((now - beganAt) / 1_000);
    const time = [`${Math.floor(seconds / 60)} minutes`, `${seconds % 60} seconds`].join(' and ');
    this.#player.send(`SAYBATTLEEX * Server stopped (running time: ${time})`);
    this.#player.send('MYSTATUS 0');
  }

  /** As often as it changes, everybody is told how many watch. */
  #tellSpectators(count: number): void {
    if (count === this.#spectators) return;
    this.#spectators = count;
    this.#player.send(`UPDATEBATTLEINFO ${count} 0 1 Comet Catcher`);
  }
}
