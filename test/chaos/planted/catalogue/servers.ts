/** Faults planted against P8 (at most one) and P9 (moves). */
import type { PlantedFault } from '../fault.ts';

const INSTANCE = 'src/services/servers/instance.ts';
const MANAGER = 'src/services/servers/manager.ts';
const CALLS = ['tally add', 'loose add'];
const DEATHS = ['crash', 'add'] as const;
const MOVES = ['stop', 'add'] as const;

const LEASE = 'src/services/membership/lease.ts';
/** Longer than a lease and its margin. */
const CUT_OFF = {
  faults: ['partition'],
  everyMs: 500,
  leastMs: 7_000,
  mostFaults: 1,
  seconds: 7,
  pauseMs: 150,
} as const;

export const AT_MOST_ONE: readonly PlantedFault[] = [
  {
    name: 'the name of a server is freed before its instance has ended',
    promise: 'P8',
    file: MANAGER,
    find: 'const { state, rest } = await instance.stop(reason, STOP_DEADLINE_MS);',
    replace:
      "const stopping = instance.stop(reason, STOP_DEADLINE_MS);\n    if (reason !== 'stop') await this.#port.names.free(id, id);\n    const { state, rest } = await stopping;",
    exposedBy: 'a move while a handler pauses across an await',
    seeds: 20,
    under: { acts: CALLS, faults: MOVES, everyMs: 80, pauseMs: 5 },
  },
];

export const FENCED: readonly PlantedFault[] = [
  {
    name: 'effects of a server are not fenced',
    promise: 'P8',
    file: 'src/services/servers/service.ts',
    find: 'isNamed(declaration) ? fence(node, refusal) : node',
    replace: 'isNamed(declaration) && !refusal ? fence(node, refusal) : node',
    exposedBy: 'a handler that pauses across an await while the lease of its node runs out',
    seeds: 40,
    under: { acts: ['pass', 'pass slowly'], ...CUT_OFF },
  },
  {
    name: 'messages are handled without a lease',
    promise: 'P8',
    file: INSTANCE,
    find: " && this.state === 'running' && this.#port.mayAct()) {",
    replace: " && this.state === 'running') {",
    exposedBy: 'a mailbox with messages behind a slow one while the lease runs out',
    seeds: 40,
    under: { acts: ['pass', 'pass slowly'], ...CUT_OFF },
  },
  {
    name: 'a lease never ends',
    promise: 'P8',
    file: LEASE,
    find: 'return !this.#revoked && this.#now < this.#end;',
    replace: 'return !this.#revoked;',
    exposedBy: 'a node that is cut off',
    seeds: 20,
    under: { acts: ['pass', 'loose add'], ...CUT_OFF },
  },
  {
    name: 'a lease is given for longer than the authority waits',
    promise: 'P8',
    file: 'src/cluster/authority.ts',
    find: 'ms: grants ? this.#timing.leaseMs : 0 }',
    replace: 'ms: grants ? 2 * this.#timing.leaseMs : 0 }',
    exposedBy: 'a node that is cut off',
    seeds: 20,
    under: { acts: ['pass', 'loose add'], ...CUT_OFF },
  },
  {
    name: 'the store takes what an evicted node asks',
    promise: 'P8',
    file: 'src/cluster/authority.ts',
    find: 'await this.#listener.fence(addresses);',
    replace: '',
    exposedBy: 'a node that is cut off and asks nobody but the store',
    seeds: 20,
    under: { ...CUT_OFF, acts: ['reserve'], hasStore: true, everyMs: 200, leastMs: 9_000, seconds: 9 },
  },
  {
    name: 'the next holder of a server has the token of the one before',
    promise: 'P8',
    file: MANAGER,
    find: 'token: named ? names.version(id) : 0,',
    replace: 'token: named ? 1 : 0,',
    exposedBy: 'the death of the node of a server',
    seeds: 20,
    under: { acts: CALLS, faults: DEATHS, seconds: 1 },
  },
];

export const BUSY: readonly PlantedFault[] = [
  {
    name: 'a node that was quiet for a moment is not heard again',
    promise: 'P13',
    file: 'src/cluster/reach.ts',
    find: 'this.#of(address).quietMs = 0;',
    replace: 'if (this.#of(address).quietMs < 1_000) this.#of(address).quietMs = 0;',
    exposedBy: 'an event loop that stands still for a second or two',
    seeds: 40,
    under: { acts: ['put', 'read'], faults: ['hang'], everyMs: 6_000, seconds: 10, pauseMs: 200 },
  },
  {
    name: 'the lease of a node that stands still does not end',
    promise: 'P13',
    shownAs: 'P8',
    file: LEASE,
    find: 'return !this.#revoked && this.#now < this.#end;',
    replace: 'return !this.#revoked;',
    exposedBy: 'a hang that outlasts the lease: when it wakes it goes on beside the next',
    seeds: 40,
    under: { ...CUT_OFF, acts: ['pass', 'loose add'], faults: ['hang'], everyMs: 1_500 },
  },
];

export const HEALED: readonly PlantedFault[] = [
  {
    name: 'the next life does not take in what the one before wrote',
    promise: 'P14',
    file: 'src/services/tables/merged-tables.ts',
    find: 'if (!inheritance) return;\n    this.#inheritance = undefined;',
    replace: 'if (!inheritance || this.#inheritance) return;',
    exposedBy: 'merged puts on a node that is cut off',
    seeds: 20,
    under: { ...CUT_OFF, acts: ['merged put apart'] },
  },
  {
    name: 'who was evicted and is heard again is not called back',
    promise: 'P14',
    shownAs: 'liveness',
    file: 'src/cluster/authority.ts',
    find: 'this.#listener.onReturned(from);',
    replace: '{}',
    exposedBy: 'the heal of a partition',
    seeds: 20,
    under: { ...CUT_OFF, acts: ['merged put'] },
  },
];

export const MOVED: readonly PlantedFault[] = [
  {
    name: 'a reply leaves before the state it shows is kept',
    promise: 'P9',
    file: INSTANCE,
    find: 'const leaving = { safe: !changed, acts };',
    replace: 'const leaving = { safe: true, acts };',
    exposedBy: 'a node that is cut off, whose server answers before anybody else has the state',
    seeds: 40,
    under: { ...CUT_OFF, acts: ['tally add'] },
  },
  {
    name: 'a server that crashed begins with nothing',
    promise: 'P9',
    file: MANAGER,
    find: 'const kept = this.#port.kept.read(id);',
    replace: 'const kept = undefined;',
    exposedBy: 'the death of the node of a server',
    seeds: 20,
    under: { acts: CALLS, faults: DEATHS },
  },
  {
    name: 'the state is not handed over',
    promise: 'P9',
    file: MANAGER,
    find: "if (named && reason !== 'stop' && declaration.state && state !== undefined) {",
    replace: 'if (false) {',
    exposedBy: 'an orderly move of a server that keeps nothing but has a state',
    seeds: 20,
    under: { acts: CALLS, faults: MOVES },
  },
  {
    name: 'the calls in a mailbox are dropped by a move',
    promise: 'P9',
    file: MANAGER,
    find: 'for (const item of rest) item.elsewhere();',
    replace: 'void rest;',
    exposedBy: 'a move while calls wait behind a slow one',
    seeds: 20,
    under: { acts: CALLS, faults: MOVES, everyMs: 80, pauseMs: 5 },
  },
];
