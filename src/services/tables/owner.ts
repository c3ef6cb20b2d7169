/**
 * The owner's side of owned tables: decides operations on the keys this node owns, one key after the other, and turns them
 * into strong writes. Answers that show or change an entry leave only when every member has what they show.
 */
import { type Address, type MapKey, NameTaken, Overloaded, toErrorData } from '../../base/index.ts';
import { AppliedRequests } from './applied-requests.ts';
import { Loads } from './loads.ts';
import type { Answer, Asked, Operation } from './operations.ts';
import type { OwnedEntry, OwnedTable } from './owned-table.ts';
import type { RequestMark } from './strong-log.ts';
import type { Ticket } from './tickets.ts';
import { Turns } from './turns.ts';

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

const MOST_PENDING_WRITES = 50_000;

/** Of an insert; one that was not is told what is there instead. */
const INSERTED = [true];

export class Owner {
  readonly #port: OwnerPort;
  readonly #turns: Turns;
  readonly #loads: Loads;
  /**
   * Answers that changed nothing though another time they might: a late copy of the question must not be decided anew, when
   * its caller has gone by the first answer. Kept here only: a new owner is asked only what has no answer yet.
   */
  readonly #decided = new AppliedRequests();

  constructor(port: OwnerPort) {
    this.#port = port;
    this.#turns = new Turns({
      now: () => port.now(),
      version: (table, key) => port.table(table).entry(key, port.wall())?.version ?? 0,
      grant: (ticket, table, key) => this.#grant(ticket, table, key),
    });
    this.#loads = new Loads(port.now, ({ from, number }, table, key) => {
      port.answer(from, number, { kind: 'load', table, key });
    });
  }

  get waiting(): number {
    return this.#turns.waiting + this.#loads.waiting;
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
        else this.#write(asked, table, { deleted: false, ...operation }, INSERTED);
        return;
      case 'put':
      case 'delete':
        this.#putOrDelete(asked, operation, table, entry);
        return;
      case 'swap':
        this.#swap(asked, operation, table, entry);
        return;
      case 'load':
        if (entry !== undefined) this.#decline(asked, entry.value);
        else this.#loads.join(asked.table, asked.key, asked, operation.loading);
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

  /** A write that answers another request: the marks of both go into it, and by its own copies of it are known. */
  #writeFor(
    asked: Asked,
    table: OwnedTable,
    change: { deleted: boolean; value: unknown; expires: number },
    mark: RequestMark,
  ): void {
    const by = { caller: asked.from, number: asked.number, doneBelow: asked.doneBelow };
    this.#port.write(table, asked.key, change, { ...mark, by });
    this.#show(asked, null);
  }

  #swap(
    asked: Asked,
    operation: Extract<Operation, { kind: 'swap' }>,
    table: OwnedTable,
    entry: OwnedEntry | undefined,
  ): void {
    const mayWrite = this.#turns.take(asked.table, asked.key, asked, operation.base);
    if (!mayWrite || (entry?.version ?? 0) !== operation.base) {
      this.#turns.enqueue(asked.table, asked.key, asked);
    } else if (operation.deleted && entry === undefined) {
      this.#decline(asked, []);
    } else {
      this.#write(asked, table, operation, operation.deleted ? [] : [operation.value]);
    }
    this.#turns.next(asked.table, asked.key);
  }

  #grant({ from, number }: Ticket, table: number, key: MapKey): void {
    const entry = this.#port.table(table).entry(key, this.#port.wall());
    const version = entry?.version ?? 0;
    this.#port.answer(from, number, { kind: 'granted', value: entry?.value, version, table, key });
  }

  #loaded(
    asked: Asked,
    operation: Extract<Operation, { kind: 'loaded' }>,
    table: OwnedTable,
    entry: OwnedEntry | undefined,
  ): void {
    const waiting = this.#loads.end(asked.table, asked.key, asked);
    const value = entry === undefined ? operation.value : entry.value;
    if (entry === undefined) this.#write(asked, table, { deleted: false, ...operation }, value);
    else this.#decline(asked, value);
    this.#port.whenSafe(() => {
      for (const ticket of waiting) this.#done(ticket, value);
    });
  }

  #loadFailed(asked: Asked, operation: Extract<Operation, { kind: 'load-failed' }>): void {
    const tickets = [asked, ...this.#loads.end(asked.table, asked.key, asked)];
    for (const ticket of tickets) {
      this.#port.answer(ticket.from, ticket.number, { kind: 'error', error: operation.error });
    }
  }

  /** What a request was granted or was to load is not wanted any more. */
  giveBack(table: number, key: MapKey, ticket: Ticket): void {
    this.#loads.pass(table, key, ticket);
    this.#turns.giveBack(table, key, ticket);
  }

  /** A load that runs on some node, as a new owner learns it in the flush. */
  adoptLoad(table: number, key: MapKey, holder: Ticket): void {
    this.#loads.adopt(table, key, holder);
  }

  /** Forgets keys owned elsewhere now and callers that are gone; passes on what they held. */
  reassign(isOwned: (table: number, key: MapKey) => boolean, isHere: (address: Address) => boolean): void {
    this.#turns.reassign(isOwned, isHere);
    this.#loads.reassign(isOwned, isHere);
    for (const caller of this.#decided.callers()) if (!isHere(caller)) this.#decided.forget(caller);
  }

  /** Tells again who has a turn and who is to load. Called now and then. */
  tick(): void {
    this.#turns.tellAgain();
    this.#loads.tellAgain();
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
