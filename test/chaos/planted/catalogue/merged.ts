/** Faults planted against P4: merged caches. */
import type { PlantedFault } from '../fault.ts';

const TABLE = 'src/services/tables/merged-table.ts';
const TABLES = 'src/services/tables/merged-tables.ts';
const REPAIR = 'src/services/tables/merged-repair.ts';
const COLUMNS = 'src/services/tables/merged-columns.ts';
const ACTS = ['merged put', 'merged delete'];

export const MERGED: readonly PlantedFault[] = [
  {
    name: 'stamps have no tie-break by origin',
    promise: 'P4',
    file: COLUMNS,
    find: 'return this.origin(slot) < origin;',
    replace: 'return false;',
    exposedBy: 'two nodes that put a key in the same millisecond',
    seeds: 20,
    under: { acts: ACTS, faults: [], pauseMs: 4, seconds: 1 },
  },
  {
    name: 'a node does not observe the stamps of others',
    promise: 'P4',
    file: TABLES,
    find: 'this.#clock.observe(time, count);\n    if (sequence > progress.seen)',
    replace: 'void [time, count];\n    if (sequence > progress.seen)',
    exposedBy: 'a put by a node whose clock is behind, over what came from elsewhere',
    seeds: 20,
    under: { acts: ACTS, faults: ['clock'], everyMs: 300, pauseMs: 40 },
  },
  {
    name: 'what comes last wins',
    promise: 'P4',
    file: TABLE,
    find: 'if (known !== NO_SLOT && !columns.isOlder(known, time, count, origin)) return false;',
    replace: '',
    exposedBy: 'two puts that cross',
    seeds: 20,
    under: { acts: ACTS, faults: [], pauseMs: 5, seconds: 1 },
  },
  {
    name: 'tombstones are forgotten at the next sweep',
    promise: 'P4',
    file: TABLE,
    find: 'if (ended >= horizon || !everybodyHas(columns.origin(slot) as Address, columns.sequence(slot))) continue;',
    replace: 'void [ended, horizon, everybodyHas];',
    exposedBy: 'a partition that outlasts the sweep, with a delete on one side',
    seeds: 40,
    under: { acts: ACTS, faults: ['partition'], everyMs: 1_500, seconds: 6, pauseMs: 60 },
  },
  {
    name: 'what got lost is not given again',
    promise: 'P4',
    file: REPAIR,
    find: 'this.#give(peer, core.address, has, written());',
    replace: '',
    exposedBy: 'dropped frames',
    seeds: 20,
    under: { acts: ACTS, faults: ['drop', 'partition'] },
  },
  {
    name: 'what was skipped for want of credit is told as sent, and is not',
    promise: 'P4',
    file: REPAIR,
    find: 'this.#post(peer, table.number, write);\n    round.sent += 1;',
    replace: 'void [peer, round];',
    exposedBy: 'a put to a node that is paused, behind big messages',
    seeds: 20,
    under: {
      acts: ['flood', ...Array.from({ length: 30 }, () => 'merged put apart')],
      faults: ['pause'],
      everyMs: 40,
      leastMs: 300,
      pauseMs: 4,
      seconds: 3,
    },
  },
];
