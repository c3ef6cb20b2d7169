/**
 * Unique names over one owned table. An entry says which incarnation holds the name; a holder outside the view has none,
 * and every member removes them at the same flush.
 */
import { type Address, type MapKey, NameLost, NameTaken } from '../../base/index.ts';
import type { NodeCore } from '../../node/index.ts';
import type { Membership, View } from '../membership/index.ts';
import type { Operation, OwnedTable, Tables } from '../tables/index.ts';

/** An entry: the holder, its value, and a number that tells this registration from others of the same holder. */
export type Held = readonly [holder: Address, value: unknown, registration: number];

export interface NameTableOptions {
  /** What a name's owner is computed from. */
  readonly route?: (key: MapKey) => string;
  /** See `AskOptions`. */
  readonly patient?: boolean;
}

/** Unique names over one owned table. */
export class NameTable {
  readonly #core: NodeCore;
  readonly #membership: Membership;
  readonly #tables: Tables;
  readonly #table: OwnedTable;
  readonly #patient: boolean;

  constructor(core: NodeCore, membership: Membership, tables: Tables, name: string, options: NameTableOptions = {}) {
    const { route, patient = false } = options;
    this.#core = core;
    this.#membership = membership;
    this.#tables = tables;
    this.#patient = patient;
    this.#table = tables.owned.add(name, { ...(route && { route }), tag: (held) => tagOf(held as Held) });
  }

  get size(): number {
    return this.#table.size;
  }

  /** Resolves when every member sees it; rejects with `NameTaken`. */
  claim(what: string, key: MapKey, value: unknown, registration = 0): Promise<void> {
    const held: Held = [this.#core.address, value, registration];
    const operation = { kind: 'insert', value: held, expires: 0 } as const;
    return this.#ask(`register ${what}`, key, operation).then((result) => {
      const [inserted, present] = result as [inserted: true] | [inserted: false, present: Held];
      if (!inserted) throw new NameTaken(what, present[0]);
    });
  }

  replace(what: string, key: MapKey, value: unknown, registration = 0): Promise<void> {
    const held: Held = [this.#core.address, value, registration];
    const operation = { kind: 'put', value: held, expires: 0, match: tagOf(held) } as const;
    return ifStillHeld(what, this.#ask(`update ${what}`, key, operation));
  }

  free(what: string, key: MapKey, registration = 0): Promise<void> {
    const match = tagOf([this.#core.address, null, registration]);
    return ifStillHeld(what, this.#ask(`unregister ${what}`, key, { kind: 'delete', match }));
  }

  #ask(what: string, key: MapKey, operation: Operation): Promise<unknown> {
    return this.#tables.owned.caller.ask(what, this.#table.number, key, operation, { patient: this.#patient });
  }

  /** A number that is greater for each later holder of the name; 0 while nobody holds it. */
  version(key: MapKey): number {
    return this.#table.entry(key, 0)?.version ?? 0;
  }

  get(key: MapKey): Held | undefined {
    const held = this.#table.get(key) as Held | undefined;
    return held && this.#membership.view.has(held[0]) ? held : undefined;
  }

  *entries(): IterableIterator<[MapKey, Held]> {
    for (const [key, held] of this.#table.entries(0)) {
      if (this.#membership.view.has((held as Held)[0])) yield [key, held as Held];
    }
  }

  watch(changed: (key: MapKey, before: Held | undefined, after: Held | undefined) => void): () => void {
    return this.#table.watch((key, before, after) => {
      changed(key, before as Held | undefined, after as Held | undefined);
    });
  }

  /** Removes the names of holders outside the view; the same on every member. */
  purge(view: View): void {
    this.#table.purge((_key, held) => !view.has((held as Held)[0]));
  }
}

function ifStillHeld(what: string, asked: Promise<unknown>): Promise<void> {
  return asked.then(nothing, (error) => {
    throw error instanceof NameTaken ? new NameLost(what) : error;
  });
}

function nothing(): void {}

function tagOf([holder, , registration]: Held): string {
  return `${holder} ${registration}`;
}
