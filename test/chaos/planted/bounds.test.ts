/** Planted faults of sequences, deadlines and bounds (P2, P10, P11, P12) are caught. */
import { BOUNDS, DEADLINES, SEQUENCES } from './catalogue/index.ts';
import { testPlanted } from './planted.ts';

testPlanted([...SEQUENCES, ...DEADLINES, ...BOUNDS]);
