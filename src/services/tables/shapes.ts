/** Shapes of Muster's own messages, so that the codec need not spell their keys on the wire. */
import type { Shape } from '../../base/index.ts';

export const TABLE_SHAPES: readonly Shape[] = [
  ['kind', 'value', 'expires', 'match'],
  ['kind', 'value', 'expires', 'match', 'mark'],
  ['caller', 'number', 'doneBelow', 'outcome'],
  ['kind', 'match'],
  ['kind', 'value', 'expires'],
  ['kind', 'base', 'deleted', 'value', 'expires'],
  ['kind'],
  ['kind', 'loading'],
  ['kind', 'table', 'key'],
  ['kind', 'error'],
  ['kind', 'result'],
  ['kind', 'value', 'version', 'table', 'key'],
];
