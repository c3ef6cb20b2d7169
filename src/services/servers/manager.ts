/**
 * Which servers run on this node: starts what the view gives it, hands over what it gives away, restarts what crashed. A
 * server runs only while this node holds its name, so it runs at most once.
 */
import {
  type Address,
  BoundedQueue,
  describeError,
  type Key,
  NameTaken,
  NoSuchServer,
  Overloaded,
  ServerFailed,
  toErrorData,
} from '../../base/index.ts';
import type { NodeCore } from '../../node/index.ts';
import { parseValue } from '../declaration.ts';
import type { Membership, View } from '../membership/index.ts';
import type { NameTable } from '../registry/index.ts';
import type { OwnedTable, Tables } from '../tables/index.ts';
import type { CallAnswer } from './calls.ts';
import { type AnyServer, type EndReason, isNamed, type MusterNode } from './declaration.ts';
import { Instance, type InstancePort, type Item, type Reply } from './instance.ts';
import { nodeOf, parseServerId, routeOf, type ServerId } from './names.ts';

/** An entry of the list of servers that must run. */
interface Listed {
  readonly status: 'run' | 'failed';
  readonly reason: string;
}

export interface ManagerPort {
  readonly core: NodeCore;
  readonly membership: Membership;
  readonly tables: Tables;
  readonly names: NameTable;
  readonly list: OwnedTable;
  readonly kept: OwnedTable;
  readonly declarations: readonly AnyServer[];
  encode(value: unknown): Uint8Array;
  facade(declaration: AnyServer, id: ServerId, effect: (act: () => void) => void, hasEnded: () => boolean): MusterNode;
  /** A cast that must go to where the server runs now. */
  forwardCast(declaration: AnyServer, id: ServerId, method: string, args: readonly unknown[]): void;
}

const WAITING = 10_000;
const STOP_DEADLINE_MS = 5_000;
const KEEP_DEADLINE_MS = 30_000;
const RESTARTS = 5;
const RESTARTS_WITHIN_MS = 10_000;

export class Manager {
  readonly #port: ManagerPort;
  readonly #instances = new Map<ServerId, Instance>();
  /** Ids whose name is being claimed, or whose instance is being started or stopped. */
  readonly #changing = new Set<ServerId>();
  readonly #waiting = new Map<ServerId, BoundedQueue<Item>>();
  /** Ids that a call is putting on the list of what must run; what waits for them is not refused meanwhile. */
  readonly #listing = new Set<ServerId>();
  /** States being kept, of this instance and those before it. */
  readonly #keeping = new Map<ServerId, Promise<unknown>>();
  readonly #crashes = new Map<ServerId, number[]>();
  readonly #failedHere = new Map<ServerId, string>();
  readonly #lastHolder = new Map<ServerId, Address>();
  readonly #byName: ReadonlyMap<string, AnyServer>;
  #ending = false;

  constructor(port: ManagerPort) {
    this.#port = port;
    this.#byName = new Map(port.declarations.map((declaration) => [declaration.name, declaration]));
    port.names.watch((id, before, after) => {
      if (before) this.#lastHolder.set(id as ServerId, before[0]);
      if (!after) this.#consider(id as ServerId);
    });
    port.list.watch((id, _before, after) => {
      if ((after as Listed | undefined)?.status === 'run') this.#failedHere.delete(id as ServerId);
      this.#consider(id as ServerId);
    });
  }

  get instances(): Iterable<Instance> {
    return this.#instances.values();
  }

  get pending(): Record<string, number> {
    let waiting = 0;
    for (const queue of this.#waiting.values()) waiting += queue.size;
    return { serversChanging: this.#changing.size, callsWaiting: waiting };
  }

  get failed(): ReadonlyMap<ServerId, string> {
    return this.#failedHere;
  }

  /** A message for a server that should run here. */
  deliver(declaration: AnyServer, id: ServerId, item: Item, elsewhere: () => void): void {
    if (this.#isSettled(declaration, item)) return;
    const result = this.#instances.get(id)?.push(item);
    if (result === 'taken') return;
    if (result === 'full') item.reply([false, toErrorData(new Overloaded(`mailbox of ${id}`, WAITING))]);
    else if (!this.#belongsHere(declaration, id)) elsewhere();
    else this.#wait(declaration, id, item);
  }

  /** A call to a server that keeps state may come again after it was applied, here or elsewhere: its answer is on record. */
  #isSettled(declaration: AnyServer, item: Item): boolean {
    if (!item.call || declaration.keeps !== 'state') return false;
    const { owned } = this.#port.tables;
    const { applied } = owned;
    const { mark } = item.call;
    const caller = mark.caller as Address;
    // Nobody waits for the answer of a caller that is gone, and its record is gone with it.
    if (applied.isDone(caller, mark.number) || !this.#port.membership.view.has(caller)) return true;
    if (!applied.has(caller, mark.number)) return false;
    owned.whenSafe(() => item.reply(applied.outcome(caller, mark.number) as Reply));
    return true;
  }

  #wait(declaration: AnyServer, id: ServerId, item: Item): void {
    const failure = this.#failureOf(id);
    if (failure !== undefined) {
      item.reply([false, toErrorData(new ServerFailed(id, failure))]);
      return;
    }
    if (!this.#isWanted(declaration, id)) {
      if (!declaration.startsOnCall) {
        item.reply([false, toErrorData(new NoSuchServer(id))]);
        return;
      }
      this.#startOnCall(declaration, id);
    }
    let queue = this.#waiting.get(id);
    if (!queue) {
      queue = new BoundedQueue(WAITING);
      this.#waiting.set(id, queue);
    }
    if (!queue.push(item)) item.reply([false, toErrorData(new Overloaded(`calls waiting for ${id}`, WAITING))]);
    this.#consider(id);
  }

  #startOnCall(declaration: AnyServer, id: ServerId): void {
    if (declaration.placement === 'local')
      this.#port.core.after(0, () => this.startHere(declaration, id, parseServerId(id).key));
    else if (!this.#listing.has(id)) void this.#listForCall(id);
  }

  /** Right after a flush this takes its time: writes under the new view begin when all services have seen it. */
  async #listForCall(id: ServerId): Promise<void> {
    this.#listing.add(id);
    try {
      await this.list(id, true);
    } catch (error) {
      this.#replyToWaiting(id, error);
    } finally {
      this.#listing.delete(id);
    }
    if (!this.#port.core.closed) this.#consider(id);
  }

  /** Puts a key on the list of what must run. */
  async list(id: ServerId, patient = false): Promise<void> {
    const { tables, list } = this.#port;
    this.#failedHere.delete(id);
    const listed: Listed = { status: 'run', reason: '' };
    const operation = { kind: 'put', value: listed, expires: 0, match: null } as const;
    if ((list.get(id, 0) as Listed | undefined)?.status === 'run') return;
    await tables.owned.caller.ask(`start ${id}`, list.number, id, operation, { patient });
  }

  /** Takes a key off the list and forgets its kept state, also when no instance runs that would. */
  async unlist(declaration: AnyServer, id: ServerId): Promise<void> {
    const { tables, list } = this.#port;
    await tables.owned.caller.ask(`stop ${id}`, list.number, id, { kind: 'delete', match: null });
    if (declaration.state) await this.#deleteKept(id);
  }

  /** Starts an instance that needs no name: `local`, `one per node`. */
  startHere(declaration: AnyServer, id: ServerId, key: Key | undefined): void {
    if (this.#instances.has(id) || this.#ending) return;
    this.#failedHere.delete(id);
    void this.#run(declaration, id, key, undefined);
  }

  async stopHere(id: ServerId): Promise<void> {
    const instance = this.#instances.get(id);
    if (instance) await this.#stop(instance, 'stop');
  }

  #failureOf(id: ServerId): string | undefined {
    const listed = this.#port.list.get(id, 0) as Listed | undefined;
    return listed?.status === 'failed' ? listed.reason : this.#failedHere.get(id);
  }

  #isWanted(declaration: AnyServer, id: ServerId): boolean {
    const listed = this.#port.list.get(id, 0) as Listed | undefined;
    if (declaration.placement === 'one per key') return listed?.status === 'run';
    if (declaration.placement === 'local') return this.#instances.has(id) || this.#waiting.has(id);
    return listed?.status !== 'failed';
  }

  #belongsHere(declaration: AnyServer, id: ServerId): boolean {
    const { core, membership } = this.#port;
    if (declaration.placement === 'local' || declaration.placement === 'one per node') return nodeOf(id) === core.id;
    return membership.view.owner(routeOf(id)) === core.address;
  }

  /** After each flush: everything that the view changed. */
  reconcile(_view: View): void {
    for (const declaration of this.#port.declarations) {
      if (declaration.placement === 'singleton') this.#consider(declaration.name);
    }
    for (const [id] of this.#port.list.entries(0)) this.#consider(id as ServerId);
    for (const id of [...this.#instances.keys()]) this.#consider(id);
    for (const [id, queue] of [...this.#waiting]) this.#handBack(id, queue);
  }

  /** The node may act again: instances go on, and what the view gave or took meanwhile is seen to. */
  resume(): void {
    for (const instance of this.#instances.values()) instance.resume();
    this.reconcile(this.#port.membership.view);
  }

  #handBack(id: ServerId, queue: BoundedQueue<Item>): void {
    const declaration = this.#declarationOf(id);
    if (!declaration || this.#belongsHere(declaration, id)) return;
    this.#waiting.delete(id);
    for (const item of queue.takeAll()) this.#forward(declaration, id, item);
  }

  #forward(declaration: AnyServer, id: ServerId, item: Item): void {
    if (item.call) (item.reply as (answer: CallAnswer) => void)(['elsewhere']);
    else if (item.method !== undefined) this.#port.forwardCast(declaration, id, item.method, item.args);
  }

  #declarationOf(id: ServerId): AnyServer | undefined {
    const name = parseServerId(id).name;
    const at = name.indexOf('@');
    return this.#byName.get(at < 0 ? name : name.slice(0, at));
  }

  /** Brings one server to where it should be, as far as this node is concerned. */
  #consider(id: ServerId): void {
    const { membership } = this.#port;
    if (!membership.isFlushed || membership.isLearner || !membership.mayAct || this.#changing.has(id)) return;
    const declaration = this.#declarationOf(id);
    if (!declaration || !isNamed(declaration)) return;
    const instance = this.#instances.get(id);
    const wanted = this.#isWanted(declaration, id);
    const here = this.#belongsHere(declaration, id);
    if (instance && !wanted) void this.#change(id, () => this.#stop(instance, 'stop'));
    else if (instance && (!here || instance.hasEnded)) {
      void this.#change(id, () => this.#stop(instance, this.#ending ? 'leaves' : 'moves'));
    } else if (!instance) this.#considerAbsent(declaration, id, wanted, here);
  }

  /** No instance is here: starts one, or gives back a name that was left behind by one that crashed. */
  #considerAbsent(declaration: AnyServer, id: ServerId, wanted: boolean, here: boolean): void {
    const holder = this.#port.names.get(id)?.[0];
    const isOurs = holder === this.#port.core.address;
    const starts = wanted && here && !this.#ending && !this.#failedHere.has(id);
    if (starts && (isOurs || holder === undefined)) void this.#change(id, () => this.#claimAndRun(declaration, id));
    else if (isOurs && !starts && !this.#failedHere.has(id)) void this.#change(id, () => this.#port.names.free(id, id));
    if (!wanted && !this.#listing.has(id)) this.#refuseWaiting(id);
  }

  async #change(id: ServerId, act: () => Promise<void>): Promise<void> {
    this.#changing.add(id);
    try {
      await act();
    } catch (error) {
      this.#port.core.world.log.write('warn', 'a server could not be started or moved yet', {
        server: id,
        error: String(error),
      });
    } finally {
      this.#changing.delete(id);
    }
    if (!this.#port.core.closed) this.#consider(id);
  }

  #refuseWaiting(id: ServerId): void {
    const failure = this.#failureOf(id);
    this.#replyToWaiting(id, failure === undefined ? new NoSuchServer(id) : new ServerFailed(id, failure));
  }

  #replyToWaiting(id: ServerId, error: unknown): void {
    const queue = this.#waiting.get(id);
    this.#waiting.delete(id);
    for (const item of queue?.takeAll() ?? []) item.reply([false, toErrorData(error)]);
  }

  /** Whether this node holds the name; also when it does so already, as after a crash or a claim whose answer got lost. */
  async #claim(id: ServerId): Promise<boolean> {
    const { core, names } = this.#port;
    if (names.get(id)?.[0] === core.address) return true;
    try {
      await names.claim(id, id, null);
      return true;
    } catch (error) {
      if (error instanceof NameTaken) return error.holder === core.address;
      throw error;
    }
  }

  async #claimAndRun(declaration: AnyServer, id: ServerId): Promise<void> {
    if (!(await this.#claim(id))) return;
    // An instance that crashed may have kept states that are not written yet; the next one begins with the last of them.
    await this.#keeping.get(id);
    // To begin is to act; what holds the name begins when there is a lease again.
    if (!this.#port.membership.mayAct) return;
    const kept = this.#port.kept.get(id, 0);
    await this.#run(declaration, id, parseServerId(id).key, kept);
    const from = this.#lastHolder.get(id);
    if (from !== undefined && from !== this.#port.core.address) this.#port.membership.reportMove(id, from);
    if (kept !== undefined && declaration.keeps !== 'state') await this.#deleteKept(id);
  }

  async #run(declaration: AnyServer, id: ServerId, key: Key | undefined, kept: unknown): Promise<void> {
    const instance = new Instance(id, declaration, key, this.#instancePort(declaration, id));
    this.#instances.set(id, instance);
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    for (const item of waiting?.takeAll() ?? []) instance.push(item);
    try {
      await instance.start(this.#checkKept(declaration, id, kept));
    } catch (error) {
      this.#crashed(instance, error);
    }
  }

  /** A kept state that does not fit its declaration is set aside, and the server starts anew. */
  #checkKept(declaration: AnyServer, id: ServerId, kept: unknown): unknown {
    if (kept === undefined || !declaration.state) return undefined;
    const parsed = declaration.state.safeParse(kept);
    if (parsed.success) return parsed.data;
    this.#port.core.world.log.write('error', 'a kept state does not fit its declaration and was set aside', {
      server: id,
    });
    return undefined;
  }

  #instancePort(declaration: AnyServer, id: ServerId): InstancePort {
    const { core, membership, names } = this.#port;
    const named = isNamed(declaration);
    return {
      mayAct: () => {
        core.beat();
        return !named || membership.mayAct;
      },
      token: named ? names.version(id) : 0,
      log: core.world.log,
      tellsStacks: core.world.tellsStacks,
      now: () => core.world.clock.now(),
      after: (ms, act) => core.after(ms, act),
      every: (ms, act) => core.every(ms, act),
      encode: (value) => this.#port.encode(value),
      isSettled: (item) => this.#isSettled(declaration, item),
      keep: (state, item, reply) => this.#keep(declaration, id, state, item, reply),
      crashed: (error) => {
        const instance = this.#instances.get(id);
        if (instance) this.#crashed(instance, error);
      },
      wantsToStop: () => void this.#stopForGood(declaration, id),
      facade: (effect, hasEnded) => this.#port.facade(declaration, id, effect, hasEnded),
    };
  }

  async #stopForGood(declaration: AnyServer, id: ServerId): Promise<void> {
    try {
      if (declaration.placement === 'one per key') await this.unlist(declaration, id);
      else await this.stopHere(id);
    } catch (error) {
      this.#port.core.world.log.write('warn', 'a server could not be stopped', { server: id, error: String(error) });
    }
  }

  async #keep(
    declaration: AnyServer,
    id: ServerId,
    state: unknown,
    item: Item,
    reply: Reply | undefined,
  ): Promise<void> {
    const { tables, kept } = this.#port;
    const value = parseValue(`state of ${id}`, declaration.state!, state);
    const mark = item.call && reply && { ...item.call.mark, caller: item.call.mark.caller as Address, outcome: reply };
    const operation = { kind: 'put', value, expires: 0, match: null, ...(mark && { mark }) } as const;
    const written = tables.owned.caller.ask(`keep state of ${id}`, kept.number, id, operation, {
      deadlineMs: KEEP_DEADLINE_MS,
      patient: true,
    });
    const all = Promise.allSettled([this.#keeping.get(id), written]);
    this.#keeping.set(id, all);
    try {
      await written;
    } finally {
      if (this.#keeping.get(id) === all) this.#keeping.delete(id);
    }
  }

  async #deleteKept(id: ServerId): Promise<void> {
    const { tables, kept } = this.#port;
    const operation = { kind: 'delete', match: null } as const;
    await tables.owned.caller.ask(`forget state of ${id}`, kept.number, id, operation, { patient: true });
  }

  async #stop(instance: Instance, reason: EndReason): Promise<void> {
    const { declaration, id } = instance;
    const { state, rest } = await instance.stop(reason, STOP_DEADLINE_MS);
    const named = isNamed(declaration);
    if (named && reason !== 'stop' && declaration.state && state !== undefined) {
      await this.#keep(
        declaration,
        id,
        state,
        { method: undefined, args: [], call: undefined, reply: () => undefined },
        undefined,
      );
    }
    if (named && reason === 'stop' && declaration.state) await this.#deleteKept(id);
    this.#instances.delete(id);
    if (named) await this.#port.names.free(id, id);
    if (reason === 'stop') this.#lastHolder.delete(id);
    for (const item of rest) this.#forward(declaration, id, item);
  }

  #crashed(instance: Instance, error: unknown): void {
    const { id, declaration } = instance;
    const { core } = this.#port;
    const isStopping = instance.state === 'stopping';
    if (!isStopping) this.#instances.delete(id);
    core.world.log.write('error', 'a server crashed', {
      server: id,
      error: describeError(error),
    });
    // It is on its way out: whoever stops it goes on with that.
    if (isStopping) return;
    const now = core.world.clock.now();
    const crashes = [...(this.#crashes.get(id) ?? []).filter((at) => at > now - RESTARTS_WITHIN_MS), now];
    this.#crashes.set(id, crashes);
    const rest = instance.takeRest();
    if (crashes.length > RESTARTS) {
      this.#crashes.delete(id);
      void this.#fail(declaration, id, error, rest);
      return;
    }
    const queue = new BoundedQueue<Item>(WAITING);
    for (const item of rest) queue.push(item);
    this.#waiting.set(id, queue);
    core.after(0, () => this.#restart(instance));
  }

  #restart({ declaration, id, key }: Instance): void {
    if (isNamed(declaration)) this.#consider(id);
    else if (this.#ending) this.#refuseWaiting(id);
    else if (!this.#instances.has(id)) void this.#run(declaration, id, key, undefined);
  }

  /** The restart budget is spent: visibly failed until it is started again. */
  async #fail(declaration: AnyServer, id: ServerId, error: unknown, rest: readonly Item[]): Promise<void> {
    const { tables, list, names, core } = this.#port;
    const reason = error instanceof Error ? error.message : String(error);
    this.#failedHere.set(id, reason);
    for (const item of rest) item.reply([false, toErrorData(new ServerFailed(id, reason))]);
    if (!isNamed(declaration)) return;
    const listed: Listed = { status: 'failed', reason };
    try {
      const operation = { kind: 'put', value: listed, expires: 0, match: null } as const;
      await tables.owned.caller.ask(`mark ${id} failed`, list.number, id, operation, { patient: true });
      await names.free(id, id);
    } catch (cause) {
      core.world.log.write('error', 'a failed server could not be marked', { server: id, error: String(cause) });
    }
  }

  /** Ends what runs only here, in an orderly way; what can move moves by the view. */
  async endLocal(): Promise<void> {
    this.#ending = true;
    const local = [...this.#instances.values()].filter(
      ({ declaration }) => declaration.placement === 'local' || declaration.placement === 'one per node',
    );
    await Promise.all(local.map((instance) => this.#stop(instance, 'leaves')));
  }

  /** Resolves when nothing that can move runs here any more. */
  get isEmpty(): boolean {
    return this.#instances.size === 0 && this.#changing.size === 0;
  }
}
