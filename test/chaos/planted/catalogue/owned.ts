/** Faults planted against P5 (owned caches) and P7 (names), which stand on the same tables. */
import type { PlantedFault } from '../fault.ts';

const OWNER = 'src/services/tables/owner.ts';
const REGISTERS = ['put', 'delete', 'read', 'insert', 'swap', 'get'];
const DEATHS = ['crash', 'add'] as const;

export const OWNED: readonly PlantedFault[] = [
  {
    name: 'the owner answers before every member has the write',
    promise: 'P5',
    file: OWNER,
    find: 'this.#port.whenSafe(() => this.#port.answer(from, number, answer));',
    replace: 'this.#port.answer(from, number, answer);',
    exposedBy: 'a local read elsewhere right after a write, or the death of the owner',
    seeds: 20,
    under: { acts: REGISTERS, faults: [], pauseMs: 4, seconds: 1 },
  },
  {
    name: 'a read shows what is not on every member yet',
    promise: 'P5',
    file: OWNER,
    find: 'this.#show(asked, entry === undefined ? [] : [entry.value]);',
    replace:
      "this.#port.answer(asked.from, asked.number, { kind: 'done', result: entry === undefined ? [] : [entry.value] });",
    exposedBy: 'an owner that is cut off while its lease lasts: it reads what nobody else will have',
    seeds: 40,
    under: { acts: ['put', 'read'], faults: ['partition'], everyMs: 3_000, leastMs: 5_000, seconds: 8, pauseMs: 120 },
  },
  {
    name: 'a new owner does not know which requests were applied',
    promise: 'P5',
    file: OWNER,
    find: 'const before = this.#port.applied(asked.from, asked.number);',
    replace: 'const before = undefined as ReturnType<OwnerPort["applied"]>;',
    exposedBy: 'a retry after a death or a loss',
    seeds: 40,
    under: { acts: ['append', 'swap', 'insert'], faults: [...DEATHS, 'drop', 'pause'], everyMs: 50 },
  },
  {
    name: 'a swap is applied whatever the version',
    promise: 'P5',
    file: OWNER,
    find: 'if (!mayWrite || (entry?.version ?? 0) !== operation.base) {',
    replace: 'if (!mayWrite) {',
    exposedBy: 'two nodes that update a key at once',
    seeds: 20,
    under: { acts: ['append', 'swap'], faults: [], pauseMs: 6, seconds: 1 },
  },
  {
    name: 'everybody who asks for a load is told to load',
    promise: 'P5',
    file: 'src/services/tables/loads.ts',
    find: 'if (load && !isSame(load.holder, ticket)) {\n      if (!load.waiting',
    replace: 'if (load && !isSame(load.holder, ticket) && loading) {\n      if (!load.waiting',
    exposedBy: 'two nodes that ask for a missing entry at once',
    seeds: 20,
    under: { acts: ['load', 'unload'], faults: [], pauseMs: 10, seconds: 1 },
  },
  {
    name: 'a new owner does not learn of the loads that run',
    promise: 'P5',
    file: 'src/services/tables/owned-tables.ts',
    find: 'if (isOwned(table, key)) this.#owner.adoptLoad(table, key, { from, number });',
    replace: '',
    exposedBy: 'the death of an owner while a loader runs elsewhere',
    seeds: 40,
    under: { acts: ['load', 'unload'], faults: DEATHS, everyMs: 60, pauseMs: 5 },
  },
];

export const NAMES: readonly PlantedFault[] = [
  {
    name: 'the names of the dead stay in a registry',
    promise: 'P7',
    file: 'src/services/registry/service.ts',
    find: 'for (const names of this.#names) names.purge(view);',
    replace: 'for (const names of this.#names.slice(1)) names.purge(view);',
    exposedBy: 'the death of a holder',
    seeds: 20,
    under: { acts: ['hold', 'look up'], faults: DEATHS, everyMs: 100 },
  },
  {
    name: 'a name is given to whoever asks',
    promise: 'P7',
    file: OWNER,
    find: 'if (entry !== undefined) this.#decline(asked, [false, entry.value]);\n        else this.#write(',
    replace: 'this.#write(',
    exposedBy: 'two nodes that register a name',
    seeds: 20,
    under: { acts: ['hold'], faults: [], seconds: 1 },
  },
  {
    name: 'a look-up shows holders that are not in the view',
    promise: 'P7',
    file: 'src/services/registry/name-table.ts',
    find: 'return held && this.#membership.view.has(held[0]) ? held : undefined;',
    replace: 'return held;',
    exposedBy: 'a look-up between a death and the end of its flush',
    seeds: 40,
    under: { acts: ['hold', 'look up'], faults: [...DEATHS, 'delay', 'pause'], everyMs: 60, pauseMs: 3 },
  },
];
