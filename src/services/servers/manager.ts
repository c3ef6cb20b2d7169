/**
 * The instances of servers on this node: starts what the view gives it, hands over what it gives away, restarts what
 * crashed. A server runs only while this node holds its name, so it runs at most once.
 */
import {
  type Address,
  describeError,
  type Key,
  NameTaken,
  Overloaded,
  ServerFailed,
  toErrorData,
} from '../../base/index.ts';
import type { NodeCore } from '../../node/index.ts';
import type { Membership } from '../membership/index.ts';
import type { NameTable } from '../registry/index.ts';
import type { Arrival } from './arrivals.ts';
import { type AnyServer, type EndReason, isNamed, type MusterNode } from './declaration.ts';
import { Instance, type InstancePort, type Item, MAILBOX } from './instance.ts';
import type { KeptStates } from './kept-states.ts';
import { nodeOf, parseServerId, routeOf, type ServerId } from './names.ts';
import type { RunList } from './run-list.ts';
import { Waiting } from './waiting.ts';

export interface ManagerPort {
  readonly core: NodeCore;
  readonly membership: Membership;
  readonly names: NameTable;
  readonly list: RunList;
  readonly kept: KeptStates;
  readonly declarations: readonly AnyServer[];
  encode(value: unknown): Uint8Array;
  facade(declaration: AnyServer, id: ServerId, effect: (act: () => void) => void, hasEnded: () => boolean): MusterNode;
}

const STOP_DEADLINE_MS = 5_000;
const RESTARTS = 5;
const RESTARTS_WITHIN_MS = 10_000;

export class Manager {
  readonly #port: ManagerPort;
  readonly #instances = new Map<ServerId, Instance>();
  /** Ids whose name is being claimed, or whose instance is being started or stopped. */
  readonly #changing = new Set<ServerId>();
  readonly #crashes = new Map<ServerId, number[]>();
  readonly #lastHolder = new Map<ServerId, Address>();
  readonly #byName: ReadonlyMap<string, AnyServer>;
  readonly #waiting: Waiting;
  #ending = false;

  constructor(port: ManagerPort) {
    this.#port = port;
    this.#byName = new Map(port.declarations.map((declaration) => [declaration.name, declaration]));
    this.#waiting = new Waiting({
      core: port.core,
      list: port.list,
      belongsHere: (declaration, id) => this.#belongsHere(declaration, id),
      isWanted: (declaration, id) => this.#isWanted(declaration, id),
      startLocal: (declaration, id) => this.startHere(declaration, id, parseServerId(id).key),
      consider: (id) => this.#consider(id),
    });
    port.names.watch((id, before, after) => {
      if (before) this.#lastHolder.set(id as ServerId, before[0]);
      if (!after) this.#consider(id as ServerId);
    });
    port.list.watch((id) => this.#consider(id));
  }

  get instances(): Iterable<Instance> {
    return this.#instances.values();
  }

  get pending(): Record<string, number> {
    return { serversChanging: this.#changing.size, callsWaiting: this.#waiting.size };
  }

  /** A message for a server that should run here. */
  deliver(arrival: Arrival): void {
    const { declaration, id } = arrival;
    if (this.#port.kept.isSettled(declaration, arrival)) return;
    const result = this.#instances.get(id)?.push(arrival);
    if (result === 'taken') return;
    if (result === 'full') arrival.reply([false, toErrorData(new Overloaded(`mailbox of ${id}`, MAILBOX))]);
    else if (!this.#belongsHere(declaration, id)) arrival.elsewhere();
    else this.#waiting.add(declaration, id, arrival);
  }

  /** Takes a key off the list and forgets its kept state, also when no instance runs that would. */
  async unlist(declaration: AnyServer, id: ServerId): Promise<void> {
    await this.#port.list.remove(id);
    if (declaration.state) await this.#port.kept.forget(id);
  }

  /** Starts an instance that needs no name: `local`, `one per node`. */
  startHere(declaration: AnyServer, id: ServerId, key: Key | undefined): void {
    if (this.#instances.has(id) || this.#ending) return;
    this.#port.list.forgive(id);
    void this.#run(declaration, id, key, undefined);
  }

  async stopHere(id: ServerId): Promise<void> {
    const instance = this.#instances.get(id);
    if (instance) await this.#stop(instance, 'stop');
  }

  #isWanted(declaration: AnyServer, id: ServerId): boolean {
    const status = this.#port.list.status(id);
    if (declaration.placement === 'one per key') return status === 'run';
    if (declaration.placement === 'local') return this.#instances.has(id) || this.#waiting.has(id);
    return status !== 'failed';
  }

  #belongsHere(declaration: AnyServer, id: ServerId): boolean {
    const { core, membership } = this.#port;
    if (declaration.placement === 'local' || declaration.placement === 'one per node') return nodeOf(id) === core.id;
    return membership.view.owner(routeOf(id)) === core.address;
  }

  /** After each flush: everything that the view changed. */
  reconcile(): void {
    for (const declaration of this.#port.declarations) {
      if (declaration.placement === 'singleton') this.#consider(declaration.name);
    }
    for (const id of this.#port.list.ids()) this.#consider(id);
    for (const id of [...this.#instances.keys()]) this.#consider(id);
    this.#waiting.handBack();
  }

  /** The node may act again: instances go on, and what the view gave or took meanwhile is seen to. */
  resume(): void {
    for (const instance of this.#instances.values()) instance.resume();
    this.reconcile();
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
    const givenUp = this.#port.list.givenUp.has(id);
    const starts = wanted && here && !this.#ending && !givenUp;
    if (starts && (isOurs || holder === undefined)) void this.#change(id, () => this.#claimAndRun(declaration, id));
    else if (isOurs && !starts && !givenUp) void this.#change(id, () => this.#port.names.free(id, id));
    if (!wanted) this.#waiting.refuseUnlessListing(id);
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
    await this.#port.kept.underWay(id);
    // To begin is to act; what holds the name begins when there is a lease again.
    if (!this.#port.membership.mayAct) return;
    const kept = this.#port.kept.read(id);
    await this.#run(declaration, id, parseServerId(id).key, kept);
    const from = this.#lastHolder.get(id);
    if (from !== undefined && from !== this.#port.core.address) this.#port.membership.reportMove(id, from);
    if (kept !== undefined && declaration.keeps !== 'state') await this.#port.kept.forget(id);
  }

  async #run(declaration: AnyServer, id: ServerId, key: Key | undefined, kept: unknown): Promise<void> {
    const own = declaration.placement === 'one per node' ? this.#port.core.id : key;
    const instance = new Instance(id, declaration, own, this.#instancePort(declaration, id));
    this.#instances.set(id, instance);
    for (const item of this.#waiting.take(id)) instance.push(item);
    try {
      await instance.start(this.#port.kept.fitting(declaration, id, kept));
    } catch (error) {
      this.#crashed(instance, error);
    }
  }

  #instancePort(declaration: AnyServer, id: ServerId): InstancePort {
    const { core, kept, membership, names } = this.#port;
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
      isSettled: (item) => kept.isSettled(declaration, item),
      keep: (state, item, reply) => kept.keep(declaration, id, state, item, reply),
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

  async #stop(instance: Instance, reason: EndReason): Promise<void> {
    const { declaration, id } = instance;
    const { state, rest } = await instance.stop(reason, STOP_DEADLINE_MS);
    const named = isNamed(declaration);
    if (named && reason !== 'stop' && declaration.state && state !== undefined) {
      await this.#port.kept.keep(declaration, id, state);
    }
    if (named && reason === 'stop' && declaration.state) await this.#port.kept.forget(id);
    this.#instances.delete(id);
    if (named) await this.#port.names.free(id, id);
    if (reason === 'stop') this.#lastHolder.delete(id);
    for (const item of rest) item.elsewhere();
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
    this.#waiting.leave(declaration, id, rest);
    core.after(0, () => this.#restart(instance));
  }

  #restart({ declaration, id, key }: Instance): void {
    if (isNamed(declaration)) this.#consider(id);
    else if (this.#ending) this.#waiting.refuse(id);
    else if (!this.#instances.has(id)) void this.#run(declaration, id, key, undefined);
  }

  /** The restart budget is spent: visibly failed until it is started again. */
  async #fail(declaration: AnyServer, id: ServerId, error: unknown, rest: readonly Item[]): Promise<void> {
    const { list, names, core } = this.#port;
    const reason = error instanceof Error ? error.message : String(error);
    list.giveUp(id, reason);
    for (const item of rest) item.reply([false, toErrorData(new ServerFailed(id, reason))]);
    if (!isNamed(declaration)) return;
    try {
      await list.markFailed(id, reason);
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

  /** Whether nothing runs here any more, and nothing is about to. */
  get isEmpty(): boolean {
    return this.#instances.size === 0 && this.#changing.size === 0;
  }
}
