/** The house of the design, as a test: import directions, doors, cycles, ambient calls, module-level state. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { checkAmbient } from './architecture/ambient.ts';
import { checkCycles, checkDirections } from './architecture/directions.ts';
import { checkModuleState } from './architecture/module-state.ts';
import { readTree, show, type Violation } from './architecture/source-tree.ts';

const tree = readTree(fileURLToPath(new URL('..', import.meta.url)), ['src', 'workers']);

function assertNone(violations: readonly Violation[]): void {
  assert.equal(violations.length, 0, `\n${violations.map(show).join('\n')}\n`);
}

test('every import points down the house and goes through a door', () => assertNone(checkDirections(tree)));

test('no import cycles, types included', () => assertNone(checkCycles(tree)));

test('base, ports, node, services and lobby use no ambient time, randomness, timers or I/O', async () =>
  assertNone(await checkAmbient(tree)));

test('no module-level mutable state', async () => assertNone(await checkModuleState(tree)));
