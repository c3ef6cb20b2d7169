/** Calling servers, and where they are after a death. */
import * as z from 'zod';
import type { NodeId } from '../../src/base/index.ts';
import { type MusterNode, Server, server } from '../../src/services/index.ts';
import { callConcurrently, callOneByOne, nowMs, textOf } from '../work.ts';
import { pause } from './turns.ts';

class Adder extends Server<NodeId, undefined> {
  init(): undefined {}
  addOne(argument: number, _text?: string): number {
    return argument + 1;
  }
}
const adder = server('adder', { placement: 'one per node', about: 'What the call scenarios call.' }, Adder);

const Sum = z.object({ count: z.number() });

class Keeper extends Server<number, z.infer<typeof Sum>> {
  init(kept: z.infer<typeof Sum> | undefined): z.infer<typeof Sum> {
    return kept ?? { count: 0 };
  }
  addOne(argument: number): number {
    this.state = { count: this.state.count + 1 };
    return argument + 1;
  }
}
const keeper = server(
  'keeper',
  {
    key: z.number(),
    placement: 'one per key',
    keeps: 'state',
    state: Sum,
    startsOnCall: true,
    about: 'Keeps a count.',
  },
  Keeper,
);

/** The keys of the residents that run in this thread. */
const running = new Set<number>();

class Resident extends Server<number, undefined> {
  init(): undefined {
    running.add(this.key);
  }
  override terminate(): void {
    running.delete(this.key);
  }
  home(): NodeId {
    return this.node.id;
  }
}
const resident = server(
  'resident',
  { key: z.number(), placement: 'one per key', about: 'What the failover scenario kills.' },
  Resident,
);

export const serverDeclarations = [adder, keeper, resident];

const AGAIN_MS = 1;

export class ServerBench {
  readonly #node: MusterNode;

  constructor(node: MusterNode) {
    this.#node = node;
  }

  /** Calls the server on another node, so many at a time. Resolves to the milliseconds it took. */
  async call(to: NodeId, count: number, callers: number): Promise<number> {
    const handle = this.#node.server(adder, to);
    const startedAt = nowMs();
    await callConcurrently(count, callers, (argument) => handle.call('addOne', argument));
    return nowMs() - startedAt;
  }

  /** The same, each call with a text of so many bytes. Resolves to the times at which it began and ended. */
  async callWith(to: NodeId, count: number, callers: number, bytes: number): Promise<[number, number]> {
    const handle = this.#node.server(adder, to);
    const text = textOf(bytes);
    const call = (argument: number): Promise<number> =>
      text === undefined ? handle.call('addOne', argument) : handle.call('addOne', argument, text);
    const startedAt = nowMs();
    await callConcurrently(count, callers, call);
    return [startedAt, nowMs()];
  }

  /** Calls one at a time. Resolves to the median in µs. */
  callInTurn(to: NodeId, count: number): Promise<number> {
    const handle = this.#node.server(adder, to);
    return callOneByOne(count, (argument) => handle.call('addOne', argument));
  }

  /** A key of a server that keeps state and runs on `home`. */
  async keptAt(home: NodeId): Promise<number> {
    for (let key = 0; ; key++) {
      const handle = this.#node.server(keeper, key);
      await handle.call('addOne', 0);
      if (handle.where() === home) return key;
    }
  }

  /** As `callInTurn`, of a server that keeps its state. */
  callKept(key: number, count: number): Promise<number> {
    const handle = this.#node.server(keeper, key);
    return callOneByOne(count, (argument) => handle.call('addOne', argument));
  }

  async startResidents(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, (_, key) => this.#node.server(resident, key).start()));
  }

  /** The residents that run on `home`. */
  residentsOf(home: NodeId, count: number): number[] {
    const keys = Array.from({ length: count }, (_, key) => key);
    return keys.filter((key) => this.#node.server(resident, key).where() === home);
  }

  /** How many residents run here. */
  residing(): number {
    return running.size;
  }

  /** Asks each until it answers from a node that is not `gone`. Resolves to those times, in order. */
  async back(keys: readonly number[], gone: readonly NodeId[]): Promise<number[]> {
    const times = await Promise.all(keys.map((key) => this.#answers(key, gone)));
    return times.sort((a, b) => a - b);
  }

  async #answers(key: number, gone: readonly NodeId[]): Promise<number> {
    const handle = this.#node.server(resident, key).with({ deadlineMs: 1_000 });
    for (;;) {
      const home = await handle.call('home').catch(() => undefined);
      if (home !== undefined && !gone.includes(home)) return nowMs();
      await pause(this.#node, AGAIN_MS);
    }
  }
}
