/** Servers on a node: handles for callers, the wire between callers and hosts, and the manager behind it. */
import {
  type Address,
  assertPlain,
  Closed,
  type Codec,
  InvalidValue,
  idOf,
  type Key,
  type NodeId,
  NotPrimary,
} from '../../base/index.ts';
import type { Channel, Message, NodeCore } from '../../node/index.ts';
import { type Declaration, parseValue } from '../declaration.ts';
import type { FlushParticipant, Membership, View } from '../membership/index.ts';
import { NameTable, type Registries } from '../registry/index.ts';
import type { Tables } from '../tables/index.ts';
import { type CallAnswer, Calls } from './calls.ts';
import { type AnyServer, type CallOptions, isNamed, type MusterNode, type ServerHandle } from './declaration.ts';
import { deferSends, fence } from './facade.ts';
import type { Instance, Item, Reply } from './instance.ts';
import { KeptStates } from './kept-states.ts';
import { Manager } from './manager.ts';
import { CALL, CAST, describeServers, REPLY } from './messages.ts';
import { nodeOf, routeOf, type ServerId, serverId } from './names.ts';
import { RunList } from './run-list.ts';

const MOST_HELD = 100_000;

interface Arrival {
  readonly declaration: AnyServer;
  readonly id: ServerId;
  readonly item: Item;
  readonly epoch: number;
  elsewhere(): void;
}

export class Servers implements FlushParticipant {
  readonly #core: NodeCore;
  readonly #membership: Membership;
  readonly #codec: Codec;
  readonly #channel: Channel;
  readonly #declarations: readonly AnyServer[];
  readonly #numbers = new Map<Declaration, number>();
  readonly #names: NameTable;
  readonly #calls: Calls;
  readonly #list: RunList;
  readonly #manager: Manager;
  readonly #node: () => MusterNode;
  #held: Arrival[] = [];

  constructor(
    core: NodeCore,
    membership: Membership,
    tables: Tables,
    registries: Registries,
    declarations: readonly Declaration[],
    codec: Codec,
    node: () => MusterNode,
  ) {
    this.#core = core;
    this.#membership = membership;
    this.#codec = codec;
    this.#node = node;
    this.#declarations = declarations as unknown as readonly AnyServer[];
    this.#declarations.forEach((declaration, at) => {
      this.#numbers.set(declaration, at);
    });
    this.#channel = core.channel((from, message) => this.#receive(from, message), describeServers);
    const route = (id: Key): string => routeOf(id as ServerId);
    this.#names = new NameTable(core, membership, tables, 'servers', { route, patient: true });
    registries.manage(this.#names);
    this.#calls = new Calls(core, membership, {
      target: (declaration, id) => this.#target(declaration, id),
      send: (to, ...call) => this.#sendCall(to, ...call),
    });
    this.#list = new RunList(tables, tables.owned.add('servers to run', { route }));
    this.#manager = new Manager({
      core,
      membership,
      names: this.#names,
      list: this.#list,
      kept: new KeptStates(membership, tables, tables.owned.add('server state', { route }), core.world.log),
      declarations: this.#declarations,
      encode: (value) => codec.encode(value),
      facade: (declaration, id, effect, hasEnded) => this.#facade(declaration, id, effect, hasEnded),
      forwardCast: (declaration, id, method, args) => this.#cast(declaration, id, method, args),
    });
    membership.participate(this);
  }

  get instances(): Iterable<Instance> {
    return this.#manager.instances;
  }

  get failed(): ReadonlyMap<ServerId, string> {
    return this.#list.givenUp;
  }

  get pending(): Record<string, number> {
    return { ...this.#manager.pending, calls: this.#calls.size };
  }

  installed(view: View): void {
    this.#calls.installed(view);
  }

  flushed(view: View): void {
    const held = this.#held;
    this.#held = [];
    for (const arrival of held) this.#arrive(arrival);
    this.#calls.flushed();
    if (view.state(this.#core.address) !== 'joining') this.#manager.reconcile();
  }

  #facade(
    declaration: AnyServer,
    id: ServerId,
    effect: (act: () => void) => void,
    hasEnded: () => boolean,
  ): MusterNode {
    const node = this.#node();
    const refusal = (what: string): Error | undefined => {
      if (hasEnded()) return new Closed(`${what} of ${id}: the instance`);
      return this.#membership.mayAct ? undefined : new NotPrimary(`${what} of ${id}`, node.id, 'not-run');
    };
    return deferSends(isNamed(declaration) ? fence(node, refusal) : node, effect);
  }

  /** The node has a lease again. */
  resumed(): void {
    if (this.#membership.isFlushed && !this.#membership.isLearner) this.#manager.resume();
  }

  /** Starts what runs on every node. */
  startOwn(): void {
    for (const declaration of this.#declarations) {
      if (declaration.placement !== 'one per node') continue;
      this.#manager.startHere(declaration, serverId(declaration, undefined, this.#core.id), undefined);
    }
  }

  /** Whether nothing runs here that another node could run. */
  get hasHandedOver(): boolean {
    return this.#manager.isEmpty;
  }

  /** Ends what cannot move, and waits until what can has moved. */
  async handOver(): Promise<void> {
    await this.#manager.endLocal();
    // With nobody up there is nobody to hand over to.
    const someoneIsUp = (): boolean => this.#membership.view.members.some(({ state }) => state === 'up');
    while (!this.hasHandedOver && someoneIsUp() && !this.#core.closed) {
      await new Promise<void>((resolve) => this.#core.after(2, resolve));
    }
  }

  handle(declaration: AnyServer, key: Key | undefined): ServerHandle<unknown> {
    if (!this.#numbers.has(declaration as unknown as Declaration)) {
      throw new InvalidValue(`server ${declaration.name}`, 'it is not among the declarations the app uses');
    }
    const node = this.#checkKey(declaration, key);
    const id = serverId(declaration, declaration.key ? key : undefined, node);
    return this.#makeHandle(declaration, id, key, {});
  }

  /** Checks the key against the declaration; the node for one per node. */
  #checkKey(declaration: AnyServer, key: Key | undefined): NodeId {
    const what = `key of server ${declaration.name}`;
    if (declaration.key) {
      parseValue(what, declaration.key, key);
      return this.#core.id;
    }
    if (declaration.placement === 'one per node') return typeof key === 'string' ? key : this.#core.id;
    if (key !== undefined) throw new InvalidValue(what, 'a singleton has no key');
    return this.#core.id;
  }

  #makeHandle(declaration: AnyServer, id: ServerId, key: Key | undefined, options: CallOptions): ServerHandle<unknown> {
    const handle = {
      call: (method: string, ...args: unknown[]) => {
        try {
          assertPlain(`arguments of ${id}.${method}`, args);
        } catch (error) {
          return Promise.reject(error);
        }
        return this.#calls.call(declaration, id, method, args, options.deadlineMs);
      },
      cast: (method: string, ...args: unknown[]) => {
        assertPlain(`arguments of ${id}.${method}`, args);
        this.#cast(declaration, id, method, args);
      },
      with: (more: CallOptions) => this.#makeHandle(declaration, id, key, { ...options, ...more }),
      start: async () => {
        if (declaration.placement === 'local') this.#manager.startHere(declaration, id, key);
        else if (declaration.placement !== 'one per node') await this.#list.add(id);
        else if (nodeOf(id) === this.#core.id) this.#manager.startHere(declaration, id, undefined);
        else throw new InvalidValue(`start ${id}`, 'it starts with its node, and can be started again only there');
      },
      stop: async () => {
        if (declaration.placement === 'local') await this.#manager.stopHere(id);
        else if (declaration.placement === 'one per key') await this.#manager.unlist(declaration, id);
        else
          throw new InvalidValue(`stop ${id}`, `a server placed '${declaration.placement}' runs as long as its nodes`);
      },
      where: () => {
        if (declaration.placement === 'local') return this.#core.id;
        if (declaration.placement === 'one per node') return id.slice(id.indexOf('@') + 1);
        const holder = this.#names.get(id)?.[0];
        return holder && idOf(holder);
      },
    };
    return handle as unknown as ServerHandle<unknown>;
  }

  #target(declaration: AnyServer, id: ServerId): Address | undefined {
    const { view } = this.#membership;
    if (declaration.placement === 'local') return this.#core.address;
    if (declaration.placement === 'one per node') return view.addressFor(id.slice(id.indexOf('@') + 1));
    return view.owner(routeOf(id));
  }

  #sendCall(
    to: Address,
    number: number,
    declaration: AnyServer,
    id: ServerId,
    method: string,
    args: readonly unknown[],
  ): void {
    const { doneBelow } = this.#core.requests;
    const { epoch } = this.#membership.view;
    const declared = this.#numbers.get(declaration as unknown as Declaration);
    const content = to === this.#core.address ? this.#copy(args) : args;
    this.#channel.post(to, CALL, number, doneBelow, epoch, declared, id, method, content);
  }

  #cast(declaration: AnyServer, id: ServerId, method: string, args: readonly unknown[]): void {
    const target = this.#target(declaration, id);
    if (target === undefined) return;
    const declared = this.#numbers.get(declaration as unknown as Declaration);
    const content = target === this.#core.address ? this.#copy(args) : args;
    this.#channel.post(target, CAST, this.#membership.view.epoch, declared, id, method, content);
  }

  /** What stays on the node goes through the codec all the same, so that nothing is shared. */
  #copy<T>(value: T): T {
    return this.#codec.decode(this.#codec.encode(value)) as T;
  }

  #receive(from: Address, message: Message): void {
    if (message[1] === REPLY) this.#calls.answered(message[2] as number, message[3] as CallAnswer);
    else if (message[1] === CALL) this.#receiveCall(from, message);
    else this.#receiveCast(message);
  }

  #receiveCall(from: Address, message: Message): void {
    const [, , number, doneBelow, epoch, declared, id, method, args] = message as [
      number,
      number,
      number,
      number,
      number,
      number,
      ServerId,
      string,
      unknown[],
    ];
    const answer = (reply: CallAnswer): void => {
      const content = from === this.#core.address ? this.#copy(reply) : reply;
      this.#channel.post(from, REPLY, number, content);
    };
    const mark = { caller: from, number, doneBelow };
    const item: Item = {
      method,
      args,
      call: { mark },
      reply: answer as (reply: Reply) => void,
    };
    const declaration = this.#declarations[declared]!;
    this.#arrive({ declaration, id, item, epoch, elsewhere: () => answer(['elsewhere']) });
  }

  #receiveCast(message: Message): void {
    const [, , epoch, declared, id, method, args] = message as [
      number,
      number,
      number,
      number,
      ServerId,
      string,
      unknown[],
    ];
    const item: Item = { method, args, call: undefined, reply: () => undefined };
    const declaration = this.#declarations[declared]!;
    const elsewhere = (): void => {
      if (this.#target(declaration, id) !== this.#core.address) this.#cast(declaration, id, method, args);
    };
    this.#arrive({ declaration, id, item, epoch, elsewhere });
  }

  #arrive(arrival: Arrival): void {
    const { declaration, id, item, epoch } = arrival;
    if (!this.#membership.isFlushed || epoch > this.#membership.view.epoch) {
      if (this.#held.length < MOST_HELD) this.#held.push(arrival);
      return;
    }
    this.#manager.deliver(declaration, id, item, arrival.elsewhere);
  }
}
