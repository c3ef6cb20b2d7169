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
import { Arrival, type ArrivalPort } from './arrivals.ts';
import { type CallAnswer, Calls } from './calls.ts';
import { type AnyServer, type CallOptions, isNamed, type MusterNode, type ServerHandle } from './declaration.ts';
import { deferSends, fence } from './facade.ts';
import type { Instance } from './instance.ts';
import { KeptStates } from './kept-states.ts';
import { Manager } from './manager.ts';
import { CALL, CAST, describeServers, FIRST_CALL, FIRST_REPLY, REPLY } from './messages.ts';
import { nodeOf, routeOf, type ServerId, serverId } from './names.ts';
import { Route } from './route.ts';
import { RunList } from './run-list.ts';

const MOST_HELD = 100_000;

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
  readonly #wayBack: ArrivalPort = {
    answer: (to, number, answer) => this.#answer(to, number, answer),
    forward: ({ declaration, id, method, args }) => this.#cast(this.#routeTo(declaration, id), method, args),
  };
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
      send: (to, number, route, method, args) => this.#sendCall(to, number, route, method, args),
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
    return this.#makeHandle(this.#routeTo(declaration, id), key, {});
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

  #routeTo(declaration: AnyServer, id: ServerId): Route {
    return new Route(declaration, this.#numbers.get(declaration as unknown as Declaration)!, id);
  }

  #makeHandle(route: Route, key: Key | undefined, options: CallOptions): ServerHandle<unknown> {
    const { declaration, id } = route;
    const handle = {
      call: (method: string, ...args: unknown[]) => {
        try {
          assertPlain(`arguments of ${id}.${method}`, args);
        } catch (error) {
          return Promise.reject(error);
        }
        return this.#calls.call(route, method, args, options.deadlineMs);
      },
      cast: (method: string, ...args: unknown[]) => {
        assertPlain(`arguments of ${id}.${method}`, args);
        this.#cast(route, method, args);
      },
      with: (more: CallOptions) => this.#makeHandle(route, key, { ...options, ...more }),
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

  #sendCall(to: Address, number: number, route: Route, method: string, args: readonly unknown[]): void {
    const { doneBelow } = this.#core.requests;
    const { epoch } = this.#membership.view;
    const { number: channel } = this.#channel;
    if (to === this.#core.address) {
      this.#receiveCalls(to, [
        channel,
        CALL,
        doneBelow,
        epoch,
        route.declared,
        route.id,
        method,
        number,
        this.#copy(args),
      ]);
      return;
    }
    const peer = this.#core.outbox.single(to);
    const last = this.#channel.last(peer, CALL);
    if (last !== undefined && last[5] === route.id && last[6] === method && last[3] === epoch) {
      last.push(number, args);
      this.#channel.lengthened(peer);
    } else
      this.#channel.postWhole(peer, [channel, CALL, doneBelow, epoch, route.declared, route.id, method, number, args]);
  }

  #cast(route: Route, method: string, args: readonly unknown[]): void {
    const { view } = this.#membership;
    const target = route.target(view);
    if (target === undefined) return;
    const content = target === this.#core.address ? this.#copy(args) : args;
    this.#channel.post(target, CAST, view.epoch, route.declared, route.id, method, content);
  }

  /** What stays on the node goes through the codec all the same, so that nothing is shared. */
  #copy<T>(value: T): T {
    return this.#codec.decode(this.#codec.encode(value)) as T;
  }

  #receive(from: Address, message: Message): void {
    if (message[1] === REPLY) this.#receiveReplies(message);
    else if (message[1] === CALL) this.#receiveCalls(from, message);
    else this.#receiveCast(message);
  }

  #receiveCalls(from: Address, message: Message): void {
    const [, , doneBelow, epoch, declared, id, method] = message as [
      number,
      number,
      number,
      number,
      number,
      ServerId,
      string,
    ];
    const declaration = this.#declarations[declared]!;
    for (let at = FIRST_CALL; at < message.length; at += 2) {
      const call = { caller: from, number: message[at] as number, doneBelow };
      const args = message[at + 1] as readonly unknown[];
      this.#arrive(new Arrival(this.#wayBack, call, epoch, declaration, id, method, args));
    }
  }

  #answer(to: Address, number: number, answer: CallAnswer): void {
    if (to === this.#core.address) {
      this.#calls.answered(number, this.#copy(answer));
      return;
    }
    const peer = this.#core.outbox.single(to);
    const last = this.#channel.last(peer, REPLY);
    if (last !== undefined) {
      last.push(number, answer);
      this.#channel.lengthened(peer);
    } else this.#channel.postWhole(peer, [this.#channel.number, REPLY, number, answer]);
  }

  #receiveReplies(message: Message): void {
    for (let at = FIRST_REPLY; at < message.length; at += 2) {
      this.#calls.answered(message[at] as number, message[at + 1] as CallAnswer);
    }
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
    this.#arrive(new Arrival(this.#wayBack, undefined, epoch, this.#declarations[declared]!, id, method, args));
  }

  #arrive(arrival: Arrival): void {
    if (this.#membership.isFlushed && arrival.epoch <= this.#membership.view.epoch) this.#manager.deliver(arrival);
    else if (this.#held.length < MOST_HELD) this.#held.push(arrival);
  }
}
