/**
 * One test per planted fault: the build with the fault is caught, by the promise it breaks, within its seeds; and the very
 * seed that catches it passes in the build without.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bundleFolder, bundleHunt } from './build.ts';
import { runHunt, seedsUpTo } from './catch.ts';
import type { PlantedFault } from './fault.ts';

export function testPlanted(faults: readonly PlantedFault[]): void {
  let folder: Awaited<ReturnType<typeof bundleFolder>>;
  let asItIs: string;
  before(async () => {
    folder = await bundleFolder();
    asItIs = await bundleHunt(folder.path);
  });
  after(() => folder[Symbol.asyncDispose]());
  for (const fault of faults) {
    test(`${fault.promise}: ${fault.name}: shows in ${fault.exposedBy}`, async (t) => {
      const { seeds, under } = fault;
      const promise = fault.shownAs ?? fault.promise;
      const bundle = await bundleHunt(folder.path, fault);
      const found = await runHunt(bundle, { seeds: seedsUpTo(seeds), promise, under });
      assert.ok(
        found.seed !== undefined,
        `not caught within ${seeds} seeds; instead: ${found.others.join('; ') || 'nothing'}`,
      );
      t.diagnostic(`caught by seed ${found.seed}: ${found.problem}`);
      const control = await runHunt(asItIs, { seeds: [found.seed], promise: '', under });
      assert.equal(control.seed, undefined, `the same seed without the fault:\n${control.report}`);
    });
  }
}
