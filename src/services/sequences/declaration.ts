/** Sequences: ids that are never issued twice in the cluster. */
import { InvalidValue } from '../../base/index.ts';
import type { Declaration } from '../declaration.ts';

export interface SequenceDeclaration extends Declaration {
  readonly kind: 'sequence';
  /**
   * Ids a node reserves at a time, or as many as are waited for; a node that dies leaves at most this many unused beside those
   * somebody on it was waiting for.
   */
  readonly block: number;
}

export function sequence(name: string, options: { block?: number; about: string }): SequenceDeclaration {
  const block = options.block ?? 1_000;
  if (!Number.isInteger(block) || block < 1)
    throw new InvalidValue(`sequence ${name}`, `block is a whole number from 1, got ${block}`);
  return { kind: 'sequence', name, about: options.about, block, schemas: [], fingerprint: String(block) };
}

export interface SequenceHandle {
  /**
   * The next id: a positive 31-bit integer, growing on this node, unique in the cluster, with gaps. Rejects when a block
   * cannot be reserved (`Timeout`, `StoreFailed`, `SequenceExhausted`); never falls back to a local counter.
   */
  next(): Promise<number>;
}
