/**
 * When the lines of a gateway's connections go out. Each write to a socket is a system call that costs more than all the rest a
 * line needs, so a connection keeps its lines and writes them as one piece: at the end of the turn, or, where nobody waits for
 * them, in rounds. The first round begins at once, the next no sooner than `ROUND_MS` after it: few lines are hardly delayed, and
 * of many most go out together. It does not know what it delays.
 */
import type { Clock } from '../../ports/index.ts';

/** Something with lines that it keeps until it is told to write them. */
export interface Keeper {
  /** Writes what is kept, if anything; must not throw. */
  flush(): void;
}

export const ROUND_MS = 25;
/** Pieces put together lately that are looked at for one that is the same. */
const MOST_REMEMBERED = 4;

interface Whole {
  readonly pieces: readonly Buffer[];
  readonly bytes: Buffer;
}

export class Outlet {
  readonly #clock: Pick<Clock, 'now' | 'after' | 'turn'>;
  #turn = new Set<Keeper>();
  #round = new Set<Keeper>();
  #isRoundDue = false;
  #roundAt = Number.NEGATIVE_INFINITY;
  /** Of the present flush. */
  #whole: Whole[] = [];

  constructor(clock: Pick<Clock, 'now' | 'after' | 'turn'>) {
    this.#clock = clock;
  }

  /** Has it write at the end of this turn. */
  atTurnEnd(keeper: Keeper): void {
    if (this.#turn.size === 0) this.#clock.turn(() => this.#endTurn());
    this.#turn.add(keeper);
  }

  /** Has it write in the next round. */
  inRound(keeper: Keeper): void {
    this.#round.add(keeper);
    if (this.#isRoundDue) return;
    this.#isRoundDue = true;
    const leftMs = this.#roundAt + ROUND_MS - this.#clock.now();
    if (leftMs <= 0) this.#clock.turn(() => this.#endRound());
    else this.#clock.after(leftMs, () => this.#endRound());
  }

  /** The pieces as one; what several have kept alike is put together once. The list must not be changed after. */
  whole(pieces: readonly Buffer[]): Buffer {
    if (pieces.length === 1) return pieces[0]!;
    const known = this.#whole.find((one) => isSameList(one.pieces, pieces));
    if (known) return known.bytes;
    const bytes = Buffer.concat(pieces);
    this.#whole.unshift({ pieces, bytes });
    if (this.#whole.length > MOST_REMEMBERED) this.#whole.pop();
    return bytes;
  }

  #endTurn(): void {
    const keepers = this.#turn;
    this.#turn = new Set();
    this.#flush(keepers);
  }

  #endRound(): void {
    const keepers = this.#round;
    this.#round = new Set();
    this.#isRoundDue = false;
    this.#flush(keepers);
    this.#roundAt = this.#clock.now();
  }

  #flush(keepers: Iterable<Keeper>): void {
    for (const keeper of keepers) keeper.flush();
    this.#whole = [];
  }
}

function isSameList(one: readonly Buffer[], other: readonly Buffer[]): boolean {
  if (one.length !== other.length) return false;
  for (let at = one.length - 1; at >= 0; at--) if (one[at] !== other[at]) return false;
  return true;
}
