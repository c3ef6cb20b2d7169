/** Planted faults of servers and their moves (P8, P9) are caught. */
import { AT_MOST_ONE, MOVED } from './catalogue/index.ts';
import { testPlanted } from './planted.ts';

testPlanted([...AT_MOST_ONE, ...MOVED]);
