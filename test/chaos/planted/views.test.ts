/** Planted faults of views and joins (P1, P6) are caught. */
import { LATE_JOIN, VIEWS } from './catalogue/index.ts';
import { testPlanted } from './planted.ts';

testPlanted([...VIEWS, ...LATE_JOIN]);
