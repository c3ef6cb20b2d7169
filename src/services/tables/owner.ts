/**
 * The owner's side of owned tables: decides operations on the keys this node owns, one key after the other, and turns them
 * into strong writes. Answers that show or change an entry leave only when every member has what they show.
 */
import { type Address, type MapKey, NameTaken, Overloaded, toErrorData } from '../../base/index.ts';
import { AppliedRequests } from './applied-requests.ts';
import type { Answer, Asked, Operation } from './operations.ts';
import type { OwnedEntry, OwnedTable } from './owned-table.ts';
import type { RequestMark } from './strong-log.ts';

/** What the owner needs from the service around it. */
export interface OwnerPort {
  table(number: number): OwnedTable;
  wall(): number;
  now(): number;
  /** Makes a strong write, applies it here and sends it. */
  write(
    table: OwnedTable,
    key: MapKey,
    change: { deleted: boolean; value: unknown; expires: number },
    mark: RequestMark | null,
  ): void;
  pendingWrites(): number;
  /**
   * Calls `done` when everything written or learnt up to now is on every member, unless a newer view came first: then all
   * that have no answer ask again, and another owner may decide otherwise.
   */
  whenSafe(done: () => void): void;
  /** The answer of a request that was applied before, under this or another owner. */
  applied(caller: Address, number: number): { readonly outcome: unknown } | undefined;
  /** Whether the caller has its answer already, so that what comes under this number is a late copy. */
  isDone(caller: Address, number: number): boolean;
  answer(to: Address, number: number, answer: Answer): void;
}

interface Ticket {
  readonly from: Address;
  readonly number: number;
}

interface Contention {
  readonly queue: Ticket[];
  granted: (Ticket & { readonly at: number }) | undefined;
}

interface Load {
  holder: Ticket;
  readonly waiting: Ticket[];
  /** When the holder was last told to load. */
  toldAt: number;
}

const MOST_PENDING_WRITES = 50_000;
const GRANT_MS = 1_000;
const TELL_LOADER_MS = 1_000;

export class Owner {
  readonly #port: OwnerPort;
  readonly #contended = new Map<string, Contention>();
  readonly #loads = new Map<string, Load>();
  /**
   * Answers that changed nothing though another time they might: a late copy of the question must not be decided anew, when
   * its caller has gone by the first answer. Kept here only: a new owner is asked only what has no answer yet.
   */
  readonly #decided = new AppliedRequests();

  constructor(port: OwnerPort) {
    this.#port = port;
  }

  get waiting(): number {
    let count = 0;
    for (const { queue, granted } of this.#contended.values()) count += queue.length + (granted ? 1 : 0);
    for (const { waiting } of this.#loads.values()) count += waiting.length + 1;
    return count;
  }

  serve(asked: Asked): void {
    if (this.#port.isDone(asked.from, asked.number)) return;
    const before = this.#port.applied(asked.from, asked.number);
    if (before) {
      this.#show(asked, before.outcome);
      return;
    }
    if (this.#decided.isDone(asked.from, asked.number)) return;
    if (this.#decided.has(asked.from, asked.number)) {
      this.#answerWhenSafe(asked, this.#decided.outcome(asked.from, asked.number) as Answer);
      return;
    }
    if (this.#port.pendingWrites() >= MOST_PENDING_WRITES) {
      const error = toErrorData(new Overloaded('writes not yet on every member', MOST_PENDING_WRITES));
      this.#port.answer(asked.from, asked.number, { kind: 'error', error });
      return;
    }
    const table = this.#port.table(asked.table);
    this.#decide(asked, asked.operation, table, table.entry(asked.key, this.#port.wall()));
  }

  #decide(asked: Asked, operation: Operation, table: OwnedTable, entry: OwnedEntry | undefined): void {
    switch (operation.kind) {
      case 'read':
        this.#show(asked, entry === undefined ? [] : [entry.value]);
        return;
      case 'insert':
        if (entry !== undefined) this.#decline(asked, [false, entry.value]);
        else this.#write(asked, table, { deleted: false, ...operation }, [true, operation.value]);
        return;
      case 'put':
      case 'delete':
        this.#putOrDelete(asked, operation, table, entry);
        return;
      case 'swap':
        this.#swap(asked, operation, table, entry);
        return;
      case 'load':
        this.#load(asked, operation.loading, entry);
        return;
      case 'loaded':
        this.#loaded(asked, operation, table, entry);
        return;
      case 'load-failed':
        this.#loadFailed(asked, operation);
    }
  }

  #putOrDelete(
    asked: Asked,
    operation: Extract<Operation, { kind: 'put' | 'delete' }>,
    table: OwnedTable,
    entry: OwnedEntry | undefined,
  ): void {
    const { match } = operation;
    if (match !== null && (entry === undefined || table.tag(entry.value) !== match)) {
      const holder = entry === undefined ? 'nobody' : table.tag(entry.value);
      const error = toErrorData(new NameTaken(String(asked.key), holder));
      this.#settle(asked, { kind: 'error', error });
    } else if (operation.kind === 'put') {
      const change = { deleted: false, value: operation.value, expires: operation.expires };
      if (operation.mark) this.#writeFor(asked, table, change, operation.mark);
      else this.#write(asked, table, change, null);
    } else if (entry === undefined) {
      this.#decline(asked, false);
    } else {
      this.#write(asked, table, { deleted: true, value: null, expires: 0 }, true);
    }
  }

  /** A write that answers another request: that one's mark goes into it, so it is by that mark that copies are known. */
  #writeFor(
    asked: Asked,
    table: OwnedTable,
    change: { deleted: boolean; value: unknown; expires: number },
    mark: RequestMark,
  ): void {
    const { caller, number } = mark;
    if (this.#port.applied(caller, number) === undefined) this.#port.write(table, asked.key, change, mark);
    this.#decline(asked, null);
  }

  #swap(
    asked: Asked,
    operation: Extract<Operation, { kind: 'swap' }>,
    table: OwnedTable,
    entry: OwnedEntry | undefined,
  ): void {
    const place = placeOf(asked.table, asked.key);
    const contention = this.#contended.get(place);
    const isHolder = contention?.granted !== undefined && isSame(contention.granted, asked);
    const fits = (entry?.version ?? 0) === operation.base && (contention?.granted === undefined || isHolder);
    if (isHolder) contention.granted = undefined;
    if (!fits) {
      this.#enqueue(place, asked);
    } else if (operation.deleted && entry === undefined) {
      this.#decline(asked, []);
    } else {
      this.#write(asked, table, operation, operation.deleted ? [] : [operation.value]);
    }
    this.#grantNext(place, table, asked.key);
  }

  #enqueue(place: string, asked: Asked): void {
    let contention = this.#contended.get(place);
    if (!contention) {
      contention = { queue: [], granted: undefined };
      this.#contended.set(place, contention);
    }
    if (contention.granted && isSame(contention.granted, asked)) return;
    if (!contention.queue.some((ticket) => isSame(ticket, asked))) {
      contention.queue.push({ from: asked.from, number: asked.number });
    }
  }

  #grantNext(place: string, table: OwnedTable, key: MapKey): void {
    const contention = this.#contended.get(place);
    if (!contention || contention.granted) return;
    const next = contention.queue.shift();
    if (!next) {
      this.#contended.delete(place);
      return;
    }
    contention.granted = { ...next, at: this.#port.now() };
    const entry = table.entry(key, this.#port.wall());
    const version = entry?.version ?? 0;
    this.#port.answer(next.from, next.number, {
      kind: 'granted',
      value: entry?.value,
      version,
      table: table.number,
      key,
    });
  }

  #load(asked: Asked, loading: boolean, entry: OwnedEntry | undefined): void {
    const place = placeOf(asked.table, asked.key);
    const load = this.#loads.get(place);
    if (entry !== undefined) {
      this.#decline(asked, entry.value);
    } else if (load === undefined) {
      const holder = { from: asked.from, number: asked.number };
      this.#loads.set(place, { holder, waiting: [], toldAt: this.#port.now() });
      if (!loading) this.#tellToLoad(holder, asked.table, asked.key);
    } else if (isSame(load.holder, asked)) {
      if (!loading) this.#tellToLoad(asked, asked.table, asked.key);
    } else if (!load.waiting.some((ticket) => isSame(ticket, asked))) {
      load.waiting.push({ from: asked.from, number: asked.number });
    }
  }

  #tellToLoad({ from, number }: Ticket, table: number, key: MapKey): void {
    this.#port.answer(from, number, { kind: 'load', table, key });
  }

  #loaded(
    asked: Asked,
    operation: Extract<Operation, { kind: 'loaded' }>,
    table: OwnedTable,
    entry: OwnedEntry | undefined,
  ): void {
    const load = this.#takeLoad(asked);
    const value = entry === undefined ? operation.value : entry.value;
    if (entry === undefined) this.#write(asked, table, { deleted: false, ...operation }, value);
    else this.#decline(asked, value);
    this.#port.whenSafe(() => {
      for (const ticket of load?.waiting ?? []) this.#done(ticket, value);
    });
  }

  #loadFailed(asked: Asked, operation: Extract<Operation, { kind: 'load-failed' }>): void {
    const load = this.#takeLoad(asked);
    const tickets = [{ from: asked.from, number: asked.number }, ...(load?.waiting ?? [])];
    for (const ticket of tickets) {
      this.#port.answer(ticket.from, ticket.number, { kind: 'error', error: operation.error });
    }
  }

  #takeLoad(asked: Asked): Load | undefined {
    const place = placeOf(asked.table, asked.key);
    const load = this.#loads.get(place);
    if (!load || !isSame(load.holder, asked)) return undefined;
    this.#loads.delete(place);
    return load;
  }

  /** What a request was granted or was to load is not wanted any more. */
  giveBack(table: number, key: MapKey, ticket: Ticket): void {
    this.passLoad(table, key, ticket);
    const place = placeOf(table, key);
    const contention = this.#contended.get(place);
    if (!contention?.granted || !isSame(contention.granted, ticket)) return;
    contention.granted = undefined;
    this.#grantNext(place, this.#port.table(table), key);
  }

  /** A loader gave up or its node died: the next one that waits loads. */
  passLoad(table: number, key: MapKey, holder: Ticket): void {
    const place = placeOf(table, key);
    const load = this.#loads.get(place);
    if (!load || !isSame(load.holder, holder)) return;
    const next = load.waiting.shift();
    if (!next) {
      this.#loads.delete(place);
      return;
    }
    load.holder = next;
    load.toldAt = this.#port.now();
    this.#tellToLoad(next, table, key);
  }

  /** A load that runs on some node, as a new owner learns it in the flush. */
  adoptLoad(table: number, key: MapKey, holder: Ticket): void {
    const place = placeOf(table, key);
    if (!this.#loads.has(place)) this.#loads.set(place, { holder, waiting: [], toldAt: this.#port.now() });
  }

  /** Forgets keys owned elsewhere now and callers that are gone; passes on what they held. */
  reassign(isOwned: (table: number, key: MapKey) => boolean, isHere: (address: Address) => boolean): void {
    for (const [place, contention] of [...this.#contended]) {
      const [table, key] = fromPlace(place);
      if (!isOwned(table, key)) {
        this.#contended.delete(place);
        continue;
      }
      const queue = contention.queue.filter((ticket) => isHere(ticket.from));
      contention.queue.splice(0, contention.queue.length, ...queue);
      if (contention.granted && !isHere(contention.granted.from)) contention.granted = undefined;
      this.#grantNext(place, this.#port.table(table), key);
    }
    for (const [place, load] of [...this.#loads]) {
      const [table, key] = fromPlace(place);
      if (!isOwned(table, key)) {
        this.#loads.delete(place);
        continue;
      }
      const waiting = load.waiting.filter((ticket) => isHere(ticket.from));
      load.waiting.splice(0, load.waiting.length, ...waiting);
      if (!isHere(load.holder.from)) this.passLoad(table, key, load.holder);
    }
    for (const caller of this.#decided.callers()) if (!isHere(caller)) this.#decided.forget(caller);
  }

  /** Passes a key on when its holder takes too long; a late swap then simply does not fit. */
  expireGrants(): void {
    const now = this.#port.now();
    for (const [place, contention] of [...this.#contended]) {
      if (!contention.granted || contention.granted.at + GRANT_MS > now) continue;
      const [table, key] = fromPlace(place);
      contention.granted = undefined;
      this.#grantNext(place, this.#port.table(table), key);
    }
  }

  /** Tells those who load again: who did not hear it begins, and who has done with it says so. */
  tellLoaders(): void {
    const now = this.#port.now();
    for (const [place, load] of [...this.#loads]) {
      if (load.toldAt + TELL_LOADER_MS > now) continue;
      load.toldAt = now;
      this.#tellToLoad(load.holder, ...fromPlace(place));
    }
  }

  #write(
    asked: Asked,
    table: OwnedTable,
    change: { deleted: boolean; value: unknown; expires: number },
    outcome: unknown,
  ): void {
    const mark = { caller: asked.from, number: asked.number, doneBelow: asked.doneBelow, outcome };
    this.#port.write(table, asked.key, change, mark);
    this.#show(asked, outcome);
  }

  /** Answers without having written; the same to every copy of the question. */
  #decline(asked: Asked, result: unknown): void {
    this.#settle(asked, { kind: 'done', result });
  }

  #settle(asked: Asked, answer: Answer): void {
    const { from, number, doneBelow } = asked;
    this.#decided.record({ caller: from, number, doneBelow, outcome: answer });
    this.#answerWhenSafe(asked, answer);
  }

  /** Answers when everything the answer shows is on every member. */
  #show(ticket: Ticket, result: unknown): void {
    this.#answerWhenSafe(ticket, { kind: 'done', result });
  }

  #answerWhenSafe({ from, number }: Ticket, answer: Answer): void {
    this.#port.whenSafe(() => this.#port.answer(from, number, answer));
  }

  #done(ticket: Ticket, result: unknown): void {
    this.#port.answer(ticket.from, ticket.number, { kind: 'done', result });
  }
}

function isSame(a: Ticket, b: Ticket): boolean {
  return a.number === b.number && a.from === b.from;
}

function placeOf(table: number, key: MapKey): string {
  return `${table}|${typeof key === 'number' ? 'n' : 's'}${key}`;
}

function fromPlace(place: string): [number, MapKey] {
  const bar = place.indexOf('|');
  const text = place.slice(bar + 2);
  return [Number(place.slice(0, bar)), place[bar + 1] === 'n' ? Number(text) : text];
}
