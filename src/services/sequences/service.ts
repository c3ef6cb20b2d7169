/**
 * Sequences on a node: blocks of ids, each reserved by one atomic step on a high-water mark before use, in the cluster's
 * store or, without one, at the authority. A node asks for its next block before the last one runs out.
 */
import { assert, BoundedQueue, type Deferred, deferred, InvalidValue, SequenceExhausted } from '../../base/index.ts';
import type { NodeCore } from '../../node/index.ts';
import type { Declaration } from '../declaration.ts';
import type { Membership } from '../membership/index.ts';
import type { SequenceDeclaration, SequenceHandle } from './declaration.ts';

const HIGHEST = 2 ** 31 - 1;
const RESERVE_DEADLINE_MS = 5_000;
/** Ids reserved in one step when so many are waited for, or were taken while the last step was under way. */
const MOST_AT_ONCE = 100_000;

interface Block {
  next: number;
  readonly end: number;
  /** How few are left when the next block is asked for. */
  readonly low: number;
}

export class Sequences {
  readonly #core: NodeCore;
  readonly #membership: Membership;
  readonly #handles = new Map<Declaration, SequenceHandle>();

  constructor(core: NodeCore, membership: Membership, declarations: readonly Declaration[]) {
    this.#core = core;
    this.#membership = membership;
    for (const declaration of declarations as readonly SequenceDeclaration[]) {
      const blocks = new Blocks(declaration.name, (count) => this.#reserve(declaration.name, count), declaration.block);
      this.#handles.set(declaration, {
        next: async () => {
          membership.assertPrimary(`next id of ${declaration.name}`);
          return blocks.take() ?? blocks.wait();
        },
      });
    }
  }

  handle(declaration: SequenceDeclaration): SequenceHandle {
    const handle = this.#handles.get(declaration);
    if (!handle) {
      throw new InvalidValue(`sequence ${declaration.name}`, 'it is not among the declarations the app uses');
    }
    return handle;
  }

  #reserve(name: string, count: number): Promise<number> {
    const { store } = this.#core.world;
    if (store) return store().reserve(`sequence ${name}`, count);
    let cancel: () => void = () => undefined;
    const request = this.#core.requests.open<number>(`reserve ids of ${name}`, RESERVE_DEADLINE_MS, {
      strong: true,
      onGivenUp: () => cancel(),
    });
    cancel = this.#membership.reserve(request.number, name, count, (first) => {
      this.#core.requests.resolve(request.number, first);
    });
    return request.answer.promise;
  }
}

/** The blocks of one sequence: the one in use and the one after it. Whoever waits for a block is served in order. */
class Blocks {
  readonly #name: string;
  readonly #reserve: (count: number) => Promise<number>;
  readonly #size: number;
  readonly #waiting = new BoundedQueue<Deferred<number>>(Number.POSITIVE_INFINITY);
  #now: Block = { next: 1, end: 1, low: 0 };
  #ahead: Block | undefined;
  #ordering = false;
  /** Ids given since the last block was asked for. */
  #given = 0;

  constructor(name: string, reserve: (count: number) => Promise<number>, size: number) {
    this.#name = name;
    this.#reserve = reserve;
    this.#size = size;
  }

  /** The next id, when there is one and nobody waits for it. Throws `SequenceExhausted`. */
  take(): number | undefined {
    const block = this.#waiting.size === 0 ? this.#block() : undefined;
    if (!block) return undefined;
    const id = block.next++;
    this.#given += 1;
    this.#orderAhead();
    return this.#checked(id);
  }

  wait(): Promise<number> {
    const answer = deferred<number>();
    this.#waiting.push(answer);
    this.#serve();
    return answer.promise;
  }

  #serve(): void {
    for (let block = this.#block(); block && this.#waiting.size > 0; block = this.#block()) {
      this.#give(this.#waiting.shift()!, block.next++);
      this.#given += 1;
    }
    this.#orderAhead();
  }

  /** Ahead of time, so that seldom anybody waits. */
  #orderAhead(): void {
    const left = this.#now.end - this.#now.next;
    if (!this.#ahead && (this.#waiting.size > 0 || left <= this.#now.low)) this.#order();
  }

  /** The block that has the next id. */
  #block(): Block | undefined {
    if (this.#now.next === this.#now.end && this.#ahead) {
      this.#now = this.#ahead;
      this.#ahead = undefined;
    }
    return this.#now.next < this.#now.end ? this.#now : undefined;
  }

  #give(answer: Deferred<number>, id: number): void {
    try {
      answer.resolve(this.#checked(id));
    } catch (error) {
      answer.reject(error);
    }
  }

  #checked(id: number): number {
    if (id > HIGHEST) throw new SequenceExhausted(this.#name);
    assert(id > 0, `sequence ${this.#name} gave ${id}`);
    return id;
  }

  /** The next block, asked for once. If it fails, whoever waits is told why; the next call asks again. */
  #order(): void {
    if (this.#ordering) return;
    this.#ordering = true;
    const count = Math.max(this.#size, Math.min(Math.max(this.#waiting.size, this.#given), MOST_AT_ONCE));
    this.#given = 0;
    const low = count > this.#size ? count / 2 : count / 4;
    this.#reserve(count).then(
      (first) => {
        this.#ordering = false;
        this.#ahead = { next: first, end: first + count, low };
        this.#serve();
      },
      (error) => {
        this.#ordering = false;
        for (const { reject } of this.#waiting.takeAll()) reject(error);
      },
    );
  }
}
