/**
 * Lives that run though the cluster goes on without them: evicted, within reach again, or hung. One that is within reach again ends, and
 * the next life inherits what it wrote to merged tables.
 */
import { type Address, type NodeId, toErrorData } from '../base/index.ts';
import type { Clock } from '../ports/index.ts';
import type { Inheritance } from '../services/index.ts';
import type { Authority } from './authority.ts';
import type { ClusterEvent } from './cluster.ts';
import { within } from './deadlines.ts';
import type { NodeLife } from './launcher.ts';
import type { Lives } from './lives.ts';
import type { Moves } from './moves.ts';
import type { Place, Places } from './places.ts';
import type { Eviction } from './reach.ts';

export interface CutOffPort {
  readonly clock: Clock;
  readonly authority: Authority;
  readonly places: Places;
  readonly moves: Moves;
  readonly lives: Lives;
  /** Whether links are cut on purpose. */
  hasFaults(): boolean;
  isClosing(): boolean;
  emit(event: ClusterEvent): void;
}

const RETIRE_DEADLINE_MS = 5_000;
const HUNG = 'hung';

export class CutOff {
  readonly #port: CutOffPort;
  readonly #hungMs: number;

  /** `hungMs` is how long the authority lets an event loop stand still; here it is only told. */
  constructor(port: CutOffPort, hungMs: number) {
    this.#port = port;
    this.#hungMs = hungMs;
  }

  /** The cluster goes on without this life, though it may run. */
  evicted({ address, why }: Eviction): void {
    const { clock, lives, moves, places } = this.#port;
    moves.mustMove(address, 'eviction', clock.now());
    const place = places.at(address);
    if (!place) return;
    this.#emitError('NodeEvicted', `${place.id} was evicted: ${why}`, place.id);
    if (place.endedFor?.startsWith(HUNG)) lives.abandon(place);
    else if (place.state !== 'starting') {
      place.cutOnPurpose = this.#port.hasFaults();
      places.become(place, 'cut off', why);
    }
  }

  /** A life that was evicted is within reach again, both ways. */
  returned(address: Address): void {
    const { lives, places } = this.#port;
    const place = places.at(address);
    if (!place?.life || place.comingBack || this.#port.isClosing()) return;
    if (place.state === 'cut off') {
      place.comingBack = true;
      this.#comeBack(place, place.life).catch((error) => lives.reportFailedStart(place, error));
    } else if (place.state === 'starting' && place.endedFor === undefined) lives.startOver(place);
  }

  /** The old life ends with all it ran; the next one inherits what it wrote to merged tables. */
  async #comeBack(place: Place, life: NodeLife): Promise<void> {
    const inheritance = await this.#retire(place, life);
    place.comingBack = false;
    if (place.life !== life) return;
    place.life = undefined;
    await life.kill();
    this.#port.authority.died(life.address);
    if (place.state !== 'cut off') return;
    const isHealed = place.cutOnPurpose && !this.#port.hasFaults();
    await this.#port.lives.bringUp(place, isHealed ? 'heal' : 'rejoin', inheritance);
  }

  async #retire(place: Place, life: NodeLife): Promise<Inheritance | undefined> {
    try {
      return await within(this.#port.clock, `retire ${place.id}`, life.control.retire(), RETIRE_DEADLINE_MS);
    } catch (error) {
      const message = `${place.id} comes back without its merged writes: ${toErrorData(error).message}`;
      this.#emitError('InheritanceLost', message, place.id);
      return undefined;
    }
  }

  /** Its event loop stands still. It is ended, and evicted when its lease has run out. */
  hung(address: Address): void {
    const place = this.#port.places.at(address);
    if (!place?.life) return;
    place.endedFor = `${HUNG}: its event loop stood still for ${this.#hungMs} ms`;
    this.#emitError('NodeHung', `${place.id} is ${place.endedFor}`, place.id);
    void place.life.kill();
  }

  #emitError(code: string, message: string, node: NodeId): void {
    this.#port.emit({ event: 'error', code, message, node });
  }
}
