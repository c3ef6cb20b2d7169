/**
 * One player of a troupe for as long as the troupe plays: it logs in at a node (making its account if there is none), does what
 * its part says, leaves after a while, and comes back at another node, at once when its own has died.
 */
import { Player, PlayerFailed, PlayerLate, PlayerRefused } from '../player.ts';
import { BrokenStream } from '../words.ts';
import { Host } from './host.ts';
import { LIST_QUEUES, Member } from './member.ts';
import { bearing, type Part } from './part.ts';
import { channelIn, type Gateway, isHost, nameIn, nameOfGateway } from './plan.ts';
import type { Stage } from './stage.ts';
import { Listening, readSpokenLine, spokenLine } from './talk.ts';

/** A stay is so many paces long, if nothing ends it. */
const SHORTEST_STAY = 10;
const LONGEST_STAY = 60;
/** How soon it comes back, at most. */
const BACK_MS = 500;
const LINES_KEPT = 20;

export class Actor {
  readonly #stage: Stage;
  readonly #number: number;
  #hasAccount = false;
  #player: Player | undefined;

  constructor(stage: Stage, number: number) {
    this.#stage = stage;
    this.#number = number;
  }

  /** Logged in just now; else undefined. */
  get online(): Player | undefined {
    const player = this.#player;
    return player && !player.failure && player.view.phase === 'online' ? player : undefined;
  }

  /** Received on its present connection; those of earlier ones are counted. */
  get lines(): number {
    return this.#player?.lines ?? 0;
  }

  /** Plays until the stage says that it is over. What it meets is counted or kept there. */
  async play(): Promise<void> {
    const stage = this.#stage;
    while (!stage.isOver) {
      const gateway = stage.pick(stage.gateways);
      if (gateway) await this.#stay(gateway);
      if (!stage.isOver) await stage.pause(stage.random() * BACK_MS);
    }
  }

  async #stay(gateway: Gateway): Promise<void> {
    const { counts } = this.#stage;
    let wasOnline = false;
    try {
      const { player, part } = await this.#stage.inTurn(() => this.#enter(gateway));
      wasOnline = true;
      counts.logins += 1;
      await this.#remain(player, part);
      await player.leave();
    } catch (error) {
      if (error instanceof BrokenStream) this.#stage.broke(error, nameOfGateway(gateway));
      else if (error instanceof PlayerLate) counts.late += 1;
      else if (error instanceof PlayerFailed) counts.disconnects += wasOnline ? 1 : 0;
      else if (!(error instanceof PlayerRefused)) throw error;
    } finally {
      counts.lines += this.#player?.lines ?? 0;
      this.#player?.destroy();
      this.#player = undefined;
    }
  }

  /** Connects, logs in and takes up its part. */
  async #enter({ host, port }: Gateway): Promise<{ player: Player; part: Part }> {
    const { plan, clock, names } = this.#stage;
    const at = nameOfGateway({ host, port });
    const channel = new Channel(this.#stage, channelIn(this.#number), at);
    let part: Part | undefined;
    const player = await Player.connect({
      ...{ name: nameIn(plan, this.#number), host, port, names, clock },
      ...{ deadlineMs: plan.deadlineMs, keepLines: LINES_KEPT },
      said: (_player, name, from, text) => channel.heard(name, from, text),
      news: (_player, news) => part?.news(news),
      refused: (_player, line) => this.#refused(line),
    });
    this.#player = player;
    await this.#logIn(player);
    await bearing(() => player.joinChannel(channel.name));
    if (isHost(this.#number)) part = new Host(this.#stage, player, this.#number);
    else {
      const member = new Member(this.#stage, player, () => channel.say(player));
      part = member;
      member.begin();
    }
    return { player, part };
  }

  async #logIn(player: Player): Promise<void> {
    const flags = isHost(this.#number) ? 'sp b' : 'sp';
    try {
      await player.logIn(flags);
    } catch (error) {
      if (this.#hasAccount || !(error instanceof PlayerRefused)) throw error;
      await player.register();
      this.#stage.counts.registrations += 1;
      this.#hasAccount = true;
      await player.logIn(flags);
    }
    this.#hasAccount = true;
  }

  async #remain(player: Player, part: Part): Promise<void> {
    const { clock, plan, random } = this.#stage;
    const paces = SHORTEST_STAY + random() * (LONGEST_STAY - SHORTEST_STAY);
    const endsAt = clock.now() + paces * plan.paceMs;
    while (!this.#stage.isOver && (this.#stage.isQuiet || clock.now() < endsAt)) {
      await Promise.race([this.#stage.pause(plan.paceMs * (0.5 + random())), player.closed]);
      if (player.failure) throw player.failure;
      if (!this.#stage.isQuiet && !this.#stage.isOver) await part.act();
    }
  }

  #refused(line: string): void {
    // That there is no account is how it learns to make one, that there are no queues how it learns that; a node that ends says so.
    const isAsked = (!this.#hasAccount && line.startsWith('DENIED ')) || line.includes(LIST_QUEUES);
    if (!isAsked && !line.startsWith('s.system.')) this.#stage.counts.refusals += 1;
  }
}

/** A player's channel during one stay: what it says there, and what it hears. */
class Channel {
  readonly name: string;
  readonly #stage: Stage;
  readonly #at: string;
  readonly #stay: number;
  readonly #listening = new Listening();
  #said = 0;

  constructor(stage: Stage, name: string, at: string) {
    this.#stage = stage;
    this.name = name;
    this.#at = at;
    this.#stay = Math.floor(stage.clock.now());
  }

  say(player: Player): void {
    if (!player.view.channels.has(this.name)) return;
    this.#said += 1;
    this.#stage.counts.said += 1;
    const { clock } = this.#stage;
    player.say(this.name, spokenLine({ stay: this.#stay, number: this.#said, writtenAt: clock.now(), at: this.#at }));
  }

  /** Throws `BrokenStream` for a line that cannot come now. */
  heard(channel: string, from: number, text: string): void {
    const spoken = channel === this.name ? readSpokenLine(text) : undefined;
    if (!spoken) return;
    const { counts, names, clock, latencies } = this.#stage;
    counts.heard += 1;
    counts.missed += this.#listening.hear(names.nameOf(from), spoken);
    if (spoken.at !== this.#at) latencies.add(clock.now() - spoken.writtenAt);
  }
}
