/**
 * The lives of the nodes as their host wills them: starts one in its place, stops or kills it, sees it end, and starts the
 * next if it is to be restarted. What befalls a life that the cluster cannot reach is cut-off.ts.
 */
import {
  type Address,
  addressOf,
  Closed,
  idOf,
  MusterError,
  type NodeId,
  Refused,
  Timeout,
  toErrorData,
} from '../base/index.ts';
import type { Clock } from '../ports/index.ts';
import type { Inheritance } from '../services/index.ts';
import type { Authority } from './authority.ts';
import type { ClusterEvent, ClusterOptions } from './cluster.ts';
import { within } from './deadlines.ts';
import type { Exit, NodeLife } from './launcher.ts';
import type { Moves } from './moves.ts';
import type { Place, Places } from './places.ts';
import { Supervisor } from './supervisor.ts';

export interface LivesPort {
  readonly clock: Clock;
  readonly authority: Authority;
  readonly places: Places;
  readonly moves: Moves;
  launch(id: NodeId, incarnation: number, inheritance: Inheritance | undefined): NodeLife;
  /** Whether links are cut on purpose. */
  hasFaults(): boolean;
  /** Whether the cluster is being closed: nothing is started, and nothing told, any more. */
  isClosing(): boolean;
  emit(event: ClusterEvent): void;
}

const START_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 15_000;
/** Why a node starts without anybody having asked for it. */
const BY_ITSELF: ReadonlySet<string> = new Set(['restart', 'heal', 'rejoin']);

/** Why a life is ended that never became a member before it was cut off: another is started for it. */
const CUT_OFF = 'cut off while it joined';

export class Lives {
  readonly #port: LivesPort;
  readonly #supervisor: Supervisor | undefined;
  readonly #startDeadlineMs: number;

  constructor(port: LivesPort, options: Pick<ClusterOptions, 'restart' | 'startDeadlineMs'>) {
    this.#port = port;
    this.#supervisor = options.restart && new Supervisor(options.restart);
    this.#startDeadlineMs = options.startDeadlineMs ?? START_DEADLINE_MS;
  }

  /** Starts the next life and waits until it is ready; another, when this one was cut off before. */
  async bringUp(place: Place, cause: string, inheritance?: Inheritance): Promise<void> {
    const { authority, places } = this.#port;
    if (this.#port.isClosing()) throw new Closed('the cluster');
    place.incarnation += 1;
    authority.expect(addressOf(place.id, place.incarnation));
    const life = this.#port.launch(place.id, place.incarnation, inheritance);
    place.life = life;
    place.endedFor = undefined;
    places.become(place, 'starting', cause);
    const exited = life.exited.then((exit) => {
      this.#onExit(place, life, exit);
      throw new MusterError('NodeFailed', exit.message, { node: place.id });
    });
    // Told by `#onExit`; once the node is ready nobody waits for it any more.
    exited.catch(() => undefined);
    try {
      await this.#untilReady(place, Promise.race([life.control.start(), exited]));
      if (place.life === life && authority.hasEvicted(life.address)) {
        this.startOver(place);
        await exited;
      }
    } catch (error) {
      if (place.endedFor === CUT_OFF && !this.#port.isClosing()) return this.bringUp(place, cause, inheritance);
      const failure = await startFailure(life, error);
      place.endedFor = `start failed: ${toErrorData(failure).message}`;
      // It may be a member already, and know what others have yet to learn: it goes as who is stopped does.
      if (place.life === life && authority.isUp(life.address)) await this.#leave(life);
      else await life.kill();
      throw failure;
    }
    if (place.life === life && place.state === 'starting') places.become(place, 'up', cause);
  }

  /** While links are cut on purpose, a node may join as long as it takes: until `heal`. */
  async #untilReady(place: Place, ready: Promise<void>): Promise<void> {
    for (;;) {
      const before = this.#port.hasFaults();
      try {
        await within(this.#port.clock, `start of ${place.id}`, ready, this.#startDeadlineMs);
        return;
      } catch (error) {
        if (!(error instanceof Timeout) || !(before || this.#port.hasFaults())) throw error;
      }
    }
  }

  /** A life that was cut off while it started is over; whoever waits for it gets another. */
  startOver(place: Place): void {
    place.endedFor = CUT_OFF;
    void place.life?.kill();
  }

  #onExit(place: Place, life: NodeLife, exit: Exit): void {
    if (place.life !== life) return;
    place.life = undefined;
    if (this.#port.isClosing()) return;
    const { authority, clock, moves, places } = this.#port;
    const now = clock.now();
    const stopped = place.state === 'leaving';
    // Whoever starts a node by hand is told that it failed; trying again is theirs. For what was cut off another is begun already.
    const byHand = place.state === 'starting' && !BY_ITSELF.has(place.cause);
    const isBegunAgain = place.endedFor === CUT_OFF;
    moves.mustMove(life.address, 'death', now);
    authority.died(life.address);
    if (stopped) {
      places.become(place, 'stopped', 'stop');
      return;
    }
    places.become(place, 'down', place.endedFor ?? `${exit.kind}: ${exit.message}`);
    if (exit.kind === 'crashed') this.#emitError('NodeCrashed', exit.message, place.id);
    if (!byHand && !isBegunAgain) this.#considerRestart(place, now);
  }

  /** Its thread does not end: the next life does not wait for that. */
  abandon(place: Place): void {
    place.life = undefined;
    this.#port.places.become(place, 'down', place.endedFor!);
    this.#considerRestart(place, this.#port.clock.now());
  }

  #considerRestart(place: Place, now: number): void {
    if (!this.#supervisor) return;
    const decision = this.#supervisor.died(place.id, now);
    if (decision.kind === 'give-up') {
      const message = `${place.id} died ${decision.deaths} times within ${this.#supervisor.withinMs} ms and stays down`;
      this.#port.places.become(place, 'failed', 'restart budget spent');
      this.#emitError('RestartBudgetSpent', message, place.id);
      return;
    }
    place.restartPending = true;
    this.#port.clock.after(decision.afterMs, () => {
      if (!place.restartPending || this.#port.isClosing()) return;
      place.restartPending = false;
      this.bringUp(place, 'restart').catch((error) => this.reportFailedStart(place, error));
    });
  }

  /** Tells of a start that nobody waits for. */
  reportFailedStart(place: Place, error: unknown): void {
    if (this.#port.isClosing()) return;
    const { code, message } = toErrorData(error);
    this.#emitError(code, message, place.id);
  }

  #emitError(code: string, message: string, node: NodeId): void {
    this.#port.emit({ event: 'error', code, message, node });
  }

  /** Throws `Refused` when the node does not run. */
  running(id: NodeId): NodeLife {
    if (this.#port.isClosing()) throw new Closed('the cluster');
    const place = this.#port.places.known(id);
    if (!place.life) throw new Refused(`${id} is not running; it is ${place.state}`);
    return place.life;
  }

  /** Ends the life at once; resolves when it has ended. Throws `Refused` when the node does not run. */
  kill(id: NodeId): Promise<Exit> {
    const life = this.running(id);
    this.#port.places.known(id).endedFor = 'killed';
    return life.kill();
  }

  async stop(id: NodeId): Promise<void> {
    const { clock, moves, places } = this.#port;
    const place = places.known(id);
    if (place.restartPending) {
      place.restartPending = false;
      places.become(place, 'stopped', 'stop');
      return;
    }
    const life = this.running(id);
    if (place.state !== 'up') throw new Refused(`${id} cannot be stopped while it is ${place.state}`);
    moves.mustMove(life.address, 'stop', clock.now());
    places.become(place, 'leaving', 'stop');
    await this.#leave(life);
  }

  /** In an orderly way, or without it when its time is over. */
  async #leave(life: NodeLife): Promise<void> {
    try {
      this.#port.authority.leave(life.address);
      await this.#untilStopped(life.address, life.control.stop());
    } catch (error) {
      const id = idOf(life.address);
      const message = `${id} did not stop in an orderly way and was ended: ${toErrorData(error).message}`;
      this.#emitError('StopFailed', message, id);
    }
    await life.kill();
  }

  /** Who is the last to know what others have yet to learn takes as long as that does, and says so. */
  async #untilStopped(address: Address, ended: Promise<void>): Promise<void> {
    for (let at = 0; ; at++) {
      try {
        await within(this.#port.clock, `stop of ${idOf(address)}`, ended, STOP_DEADLINE_MS);
        return;
      } catch (error) {
        if (!(error instanceof Timeout && this.#port.authority.isLastToKnow(address))) throw error;
        const id = idOf(address);
        const message = `${id} stays for now: it is the last to know what nodes that start or are cut off have yet to learn`;
        if (at === 0) this.#emitError('StopWaits', message, id);
      }
    }
  }

  async start(id: NodeId): Promise<void> {
    const place = this.#port.places.known(id);
    if (place.life) throw new Refused(`${id} is ${place.state} already`);
    place.restartPending = false;
    this.#supervisor?.forgive(id);
    await this.bringUp(place, 'start');
  }
}

/** When a life ends while it starts, its exit says why; else the error does. */
async function startFailure(life: NodeLife, error: unknown): Promise<unknown> {
  const isDown = error instanceof MusterError && error.code === 'NodeDown';
  if (!isDown) return error;
  const exit = await life.exited;
  return new MusterError('NodeFailed', exit.message, { node: idOf(life.address) });
}
