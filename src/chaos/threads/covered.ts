/** What the checkers of a run had to judge, by promise: how many of what. Pure. */
import type { History } from '../history.ts';

export interface Covered {
  readonly promise: string;
  readonly count: number;
  readonly what: string;
}

interface Row {
  readonly what: string;
  readonly operations?: readonly string[];
  readonly notes?: readonly string[];
}

const ROWS: Readonly<Record<string, Row>> = {
  P1: { what: 'views decided and installed', notes: ['decided', 'view'] },
  P2: { what: 'messages published and heard', operations: ['publish'], notes: ['heard'] },
  P4: { what: 'writes to a merged cache', operations: ['merged put', 'merged delete'] },
  P5: {
    what: 'operations on owned caches, changes applied and loads',
    operations: ['append', 'put', 'delete', 'read', 'insert', 'swap', 'get', 'claim slot', 'load', 'unload'],
    notes: ['applied', 'load begins'],
  },
  P7: { what: 'names registered and given up', operations: ['register', 'unregister'] },
  P8: { what: 'turns, starts and ends of servers', notes: ['server starts', 'server turn', 'server ends'] },
  P9: { what: 'calls to a server that keeps its state', operations: ['tally add'] },
  P10: { what: 'ids', operations: ['next id'] },
};

export function covered(history: History): Covered[] {
  const rows = Object.entries(ROWS).map(([promise, { what, operations = [], notes = [] }]) => {
    const count = history.of(...operations).length + history.all(...notes).length;
    return { promise, count, what };
  });
  return [...rows, { promise: 'P11', count: history.operations.length, what: 'operations against their deadlines' }];
}
