/**
 * The players of one thread that act by themselves, as people do, on whatever nodes there are, and go on when nodes die. Each
 * checks its stream; nothing they meet ends the troupe. Whoever owns it asks for reports.
 */
import { hashText } from '../../../base/index.ts';
import type { Player } from '../player.ts';
import type { View } from '../view.ts';
import { Actor } from './actor.ts';
import { rangeOf, type ThreadReport } from './figures.ts';
import { type Gateway, numbersOf, type TroupePlan } from './plan.ts';
import { Stage, type StageClock } from './stage.ts';

/** What a number of players believe, all the same. */
export interface Belief {
  /** Of the users online, and of the battles with whom is in them. */
  readonly digest: number;
  readonly users: number;
  readonly battles: number;
  readonly places: number;
  /** One who believes it, and how many do. */
  readonly player: string;
  readonly believers: number;
}

export class Troupe {
  readonly #stage: Stage;
  readonly #actors: readonly Actor[];
  #playing: Promise<unknown> = Promise.resolve();
  /** A fault of a player's own making, which is not what it is here to find. */
  #failure: { readonly error: unknown } | undefined;

  constructor(plan: TroupePlan, thread: number, clock: StageClock) {
    this.#stage = new Stage(plan, thread, clock);
    this.#actors = numbersOf(plan, thread).map((number) => new Actor(this.#stage, number));
  }

  /** Everybody comes, spread over these nodes, and plays. */
  begin(gateways: readonly Gateway[]): void {
    this.#stage.gateways = gateways;
    this.#playing = Promise.all(this.#actors.map((actor) => actor.play()));
    this.#playing.catch((error: unknown) => {
      this.#failure = { error };
    });
  }

  /** Who comes from now on comes to one of these nodes. */
  connectTo(gateways: readonly Gateway[]): void {
    this.#stage.gateways = gateways;
  }

  /** Throws when a player ended by a fault of its own. */
  report(): ThreadReport {
    if (this.#failure) throw this.#failure.error;
    const { counts, latencies, faults } = this.#stage;
    const online = this.#online();
    const views = online.map(({ view }) => view);
    return {
      counts: { ...counts, lines: this.#actors.reduce((sum, actor) => sum + actor.lines, counts.lines) },
      online: online.length,
      users: rangeOf(views.map(({ users }) => users)),
      battles: rangeOf(views.map(({ battles }) => battles.size)),
      inGame: rangeOf(views.map(({ inGame }) => inGame.size)),
      latencies: latencies.buckets,
      faults: [...faults],
    };
  }

  /** From now on the players listen and do nothing else; who was disconnected comes back. */
  quiet(): void {
    this.#stage.isQuiet = true;
  }

  /** What those who are online believe; one entry when all agree. */
  beliefs(): Belief[] {
    const beliefs = new Map<number, Belief>();
    for (const { name, view } of this.#online()) {
      const digest = digestOf(view);
      const known = beliefs.get(digest);
      const { users, places } = view;
      const first = { digest, users, places, battles: view.battles.size, player: name, believers: 1 };
      beliefs.set(digest, known ? { ...known, believers: known.believers + 1 } : first);
    }
    return [...beliefs.values()];
  }

  /** All leave; resolves when the last is gone. Rejects when a player ended by a fault of its own. */
  async end(): Promise<ThreadReport> {
    this.#stage.isOver = true;
    const last = this.report();
    await this.#playing;
    return { ...this.report(), ...pickViews(last) };
  }

  #online(): Player[] {
    return this.#actors.map(({ online }) => online).filter((player) => player !== undefined);
  }
}

/** What is seen at the end is seen before all leave. */
function pickViews({ online, users, battles, inGame }: ThreadReport): Partial<ThreadReport> {
  return { online, users, battles, inGame };
}

/** By names, since threads number users each for itself. */
function digestOf(view: View): number {
  const { names } = view;
  const users = view.onlineUsers().map((user) => names.nameOf(user));
  const battles = [...view.battles].map(
    ([id, { founder, members }]) =>
      `${id} ${names.nameOf(founder)} ${members
        .map((member) => names.nameOf(member))
        .sort()
        .join(' ')}`,
  );
  return hashText([...users.sort(), ...battles.sort()].join('\n'));
}
