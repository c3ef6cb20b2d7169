/** Planted faults of merged and owned tables and of names (P4, P5, P7) are caught. */
import { MERGED, NAMES, OWNED } from './catalogue/index.ts';
import { testPlanted } from './planted.ts';

testPlanted([...MERGED, ...OWNED, ...NAMES]);
