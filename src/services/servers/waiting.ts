/**
 * Messages for servers that do not run here yet. They wait for the instance, start it where a call does that, are refused
 * when nothing will run, and go to where the server belongs now.
 */
import { BoundedQueue, NoSuchServer, Overloaded, ServerFailed, toErrorData } from '../../base/index.ts';
import type { NodeCore } from '../../node/index.ts';
import type { AnyServer } from './declaration.ts';
import type { Item } from './instance.ts';
import type { ServerId } from './names.ts';
import type { RunList } from './run-list.ts';

/** What decides whether and where a server runs, as those who wait for it see it. */
export interface WaitingPort {
  readonly core: NodeCore;
  readonly list: RunList;
  belongsHere(declaration: AnyServer, id: ServerId): boolean;
  isWanted(declaration: AnyServer, id: ServerId): boolean;
  /** Starts a `local` server. */
  startLocal(declaration: AnyServer, id: ServerId): void;
  /** Brings a server to where it should be. */
  consider(id: ServerId): void;
}

interface Queue {
  readonly declaration: AnyServer;
  readonly items: BoundedQueue<Item>;
}

const MOST_WAITING = 10_000;

export class Waiting {
  readonly #port: WaitingPort;
  readonly #queues = new Map<ServerId, Queue>();
  /** Ids that a call is putting on the list of what must run; what waits for them is not refused meanwhile. */
  readonly #listing = new Set<ServerId>();

  constructor(port: WaitingPort) {
    this.#port = port;
  }

  get size(): number {
    let size = 0;
    for (const { items } of this.#queues.values()) size += items.size;
    return size;
  }

  has(id: ServerId): boolean {
    return this.#queues.has(id);
  }

  /** Lets a message wait for a server that belongs here, or refuses it. */
  add(declaration: AnyServer, id: ServerId, item: Item): void {
    const failure = this.#port.list.failureOf(id);
    if (failure !== undefined) {
      item.reply([false, toErrorData(new ServerFailed(id, failure))]);
      return;
    }
    if (!this.#port.isWanted(declaration, id)) {
      if (!declaration.startsOnCall) {
        item.reply([false, toErrorData(new NoSuchServer(id))]);
        return;
      }
      this.#startOnCall(declaration, id);
    }
    const { items } = this.#queues.get(id) ?? this.#open(declaration, id);
    if (!items.push(item)) item.reply([false, toErrorData(new Overloaded(`calls waiting for ${id}`, MOST_WAITING))]);
    this.#port.consider(id);
  }

  #open(declaration: AnyServer, id: ServerId): Queue {
    const queue = { declaration, items: new BoundedQueue<Item>(MOST_WAITING) };
    this.#queues.set(id, queue);
    return queue;
  }

  /** What an instance that crashed left in its mailbox waits for the next. */
  leave(declaration: AnyServer, id: ServerId, rest: readonly Item[]): void {
    const { items } = this.#open(declaration, id);
    for (const item of rest) items.push(item);
  }

  #startOnCall(declaration: AnyServer, id: ServerId): void {
    if (declaration.placement === 'local') this.#port.core.after(0, () => this.#port.startLocal(declaration, id));
    else if (!this.#listing.has(id)) void this.#listForCall(id);
  }

  /** Right after a flush this takes its time: writes under the new view begin when all services have seen it. */
  async #listForCall(id: ServerId): Promise<void> {
    this.#listing.add(id);
    try {
      await this.#port.list.add(id, true);
    } catch (error) {
      this.#refuseWith(id, error);
    } finally {
      this.#listing.delete(id);
    }
    if (!this.#port.core.closed) this.#port.consider(id);
  }

  /** All that wait for this server, who wait no more. */
  take(id: ServerId): Item[] {
    const queue = this.#queues.get(id);
    this.#queues.delete(id);
    return queue?.items.takeAll() ?? [];
  }

  /** The server is not to run; unless a call is about to change that. */
  refuseUnlessListing(id: ServerId): void {
    if (!this.#listing.has(id)) this.refuse(id);
  }

  refuse(id: ServerId): void {
    const failure = this.#port.list.failureOf(id);
    this.#refuseWith(id, failure === undefined ? new NoSuchServer(id) : new ServerFailed(id, failure));
  }

  #refuseWith(id: ServerId, error: unknown): void {
    for (const item of this.take(id)) item.reply([false, toErrorData(error)]);
  }

  /** The view has changed: what waits for servers that belong elsewhere now goes there. */
  handBack(): void {
    for (const [id, { declaration }] of [...this.#queues]) {
      if (this.#port.belongsHere(declaration, id)) continue;
      for (const item of this.take(id)) item.elsewhere();
    }
  }
}
