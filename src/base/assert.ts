/** Broken invariants. An `AssertionFailed` is a fault in Muster, never in what a user passed in. */
import { MusterError } from './errors.ts';

export class AssertionFailed extends MusterError {
  constructor(message: string, details: Record<string, unknown> = {}) {
    super('AssertionFailed', `broken invariant: ${message}`, details);
  }
}

export function assert(condition: unknown, message: string, details?: Record<string, unknown>): asserts condition {
  if (!condition) throw new AssertionFailed(message, details);
}
