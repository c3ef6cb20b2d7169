/**
 * The host: the `Cluster` that users hold. It puts the authority, the lives of the nodes and the faults on links together,
 * tells what happens, and asks the nodes. The same over threads and in a simulation; which of the two is the launcher's
 * business.
 */
import { AUTHORITY, addressOf, InvalidValue, idOf, type NodeId, Timeout } from '../base/index.ts';
import type { LinkFault } from '../ports/index.ts';
import {
  type Inheritance,
  type InspectOptions,
  type MusterNode,
  type NodeInspection,
  type Settings,
  type Timing,
  timingOf,
  type ViewData,
} from '../services/index.ts';
import { Authority } from './authority.ts';
import type {
  Cluster,
  ClusterEvent,
  ClusterOptions,
  Inspection,
  NodeStatus,
  Partition,
  WaitOptions,
} from './cluster.ts';
import { CutOff } from './cut-off.ts';
import { until, within } from './deadlines.ts';
import type { Launcher, NodeLife } from './launcher.ts';
import { LinkFaults } from './link-faults.ts';
import { Lives } from './lives.ts';
import { Moves } from './moves.ts';
import { Places } from './places.ts';
import { NotSettled, unsettled } from './settling.ts';

const DEADLINE_MS = 10_000;
const SHUTDOWN_DEADLINE_MS = 5_000;
const INSPECT_DEADLINE_MS = 2_000;

export class Host implements Cluster {
  readonly #launcher: Launcher;
  readonly #options: ClusterOptions;
  readonly #timing: Timing;
  readonly #authority: Authority;
  readonly #places = new Places((node) => this.#emit({ event: 'node', node }));
  readonly #lives: Lives;
  readonly #cutOff: CutOff;
  readonly #listeners = new Set<(event: ClusterEvent) => void>();
  readonly #moves = new Moves();
  readonly #faults = new LinkFaults();
  #closing: Promise<void> | undefined;

  constructor(launcher: Launcher, options: ClusterOptions) {
    this.#launcher = launcher;
    this.#options = options;
    if (options.onEvent) this.#listeners.add(options.onEvent);
    this.#timing = timingOf(options.timing);
    this.#authority = this.#makeAuthority();
    const port = {
      clock: launcher.world.clock,
      authority: this.#authority,
      places: this.#places,
      moves: this.#moves,
      hasFaults: () => this.#faults.any,
      isClosing: () => this.#closing !== undefined,
      emit: (event: ClusterEvent) => this.#emit(event),
    };
    this.#lives = new Lives(
      {
        ...port,
        launch: (id, incarnation, inheritance) => this.#launch(id, incarnation, inheritance),
      },
      options,
    );
    this.#cutOff = new CutOff({ ...port, lives: this.#lives }, this.#timing.hungMs);
  }

  #makeAuthority(): Authority {
    return new Authority(this.#launcher.world, this.#timing, {
      onView: (view) => this.#onView(view),
      onMoved: (server, from, to) => this.#emit(this.#moves.moved(server, from, to, this.#launcher.world.clock.now())),
      onFlushed: () => undefined,
      onMismatch: () => undefined,
      fence: (addresses) => this.#launcher.fence(addresses),
      onEvicted: (evicted) => {
        for (const eviction of evicted) this.#cutOff.evicted(eviction);
      },
      onPrimary: (exists, reached, unreached) => {
        this.#emit({ event: 'primary', exists, reached: reached.map(idOf), unreached: unreached.map(idOf) });
      },
      onReturned: (address) => this.#cutOff.returned(address),
      onHung: (address) => this.#cutOff.hung(address),
      onCatchUp: (address, entries, of, ms) => {
        this.#emit({ event: 'catch-up', node: idOf(address), entries, of, ms: Math.round(ms) });
      },
    });
  }

  /** Starts the first nodes. When one of them does not get ready, everything is ended and its error thrown. */
  async open(): Promise<this> {
    const count = this.#options.nodes ?? 4;
    const places = Array.from({ length: count }, (_, at) => this.#places.add(`n${at + 1}`));
    this.#authority.found(places.map(({ id }) => addressOf(id, 1)));
    try {
      await this.#drive(Promise.all(places.map((place) => this.#lives.bringUp(place, 'boot'))));
    } catch (error) {
      await this.close();
      throw error;
    }
    return this;
  }

  #launch(id: NodeId, incarnation: number, inheritance: Inheritance | undefined): NodeLife {
    const settings = this.#settingsOf(id);
    return this.#launcher.launch({
      id,
      incarnation,
      settings,
      faults: this.#faults.all(),
      timing: this.#timing,
      inheritance,
    });
  }

  #settingsOf(id: NodeId): Settings {
    const { settings } = this.#options;
    return typeof settings === 'function' ? settings(id) : (settings ?? {});
  }

  #onView(view: ViewData): void {
    if (view.cause.startsWith('join ')) this.#moves.joined(this.#launcher.world.clock.now());
    this.#emit({ event: 'view', view });
  }

  #emit(event: ClusterEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  nodes(): NodeStatus[] {
    return this.#places.statuses();
  }

  view(): ViewData {
    return this.#authority.view;
  }

  on(listener: (event: ClusterEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async kill(id: NodeId): Promise<void> {
    await this.#drive(this.#lives.kill(id));
  }

  stop(id: NodeId): Promise<void> {
    return this.#drive(this.#lives.stop(id));
  }

  start(id: NodeId): Promise<void> {
    return this.#drive(this.#lives.start(id));
  }

  async restart(id: NodeId): Promise<void> {
    const place = this.#places.known(id);
    await this.#drive(
      (async () => {
        if (place.life && place.state === 'up') await this.#lives.stop(id);
        await this.#lives.start(id);
      })(),
    );
  }

  async add(): Promise<NodeId> {
    const place = this.#places.addNext();
    try {
      await this.#drive(this.#lives.bringUp(place, 'add'));
    } catch (error) {
      if (!place.life && place.state !== 'up') this.#places.forget(place);
      throw error;
    }
    return place.id;
  }

  async pause(id: NodeId, ms: number): Promise<void> {
    if (!(ms >= 0)) throw new InvalidValue('pause', `expected 0 ms or more, got ${ms}`);
    return this.#drive(this.#lives.running(id).control.pause(ms));
  }

  async partition(partition: Partition): Promise<void> {
    const byAge = this.#authority.view.members.map(({ id }) => id);
    for (const { id } of this.#places.all()) if (!byAge.includes(id)) byAge.push(id);
    this.#faults.partition(partition, byAge);
    await this.#drive(this.#applyFaults());
  }

  async heal(): Promise<void> {
    this.#faults.heal();
    await this.#drive(this.#applyFaults());
  }

  async fault(fault: LinkFault): Promise<AsyncDisposable> {
    for (const id of [fault.from, fault.to]) if (id !== AUTHORITY) this.#places.known(id);
    this.#faults.add(fault);
    await this.#drive(this.#applyFaults());
    return {
      [Symbol.asyncDispose]: async () => {
        this.#faults.remove(fault);
        await this.#drive(this.#applyFaults());
      },
    };
  }

  async #applyFaults(): Promise<void> {
    const faults = this.#faults.all();
    this.#launcher.setFaults(faults);
    const lives = this.#places.all().flatMap(({ life }) => (life ? [life] : []));
    await Promise.allSettled(lives.map((life) => life.control.setFaults(faults)));
  }

  async run<A extends readonly unknown[], R>(
    id: NodeId,
    fn: (node: MusterNode, ...args: A) => R,
    ...args: A
  ): Promise<Awaited<R>> {
    const life = this.#lives.running(id);
    const result = life.call
      ? life.call(fn as unknown as (node: MusterNode, ...args: never[]) => unknown, args)
      : life.control.run(fn.toString(), args);
    return this.#drive(result as Promise<Awaited<R>>);
  }

  inspect(options: InspectOptions = {}): Promise<Inspection> {
    return this.#drive(this.#inspect(options));
  }

  async #inspect(options: InspectOptions): Promise<Inspection> {
    const { clock } = this.#launcher.world;
    const places = this.#places.all().filter(({ life }) => life !== undefined);
    const answers = await Promise.allSettled(
      places.map(({ id, life }) => within(clock, `inspect ${id}`, life!.control.inspect(options), INSPECT_DEADLINE_MS)),
    );
    const nodes: NodeInspection[] = [];
    const missing: NodeId[] = [];
    answers.forEach((answer, at) => {
      if (answer.status === 'fulfilled') nodes.push(answer.value);
      else missing.push(places[at]!.id);
    });
    return { view: this.#authority.view, nodes, missing };
  }

  async settled(options: WaitOptions = {}): Promise<void> {
    const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
    let open: string[] = [];
    const check = async (): Promise<boolean> => {
      const { view, nodes, missing } = await this.#inspect({ digests: true });
      // While links are cut on purpose, who is cut off stays so.
      const isExpected = ({ id }: { id: NodeId }): boolean =>
        !(this.#faults.any && this.#places.find(id)?.state === 'cut off');
      open = unsettled(
        view,
        this.nodes().filter(isExpected),
        nodes.filter(isExpected),
        missing.filter((id) => isExpected({ id })),
      );
      for (const place of this.#places.all()) if (place.restartPending) open.push(`${place.id} is about to restart`);
      return open.length === 0;
    };
    try {
      await this.waitFor('the cluster to settle', check, { deadlineMs });
    } catch (error) {
      throw error instanceof Timeout ? new NotSettled(open, deadlineMs) : error;
    }
  }

  waitFor<T>(what: string, check: () => T | Promise<T>, options: WaitOptions = {}): Promise<NonNullable<T>> {
    const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
    const isOver = (): boolean => this.#closing !== undefined;
    return this.#drive(until(this.#launcher.world.clock, what, check, { deadlineMs, isOver }));
  }

  #drive<T>(work: Promise<T>): Promise<T> {
    return this.#launcher.drive(work);
  }

  close(): Promise<void> {
    this.#closing ??= this.#drive(this.#close());
    return this.#closing;
  }

  async #close(): Promise<void> {
    // `#closing` is set when this has run to its first await.
    await Promise.resolve();
    const { clock } = this.#launcher.world;
    const lives = this.#places.all().flatMap(({ life, state }) => (life && state === 'up' ? [life] : []));
    await Promise.allSettled(
      lives.map((life) => within(clock, 'shutdown', life.control.shutdown(), SHUTDOWN_DEADLINE_MS)),
    );
    await Promise.all(this.#places.all().map(({ life }) => life?.kill()));
    for (const place of this.#places.all()) Object.assign(place, { state: 'stopped', cause: 'close' });
    this.#authority.close();
    await this.#launcher.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
