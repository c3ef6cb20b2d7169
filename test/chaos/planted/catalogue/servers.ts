/** Faults planted against P8 (at most one) and P9 (moves). */
import type { PlantedFault } from '../fault.ts';

const INSTANCE = 'src/services/servers/instance.ts';
const MANAGER = 'src/services/servers/manager.ts';
const CALLS = ['tally add', 'loose add'];
const DEATHS = ['crash', 'add'] as const;
const MOVES = ['stop', 'add'] as const;

export const AT_MOST_ONE: readonly PlantedFault[] = [
  {
    name: 'the name of a server is freed before its instance has ended',
    promise: 'P8',
    file: MANAGER,
    find: 'const { state, rest } = await instance.stop(reason, STOP_DEADLINE_MS);',
    replace:
      "const stopping = instance.stop(reason, STOP_DEADLINE_MS);\n    if (reason !== 'stop') await this.#port.names.free(id, id);\n    const { state, rest } = await stopping;",
    exposedBy: 'a move while a handler pauses across an await',
    seeds: 10,
    under: { acts: CALLS, faults: MOVES, everyMs: 80, pauseMs: 5 },
  },
];

export const MOVED: readonly PlantedFault[] = [
  {
    name: 'a reply leaves before the state it shows is kept',
    promise: 'P9',
    file: INSTANCE,
    find: 'const leaving = { safe: !changed, acts };',
    replace: 'const leaving = { safe: true, acts };',
    exposedBy: 'the death of the node of a server right after a reply',
    seeds: 40,
    under: { acts: ['tally add'], faults: DEATHS, everyMs: 40, pauseMs: 2 },
  },
  {
    name: 'a server that crashed begins with nothing',
    promise: 'P9',
    file: MANAGER,
    find: 'const kept = this.#port.kept.get(id, 0);',
    replace: 'const kept = undefined;',
    exposedBy: 'the death of the node of a server',
    seeds: 5,
    under: { acts: CALLS, faults: DEATHS },
  },
  {
    name: 'the state is not handed over',
    promise: 'P9',
    file: MANAGER,
    find: "if (named && reason !== 'stop' && declaration.state && state !== undefined) {",
    replace: 'if (false) {',
    exposedBy: 'an orderly move of a server that keeps nothing but has a state',
    seeds: 10,
    under: { acts: CALLS, faults: MOVES },
  },
  {
    name: 'the calls in a mailbox are dropped by a move',
    promise: 'P9',
    file: MANAGER,
    find: 'for (const item of rest) this.#forward(declaration, id, item);',
    replace: 'void rest;',
    exposedBy: 'a move while calls wait behind a slow one',
    seeds: 10,
    under: { acts: CALLS, faults: MOVES, everyMs: 80, pauseMs: 5 },
  },
];
