/** Planted faults of leases, evictions and heals (P8, P13, P14) are caught. */
import { BUSY, FENCED, HEALED } from './catalogue/index.ts';
import { testPlanted } from './planted.ts';

testPlanted([...FENCED, ...BUSY, ...HEALED]);
