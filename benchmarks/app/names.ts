/** Registering names, looking them up, and taking ids. */
import * as z from 'zod';
import { type MusterNode, registry, sequence } from '../../src/services/index.ts';
import { nowMs, perSecond, sameRandomKeys } from '../work.ts';

const clients = registry('clients', { key: z.number(), value: z.object({ team: z.number() }), about: 'Names.' });
const ids = sequence('ids', { about: 'What the sequence scenario takes.' });

export const nameDeclarations = [clients, ids];

export class NameBench {
  readonly #node: MusterNode;
  #registered: { unregister(): Promise<void> }[] = [];

  constructor(node: MusterNode) {
    this.#node = node;
  }

  /** Registers the names from `first`, all at once. Resolves to the times at which it began and at which all are registered. */
  async register(first: number, count: number): Promise<[startedAt: number, endedAt: number]> {
    const names = this.#node.registry(clients);
    const startedAt = nowMs();
    const registering = Array.from({ length: count }, (_, at) => names.register(first + at, { team: at }));
    this.#registered.push(...(await Promise.all(registering)));
    return [startedAt, nowMs()];
  }

  /** Takes back all that this node registered. */
  async unregisterAll(): Promise<void> {
    await Promise.all(this.#registered.map((name) => name.unregister()));
    this.#registered = [];
  }

  /** How many of the names from `first` this node sees. */
  seen(first: number, count: number): number {
    const names = this.#node.registry(clients);
    let found = 0;
    for (let at = 0; at < count; at++) if (names.lookup(first + at) !== undefined) found += 1;
    return found;
  }

  /** Looks up `count` of the first `of` names in the same random order each time. Resolves to look-ups per second. */
  lookUp(count: number, of: number): number {
    const names = this.#node.registry(clients);
    const keys = sameRandomKeys(count, of);
    const startedAt = nowMs();
    let found = 0;
    for (const key of keys) if (names.lookup(key) !== undefined) found += 1;
    const endedAt = nowMs();
    if (found !== count) throw new Error(`${found} of ${count} names were there`);
    return perSecond(count, startedAt, [endedAt]);
  }

  /** Takes ids, so many callers at once, each the next one when it has one. */
  async takeIds(
    count: number,
    callers: number,
  ): Promise<{ startedAt: number; endedAt: number; ids: Uint32Array<ArrayBuffer> }> {
    const sequence = this.#node.sequence(ids);
    const taken = new Uint32Array(count);
    let at = 0;
    const caller = async (): Promise<void> => {
      while (at < count) taken[at++] = await sequence.next();
    };
    const startedAt = nowMs();
    await Promise.all(Array.from({ length: callers }, caller));
    return { startedAt, endedAt: nowMs(), ids: taken };
  }
}
