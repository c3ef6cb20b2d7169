/**
 * Guards a simulation against the ambient world: while a party's code runs, the process's own clock, randomness and timers
 * throw an error that names the node's. Outside parties' code nothing changes.
 */
import { MusterError } from '../../base/index.ts';
import { runningParty } from './scheduler.ts';

/** Simulated code reached around its node. */
export class AmbientCall extends MusterError {
  constructor(what: string, instead: string) {
    super('AmbientCall', `${what} was called during a simulation; use ${instead}, which is virtual and seeded`, {
      what,
      instead,
    });
  }
}

interface Guarded {
  readonly owner: object;
  readonly name: string;
  readonly what: string;
  readonly instead: string;
}

const GUARDED: readonly Guarded[] = [
  { owner: Date, name: 'now', what: 'Date.now()', instead: 'node.wall() or node.now()' },
  { owner: Math, name: 'random', what: 'Math.random()', instead: 'node.random()' },
  { owner: performance, name: 'now', what: 'performance.now()', instead: 'node.now()' },
  { owner: globalThis, name: 'setTimeout', what: 'setTimeout', instead: 'node.after' },
  { owner: globalThis, name: 'setInterval', what: 'setInterval', instead: 'node.every' },
  { owner: globalThis, name: 'setImmediate', what: 'setImmediate', instead: 'node.turn' },
  { owner: process.hrtime, name: 'bigint', what: 'process.hrtime.bigint()', instead: 'node.now()' },
  { owner: process, name: 'hrtime', what: 'process.hrtime()', instead: 'node.now()' },
  { owner: crypto, name: 'randomUUID', what: 'crypto.randomUUID()', instead: 'node.random()' },
  { owner: crypto, name: 'getRandomValues', what: 'crypto.getRandomValues()', instead: 'node.random()' },
];

/** `new Date()` and `Date()` read the clock; a date made from a value does not. */
function guardDate(): () => void {
  const original = globalThis.Date;
  const refuse = (what: string): void => {
    if (runningParty.getStore() !== undefined) throw new AmbientCall(what, 'node.wall()');
  };
  globalThis.Date = new Proxy(original, {
    construct(target, args, newTarget) {
      if (args.length === 0) refuse('new Date()');
      return Reflect.construct(target, args, newTarget);
    },
    apply(target, self, args) {
      refuse('Date()');
      return Reflect.apply(target, self, args);
    },
  });
  return () => {
    globalThis.Date = original;
  };
}

/** Puts the guards up; the function returned takes them down. Guards of several simulations may stand on each other. */
export function guardAmbient(): () => void {
  const undo = GUARDED.map(({ owner, name, what, instead }) => {
    const before =
      Object.getOwnPropertyDescriptor(owner, name) ??
      Object.getOwnPropertyDescriptor(Object.getPrototypeOf(owner), name);
    const had = Object.hasOwn(owner, name);
    const original = (owner as Record<string, (...args: unknown[]) => unknown>)[name]!;
    const guard = function (this: unknown, ...args: unknown[]): unknown {
      if (runningParty.getStore() !== undefined) throw new AmbientCall(what, instead);
      return original.apply(this, args);
    };
    Object.assign(guard, original);
    Object.defineProperty(owner, name, { ...before, value: guard, configurable: true, writable: true });
    return () => {
      if (had && before) Object.defineProperty(owner, name, before);
      else Reflect.deleteProperty(owner, name);
    };
  });
  undo.push(guardDate());
  return () => {
    for (const restore of undo.reverse()) restore();
  };
}
