/** Planted faults of publish and subscribe (P2, P3) are caught. */
import { INTEREST, PUBSUB } from './catalogue/index.ts';
import { testPlanted } from './planted.ts';

testPlanted([...PUBSUB, ...INTEREST]);
