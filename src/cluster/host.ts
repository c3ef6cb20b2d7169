/**
 * The host: holds the lives of the nodes, the authority and the faults, and is the `Cluster` that users hold. The same over
 * threads and in a simulation; which of the two is the launcher's business.
 */
import {
  type Address,
  AUTHORITY,
  addressOf,
  Closed,
  compareIds,
  InvalidValue,
  idOf,
  MusterError,
  type NodeId,
  Refused,
  Timeout,
  toErrorData,
} from '../base/index.ts';
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
  NodeState,
  NodeStatus,
  Partition,
  WaitOptions,
} from './cluster.ts';
import type { Exit, Launcher, NodeLife } from './launcher.ts';
import { LinkFaults } from './link-faults.ts';
import { Moves } from './moves.ts';
import { NotSettled, unsettled } from './settling.ts';
import { Supervisor } from './supervisor.ts';

interface Place {
  readonly id: NodeId;
  incarnation: number;
  state: NodeState;
  cause: string;
  life: NodeLife | undefined;
  /** Set while a restart is planned. */
  restartPending: boolean;
  /** Why its host ended its present life, if it did. */
  endedFor: string | undefined;
  /** Set while a life that was cut off is being replaced by the next. */
  comingBack: boolean;
}

const DEADLINE_MS = 10_000;
const START_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 15_000;
const SHUTDOWN_DEADLINE_MS = 5_000;
const INSPECT_DEADLINE_MS = 2_000;
const RETIRE_DEADLINE_MS = 5_000;
const ASK_AGAIN_MS = 10;

/** Why a life is ended: it never became a member before it was cut off. */
const CUT_OFF = 'cut off while it joined';
const HUNG = 'hung';

export class Host implements Cluster {
  readonly #launcher: Launcher;
  readonly #options: ClusterOptions;
  readonly #timing: Timing;
  readonly #authority: Authority;
  readonly #supervisor: Supervisor | undefined;
  readonly #places = new Map<NodeId, Place>();
  /** The last incarnation of nodes that were forgotten. */
  readonly #spent = new Map<NodeId, number>();
  readonly #listeners = new Set<(event: ClusterEvent) => void>();
  readonly #moves = new Moves();
  readonly #faults = new LinkFaults();
  #closing: Promise<void> | undefined;

  constructor(launcher: Launcher, options: ClusterOptions) {
    this.#launcher = launcher;
    this.#options = options;
    this.#supervisor = options.restart && new Supervisor(options.restart);
    if (options.onEvent) this.#listeners.add(options.onEvent);
    this.#timing = timingOf(options.timing);
    this.#authority = new Authority(launcher.world, this.#timing, {
      onView: (view) => this.#onView(view),
      onMoved: (server, from, to) => this.#onMoved(server, from, to),
      onFlushed: () => undefined,
      onMismatch: () => undefined,
      fence: (addresses) => launcher.fence(addresses),
      onEvicted: (evicted) => {
        for (const { address, why } of evicted) this.#onEvicted(address, why);
      },
      onReturned: (address) => this.#onReturned(address),
      onHung: (address) => this.#onHung(address),
      onCatchUp: (address, entries, of, ms) => {
        this.#emit({ event: 'catch-up', node: idOf(address), entries, of, ms: Math.round(ms) });
      },
    });
  }

  /** Starts the first nodes. When one of them does not get ready, everything is ended and its error thrown. */
  async open(): Promise<this> {
    const count = this.#options.nodes ?? 4;
    const places = Array.from({ length: count }, (_, at) => this.#place(`n${at + 1}`));
    this.#authority.found(places.map(({ id }) => addressOf(id, 1)));
    try {
      await this.#drive(Promise.all(places.map((place) => this.#bringUp(place, 'boot'))));
    } catch (error) {
      await this.close();
      throw error;
    }
    return this;
  }

  #place(id: NodeId): Place {
    const place: Place = {
      id,
      incarnation: this.#spent.get(id) ?? 0,
      state: 'stopped',
      cause: 'new',
      life: undefined,
      restartPending: false,
      endedFor: undefined,
      comingBack: false,
    };
    this.#places.set(id, place);
    return place;
  }

  /** Starts one life and waits until it is ready; another, when this one was cut off before. */
  async #bringUp(place: Place, cause: string, inheritance?: Inheritance): Promise<void> {
    if (this.#closing) throw new Closed('the cluster');
    place.incarnation += 1;
    const address = addressOf(place.id, place.incarnation);
    this.#authority.expect(address);
    const life = this.#launcher.launch({
      id: place.id,
      incarnation: place.incarnation,
      settings: this.#settingsOf(place.id),
      faults: this.#faults.all(),
      timing: this.#timing,
      inheritance,
    });
    place.life = life;
    place.endedFor = undefined;
    this.#become(place, 'starting', cause);
    const exited = life.exited.then((exit) => {
      this.#onExit(place, life, exit);
      throw new MusterError('NodeFailed', exit.message, { node: place.id });
    });
    exited.catch(() => undefined);
    try {
      await this.#untilReady(place, Promise.race([life.control.start(), exited]));
    } catch (error) {
      if (place.endedFor === CUT_OFF && !this.#closing) return this.#bringUp(place, cause, inheritance);
      const failure = await this.#startFailure(life, error);
      place.endedFor = `start failed: ${toErrorData(failure).message}`;
      await life.kill();
      throw failure;
    }
    if (place.life === life && place.state === 'starting') this.#become(place, 'up', cause);
  }

  /** While links are cut on purpose, a node may join as long as it takes: until `heal`. */
  async #untilReady(place: Place, ready: Promise<void>): Promise<void> {
    for (;;) {
      const before = this.#faults.any;
      try {
        await this.#within(`start of ${place.id}`, ready, this.#options.startDeadlineMs ?? START_DEADLINE_MS);
        return;
      } catch (error) {
        if (!(error instanceof Timeout) || !(before || this.#faults.any)) throw error;
      }
    }
  }

  /** When a life ends while it starts, its exit says why; else the error does. */
  async #startFailure(life: NodeLife, error: unknown): Promise<unknown> {
    const isDown = error instanceof MusterError && error.code === 'NodeDown';
    if (!isDown) return error;
    const exit = await life.exited;
    return new MusterError('NodeFailed', exit.message, { node: idOf(life.address) });
  }

  #settingsOf(id: NodeId): Settings {
    const { settings } = this.#options;
    return typeof settings === 'function' ? settings(id) : (settings ?? {});
  }

  #onExit(place: Place, life: NodeLife, exit: Exit): void {
    if (place.life !== life) return;
    place.life = undefined;
    if (this.#closing) return;
    const now = this.#launcher.world.clock.now();
    const stopped = place.state === 'leaving';
    // Whoever starts a node by hand is told that it failed; trying again is theirs.
    const byHand = place.state === 'starting' && place.cause !== 'restart';
    this.#moves.mustMove(life.address, 'death', now);
    this.#authority.died(life.address);
    if (stopped) {
      this.#become(place, 'stopped', 'stop');
      return;
    }
    this.#become(place, 'down', place.endedFor ?? `${exit.kind}: ${exit.message}`);
    if (exit.kind === 'crashed')
      this.#emit({ event: 'error', code: 'NodeCrashed', message: exit.message, node: place.id });
    if (!byHand) this.#considerRestart(place, now);
  }

  #considerRestart(place: Place, now: number): void {
    if (!this.#supervisor) return;
    const decision = this.#supervisor.died(place.id, now);
    if (decision.kind === 'give-up') {
      const message = `${place.id} died ${decision.deaths} times within ${this.#supervisor.withinMs} ms and stays down`;
      this.#become(place, 'failed', 'restart budget spent');
      this.#emit({ event: 'error', code: 'RestartBudgetSpent', message, node: place.id });
      return;
    }
    place.restartPending = true;
    this.#launcher.world.clock.after(decision.afterMs, () => {
      if (!place.restartPending || this.#closing) return;
      place.restartPending = false;
      this.#bringUp(place, 'restart').catch((error) => this.#reportFailedStart(place, error));
    });
  }

  #reportFailedStart(place: Place, error: unknown): void {
    if (this.#closing) return;
    const { code, message } = toErrorData(error);
    this.#emit({ event: 'error', code, message, node: place.id });
  }

  /** The cluster goes on without this life, though it may run. */
  #onEvicted(address: Address, why: string): void {
    this.#moves.mustMove(address, 'eviction', this.#launcher.world.clock.now());
    const place = this.#placeOf(address);
    if (!place) return;
    this.#emit({ event: 'error', code: 'NodeEvicted', message: `${place.id} was evicted: ${why}`, node: place.id });
    if (place.endedFor?.startsWith(HUNG)) this.#abandon(place);
    else if (place.state !== 'starting') this.#become(place, 'cut off', why);
  }

  /** Its thread does not end: the next life does not wait for that. */
  #abandon(place: Place): void {
    place.life = undefined;
    this.#become(place, 'down', place.endedFor!);
    this.#considerRestart(place, this.#launcher.world.clock.now());
  }

  #onReturned(address: Address): void {
    const place = this.#placeOf(address);
    if (!place?.life || place.comingBack || this.#closing) return;
    if (place.state === 'cut off') {
      place.comingBack = true;
      this.#comeBack(place, place.life).catch((error) => this.#reportFailedStart(place, error));
    } else if (place.state === 'starting') {
      place.endedFor = CUT_OFF;
      void place.life.kill();
    }
  }

  /** The old life ends with all it ran; the next one inherits what it wrote to merged tables. */
  async #comeBack(place: Place, life: NodeLife): Promise<void> {
    const inheritance = await this.#retire(place, life);
    place.comingBack = false;
    if (place.life !== life) return;
    place.life = undefined;
    await life.kill();
    this.#authority.died(life.address);
    if (place.state === 'cut off') await this.#bringUp(place, 'heal', inheritance);
  }

  async #retire(place: Place, life: NodeLife): Promise<Inheritance | undefined> {
    try {
      return await this.#within(`retire ${place.id}`, life.control.retire(), RETIRE_DEADLINE_MS);
    } catch (error) {
      const message = `${place.id} comes back without its merged writes: ${toErrorData(error).message}`;
      this.#emit({ event: 'error', code: 'InheritanceLost', message, node: place.id });
      return undefined;
    }
  }

  #onHung(address: Address): void {
    const place = this.#placeOf(address);
    if (!place?.life) return;
    place.endedFor = `${HUNG}: its event loop stood still for ${this.#timing.hungMs} ms`;
    this.#emit({ event: 'error', code: 'NodeHung', message: `${place.id} is ${place.endedFor}`, node: place.id });
    void place.life.kill();
  }

  /** The place whose present life has this address. */
  #placeOf(address: Address): Place | undefined {
    const place = this.#places.get(idOf(address));
    return place?.life?.address === address ? place : undefined;
  }

  #onView(view: ViewData): void {
    if (view.cause.startsWith('join ')) this.#moves.joined(this.#launcher.world.clock.now());
    this.#emit({ event: 'view', view });
  }

  #onMoved(server: string, from: Address, to: Address): void {
    this.#emit(this.#moves.moved(server, from, to, this.#launcher.world.clock.now()));
  }

  #become(place: Place, state: NodeState, cause: string): void {
    place.state = state;
    place.cause = cause;
    this.#emit({ event: 'node', node: statusOf(place) });
  }

  #emit(event: ClusterEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  nodes(): NodeStatus[] {
    return [...this.#places.values()].map(statusOf).sort((a, b) => compareIds(a.id, b.id));
  }

  view(): ViewData {
    return this.#authority.view;
  }

  on(listener: (event: ClusterEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async kill(id: NodeId): Promise<void> {
    const life = this.#running(id);
    this.#known(id).endedFor = 'killed';
    return this.#drive(this.#kill(life));
  }

  async #kill(life: NodeLife): Promise<void> {
    await life.kill();
  }

  stop(id: NodeId): Promise<void> {
    return this.#drive(this.#stop(id));
  }

  async #stop(id: NodeId): Promise<void> {
    const place = this.#known(id);
    if (place.restartPending) {
      place.restartPending = false;
      this.#become(place, 'stopped', 'stop');
      return;
    }
    const life = this.#running(id);
    if (place.state !== 'up') throw new Refused(`${id} cannot be stopped while it is ${place.state}`);
    this.#moves.mustMove(life.address, 'stop', this.#launcher.world.clock.now());
    this.#become(place, 'leaving', 'stop');
    const isLast = this.#authority.view.members.every((member) => member.id === id || member.state === 'leaving');
    try {
      if (!isLast) this.#authority.leave(life.address);
      const ended = isLast ? life.control.shutdown() : life.control.stop();
      await this.#untilStopped(life, ended);
    } catch (error) {
      const message = `${id} did not stop in an orderly way and was ended: ${toErrorData(error).message}`;
      this.#emit({ event: 'error', code: 'StopFailed', message, node: id });
    }
    await life.kill();
  }

  /** Who is the last to know what others have yet to learn takes as long as that does. */
  async #untilStopped({ address }: NodeLife, ended: Promise<void>): Promise<void> {
    for (;;) {
      try {
        await this.#within(`stop of ${idOf(address)}`, ended, STOP_DEADLINE_MS);
        return;
      } catch (error) {
        if (!(error instanceof Timeout && this.#authority.isLastToKnow(address))) throw error;
      }
    }
  }

  start(id: NodeId): Promise<void> {
    return this.#drive(this.#start(id));
  }

  async #start(id: NodeId): Promise<void> {
    const place = this.#known(id);
    if (place.life) throw new Refused(`${id} is ${place.state} already`);
    place.restartPending = false;
    this.#supervisor?.forgive(id);
    await this.#bringUp(place, 'start');
  }

  async restart(id: NodeId): Promise<void> {
    const place = this.#known(id);
    await this.#drive(
      (async () => {
        if (place.life && place.state === 'up') await this.#stop(id);
        await this.#start(id);
      })(),
    );
  }

  async add(): Promise<NodeId> {
    let number = 1;
    while (this.#places.has(`n${number}`)) number += 1;
    const place = this.#place(`n${number}`);
    try {
      await this.#drive(this.#bringUp(place, 'add'));
    } catch (error) {
      if (!place.life && place.state !== 'up') this.#forget(place);
      throw error;
    }
    return place.id;
  }

  /** The number is free again; its incarnations are not, because an address names one life. */
  #forget(place: Place): void {
    this.#places.delete(place.id);
    this.#spent.set(place.id, place.incarnation);
  }

  async pause(id: NodeId, ms: number): Promise<void> {
    if (!(ms >= 0)) throw new InvalidValue('pause', `expected 0 ms or more, got ${ms}`);
    return this.#drive(this.#running(id).control.pause(ms));
  }

  async partition(partition: Partition): Promise<void> {
    const byAge = this.#authority.view.members.map(({ id }) => id);
    for (const id of this.#places.keys()) if (!byAge.includes(id)) byAge.push(id);
    this.#faults.partition(partition, byAge);
    await this.#drive(this.#applyFaults());
  }

  async heal(): Promise<void> {
    this.#faults.heal();
    await this.#drive(this.#applyFaults());
  }

  async fault(fault: LinkFault): Promise<AsyncDisposable> {
    for (const id of [fault.from, fault.to]) if (id !== AUTHORITY) this.#known(id);
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
    const lives = [...this.#places.values()].flatMap(({ life }) => (life ? [life] : []));
    await Promise.allSettled(lives.map((life) => life.control.setFaults(faults)));
  }

  async run<A extends readonly unknown[], R>(
    id: NodeId,
    fn: (node: MusterNode, ...args: A) => R,
    ...args: A
  ): Promise<Awaited<R>> {
    const life = this.#running(id);
    const result = life.call
      ? life.call(fn as unknown as (node: MusterNode, ...args: never[]) => unknown, args)
      : life.control.run(fn.toString(), args);
    return this.#drive(result as Promise<Awaited<R>>);
  }

  inspect(options: InspectOptions = {}): Promise<Inspection> {
    return this.#drive(this.#inspect(options));
  }

  async #inspect(options: InspectOptions): Promise<Inspection> {
    const places = [...this.#places.values()].filter(({ life }) => life !== undefined);
    const answers = await Promise.allSettled(
      places.map(({ id, life }) => this.#within(`inspect ${id}`, life!.control.inspect(options), INSPECT_DEADLINE_MS)),
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
        !(this.#faults.any && this.#places.get(id)?.state === 'cut off');
      open = unsettled(
        view,
        this.nodes().filter(isExpected),
        nodes.filter(isExpected),
        missing.filter((id) => isExpected({ id })),
      );
      for (const place of this.#places.values()) if (place.restartPending) open.push(`${place.id} is about to restart`);
      return open.length === 0;
    };
    try {
      await this.waitFor('the cluster to settle', check, { deadlineMs });
    } catch (error) {
      throw error instanceof Timeout ? new NotSettled(open, deadlineMs) : error;
    }
  }

  waitFor<T>(what: string, check: () => T | Promise<T>, options: WaitOptions = {}): Promise<NonNullable<T>> {
    return this.#drive(this.#waitFor(what, check, options.deadlineMs ?? DEADLINE_MS));
  }

  async #waitFor<T>(what: string, check: () => T | Promise<T>, deadlineMs: number): Promise<NonNullable<T>> {
    const { clock } = this.#launcher.world;
    const end = clock.now() + deadlineMs;
    for (;;) {
      const value = await check();
      if (value) return value;
      if (clock.now() >= end || this.#closing) throw new Timeout(what, deadlineMs, 'unknown');
      await new Promise<void>((resolve) => clock.after(ASK_AGAIN_MS, resolve));
    }
  }

  async #within<T>(what: string, work: Promise<T>, deadlineMs: number): Promise<T> {
    let cancel = (): void => undefined;
    const late = new Promise<never>((_, reject) => {
      cancel = this.#launcher.world.clock.after(deadlineMs, () => reject(new Timeout(what, deadlineMs, 'unknown')));
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      cancel();
    }
  }

  #known(id: NodeId): Place {
    const place = this.#places.get(id);
    if (!place) throw new Refused(`no node is called ${id}; there are ${[...this.#places.keys()].join(', ')}`);
    return place;
  }

  #running(id: NodeId): NodeLife {
    if (this.#closing) throw new Closed('the cluster');
    const place = this.#known(id);
    if (!place.life) throw new Refused(`${id} is not running; it is ${place.state}`);
    return place.life;
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
    const lives = [...this.#places.values()].flatMap(({ life, state }) => (life && state === 'up' ? [life] : []));
    await Promise.allSettled(
      lives.map((life) => this.#within('shutdown', life.control.shutdown(), SHUTDOWN_DEADLINE_MS)),
    );
    await Promise.all([...this.#places.values()].map(({ life }) => life?.kill()));
    for (const place of this.#places.values()) Object.assign(place, { state: 'stopped', cause: 'close' });
    this.#authority.close();
    await this.#launcher.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function statusOf({ id, incarnation, state, cause }: Place): NodeStatus {
  return { id, incarnation, state, cause };
}
