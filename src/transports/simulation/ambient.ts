/**
 * Guards a simulation against the ambient world: while a node's code runs, the process's own clock, randomness and timers
 * throw an error that names the node's. Outside nodes' code nothing changes.
 */
import { MusterError } from '../../base/index.ts';

/** Simulated code reached around its node. */
export class AmbientCall extends MusterError {
  constructor(what: string, instead: string) {
    super('AmbientCall', `${what} was called during a simulation; use ${instead}, which is virtual and seeded`, {
      what,
      instead,
    });
  }
}

/** Whether code of a node runs now, in one of the simulations of this process. */
type IsNodeRunning = () => boolean;

interface Guarded {
  /** Looked up when the guard goes up: one guarded function is a part of another. */
  readonly owner: () => object;
  readonly name: string;
  readonly what: string;
  readonly instead: string;
}

const GUARDED: readonly Guarded[] = [
  { owner: () => Math, name: 'random', what: 'Math.random()', instead: 'node.random()' },
  { owner: () => performance, name: 'now', what: 'performance.now()', instead: 'node.now()' },
  { owner: () => globalThis, name: 'setTimeout', what: 'setTimeout', instead: 'node.after' },
  { owner: () => globalThis, name: 'setInterval', what: 'setInterval', instead: 'node.every' },
  { owner: () => globalThis, name: 'setImmediate', what: 'setImmediate', instead: 'node.turn' },
  { owner: () => process, name: 'hrtime', what: 'process.hrtime()', instead: 'node.now()' },
  { owner: () => process.hrtime, name: 'bigint', what: 'process.hrtime.bigint()', instead: 'node.now()' },
  { owner: () => crypto, name: 'randomUUID', what: 'crypto.randomUUID()', instead: 'node.random()' },
  { owner: () => crypto, name: 'getRandomValues', what: 'crypto.getRandomValues()', instead: 'node.random()' },
  { owner: () => Date, name: 'now', what: 'Date.now()', instead: 'node.wall() or node.now()' },
];

/** What a guard knows; it stands on the guard itself, so that all simulations of a process share one guard per function. */
const RECORD = Symbol('muster ambient guard');

interface Standing {
  readonly simulations: Set<IsNodeRunning>;
  readonly takeDown: () => void;
}

type Guard = object & { [RECORD]?: Standing };

/** Puts the guards up for one simulation; the function returned takes them down for it. */
export function guardAmbient(isNodeRunning: IsNodeRunning): () => void {
  // `Date` goes up first, as `Date.now` is a part of it.
  const records = [joinGuard(isNodeRunning, () => globalThis, 'Date', guardedDate)];
  for (const { owner, name, what, instead } of GUARDED) {
    const make = (original: Guard, refuse: Refuse): Guard =>
      guardedFunction(original as never, () => refuse(what, instead));
    records.push(joinGuard(isNodeRunning, owner, name, make));
  }
  return () => {
    for (const { simulations, takeDown } of records.reverse()) {
      simulations.delete(isNodeRunning);
      if (simulations.size === 0) takeDown();
    }
  };
}

/** Throws while a node's code runs. */
type Refuse = (what: string, instead: string) => void;

/** Joins the guard that stands there, or puts one up. */
function joinGuard(
  isNodeRunning: IsNodeRunning,
  ownerOf: () => object,
  name: string,
  make: (original: Guard, refuse: Refuse) => Guard,
): Standing {
  const owner = ownerOf();
  const original = (owner as { [name: string]: Guard })[name]!;
  const standing = original[RECORD];
  if (standing) {
    standing.simulations.add(isNodeRunning);
    return standing;
  }
  const simulations = new Set([isNodeRunning]);
  const guard = make(original, (what, instead) => {
    for (const isRunning of simulations) if (isRunning()) throw new AmbientCall(what, instead);
  });
  const putBack = put(owner, name, guard);
  // On a proxy the record lands on what it stands for; so it goes with the guard.
  const takeDown = (): void => {
    putBack();
    Reflect.deleteProperty(guard, RECORD);
  };
  const record = { simulations, takeDown };
  Object.defineProperty(guard, RECORD, { value: record, configurable: true });
  return record;
}

/** Replaces a property; the function returned puts back what was there. */
function put(owner: object, name: string, value: unknown): () => void {
  const own = Object.getOwnPropertyDescriptor(owner, name);
  const found = own ?? Object.getOwnPropertyDescriptor(Object.getPrototypeOf(owner), name);
  Object.defineProperty(owner, name, { ...found, value, configurable: true, writable: true });
  return () => {
    if (own) Object.defineProperty(owner, name, own);
    else Reflect.deleteProperty(owner, name);
  };
}

function guardedFunction(original: (...args: unknown[]) => unknown, refuse: () => void): Guard {
  const guard = function (this: unknown, ...args: unknown[]): unknown {
    refuse();
    return original.apply(this, args);
  };
  return Object.assign(guard, original);
}

/** `new Date()` and `Date()` read the clock; a date made from a value does not. */
function guardedDate(original: Guard, refuse: Refuse): Guard {
  return new Proxy(original as DateConstructor, {
    construct(target, args, newTarget) {
      if (args.length === 0) refuse('new Date()', 'node.wall()');
      return Reflect.construct(target, args, newTarget);
    },
    apply(target, self, args) {
      refuse('Date()', 'node.wall()');
      return Reflect.apply(target, self, args);
    },
  });
}
