/**
 * At most one: of a singleton and of a server per key, one instance at any instant handles messages and has effects through
 * the node. Once another instance has handled something, the one before may neither handle anything nor have an effect, also
 * not behind an await of its own.
 */
import type { Happening } from '../history.ts';
import type { Checker, Violation } from './violation.ts';

const P8 = 'P8: a server runs at most once at any time, and has effects through its node only while it runs';

/** What counts as running: a message taken up, or an effect that the node let through. */
const RUNS = ['server turn', 'server effect'] as const;

export const checkEffects: Checker = (history) => {
  const present = new Map<string, Happening>();
  const replacedBy = new Map<unknown, Happening>();
  const violations: Violation[] = [];
  const blamed = new Set<unknown>();
  for (const happening of history.all(...RUNS)) {
    const { kind, key, instance } = happening.details;
    const server = `${String(kind)}/${String(key)}`;
    const other = replacedBy.get(instance);
    if (other && !blamed.has(instance)) {
      blamed.add(instance);
      const what = happening.what === 'server turn' ? 'handled a message' : 'had an effect';
      const problem = `an instance of ${server} on ${happening.node} ${what} after the next one, on ${other.node}, had begun`;
      violations.push({ promise: P8, problem, matters: [other, happening] });
    }
    if (other) continue;
    const before = present.get(server);
    if (before && before.details.instance !== instance) replacedBy.set(before.details.instance, happening);
    present.set(server, happening);
  }
  return violations;
};
