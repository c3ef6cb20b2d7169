/** Faults planted against P1 (views and the flush) and P6 (late join). */
import type { PlantedFault } from '../fault.ts';

const SERVICE = 'src/services/membership/service.ts';
const WRITES = 'src/services/tables/strong-writes.ts';
const CATCH_UP = 'src/services/tables/catch-up.ts';
const STRONG = ['append', 'put', 'insert', 'swap', 'claim slot', 'delete'];

export const VIEWS: readonly PlantedFault[] = [
  {
    name: 'work begins before all members have flushed the view',
    promise: 'P1',
    file: SERVICE,
    find: 'if (this.#view === NO_VIEW || this.isFlushed || this.#missing().length > 0) return;',
    replace: 'if (this.#view === NO_VIEW || this.isFlushed) return;',
    exposedBy: 'a death while strong writes are on their way',
    seeds: 40,
    under: { acts: STRONG, faults: ['crash', 'delay'], everyMs: 60, pauseMs: 3 },
  },
  {
    name: 'the flush does not carry the writes that may not be everywhere',
    promise: 'P1',
    file: WRITES,
    find: 'return [this.#outgoing.sequence, [...this.#log.unstable(), own]];',
    replace: 'return [this.#outgoing.sequence, []];',
    exposedBy: 'an owner that dies between two of its peers',
    seeds: 40,
    under: { acts: STRONG, faults: ['crash', 'delay'], everyMs: 60, pauseMs: 3 },
  },
  {
    name: 'writes of an owner that died unheard are not adopted',
    promise: 'P1',
    file: WRITES,
    find: 'this.#adoptOrphans();\n    if (view.state',
    replace: 'if (view.state',
    exposedBy: 'an owner that joins, writes and dies before one of the members has heard of it',
    seeds: 20,
    under: { acts: STRONG, faults: ['unheard'], everyMs: 150, nodes: 3, seconds: 3, pauseMs: 15 },
  },
  {
    name: 'a view that lists who leaves has the epoch of the one before',
    promise: 'P1',
    file: 'src/cluster/authority.ts',
    find: 'this.#view = { epoch: this.#view.epoch + 1, cause, members };',
    replace: "this.#view = { epoch: this.#view.epoch + (cause.startsWith('leave ') ? 0 : 1), cause, members };",
    exposedBy: 'an orderly stop',
    seeds: 20,
    under: { faults: ['stop'] },
  },
];

export const LATE_JOIN: readonly PlantedFault[] = [
  {
    name: 'the donor begins its snapshot before its flush is complete',
    promise: 'P6',
    file: CATCH_UP,
    find: 'if (!this.#membership.isFlushed || this.#membership.view.epoch < epoch) {',
    replace: 'if (false) {',
    exposedBy: 'a joiner under write load, while a member has not heard of it yet',
    seeds: 60,
    under: { acts: STRONG, faults: ['crash', 'add', 'delay', 'pause'], everyMs: 30, pauseMs: 3 },
  },
  {
    name: 'a joiner says at once that it has everything',
    promise: 'P6',
    file: CATCH_UP,
    find: 'return this.#done ? 0 : 1;',
    replace: 'return 0;',
    exposedBy: 'a joiner whose question for the snapshot is slow on its way',
    seeds: 40,
    under: { acts: STRONG, faults: ['add', 'crash', 'delay'], everyMs: 60 },
  },
  {
    name: 'a learner keeps no graves',
    promise: 'P6',
    file: WRITES,
    find: 'for (const table of this.#tables) table.beginLearning();',
    replace: '{}',
    exposedBy: 'a delete that overtakes the snapshot with the entry',
    seeds: 60,
    under: {
      acts: ['put', 'delete', 'load', 'unload'],
      faults: ['add', 'crash', 'delay'],
      everyMs: 40,
      pauseMs: 3,
    },
  },
];
