/**
 * Sequences on a node: blocks of ids, each reserved by one atomic step on a high-water mark before use, in the cluster's
 * store or, without one, at the authority. A node asks for its next block before the last one runs out.
 */
import { assert, InvalidValue, SequenceExhausted } from '../../base/index.ts';
import type { NodeCore } from '../../node/index.ts';
import type { Declaration } from '../declaration.ts';
import type { Membership } from '../membership/index.ts';
import type { SequenceDeclaration, SequenceHandle } from './declaration.ts';

const HIGHEST = 2 ** 31 - 1;
const RESERVE_DEADLINE_MS = 5_000;

interface Block {
  next: number;
  readonly end: number;
}

export class Sequences {
  readonly #core: NodeCore;
  readonly #membership: Membership;
  readonly #handles = new Map<Declaration, SequenceHandle>();

  constructor(core: NodeCore, membership: Membership, declarations: readonly Declaration[]) {
    this.#core = core;
    this.#membership = membership;
    for (const declaration of declarations as readonly SequenceDeclaration[]) {
      const blocks = new Blocks((count) => this.#reserve(declaration.name, count), declaration.block);
      this.#handles.set(declaration, {
        next: async () => {
          membership.assertPrimary(`next id of ${declaration.name}`);
          return blocks.next(declaration.name);
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

/** The blocks of one sequence: the one in use and the one after it. */
class Blocks {
  readonly #reserve: (count: number) => Promise<number>;
  readonly #size: number;
  #now: Block = { next: 1, end: 1 };
  #ahead: Promise<Block> | undefined;

  constructor(reserve: (count: number) => Promise<number>, size: number) {
    this.#reserve = reserve;
    this.#size = size;
  }

  async next(name: string): Promise<number> {
    while (this.#now.next === this.#now.end) {
      const ahead = this.#order();
      const block = await ahead;
      if (this.#ahead === ahead) {
        this.#ahead = undefined;
        this.#now = block;
      }
    }
    const id = this.#now.next++;
    if (id > HIGHEST) throw new SequenceExhausted(name);
    assert(id > 0, `sequence ${name} gave ${id}`);
    // Only ahead of time: if it fails, whoever needs the block asks again and is told why.
    if (this.#now.end - this.#now.next <= this.#size / 4) this.#order().catch(() => undefined);
    return id;
  }

  /** The next block, asked for once; a failure is forgotten so that the next call asks again. */
  #order(): Promise<Block> {
    if (!this.#ahead) {
      const ahead = this.#reserve(this.#size).then((first): Block => ({ next: first, end: first + this.#size }));
      this.#ahead = ahead;
      ahead.catch(() => {
        if (this.#ahead === ahead) this.#ahead = undefined;
      });
    }
    return this.#ahead;
  }
}
