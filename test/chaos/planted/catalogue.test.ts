/** The catalogue of planted faults: every promise has one, each finds its place, and one that does not says so by name. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { transform } from 'esbuild';
import { bundleFolder, bundleHunt } from './build.ts';
import * as catalogue from './catalogue/index.ts';
import { NotPlanted, type PlantedFault, plant, sourceOf } from './fault.ts';

const ALL: readonly PlantedFault[] = Object.values(catalogue).flat();

test('every promise has a planted fault', () => {
  const promises = new Set(ALL.map(({ promise }) => promise));
  for (let number = 1; number <= 14; number++) assert.ok(promises.has(`P${number}`), `none for P${number}`);
});

test('names of faults are unique', () => {
  assert.equal(new Set(ALL.map(({ name }) => name)).size, ALL.length);
});

test('every fault finds its place in the source exactly once, and changes it to what still compiles', async () => {
  for (const fault of ALL) {
    const source = await readFile(sourceOf(fault.file), 'utf8');
    const planted = plant(fault, source);
    assert.notEqual(planted, source, fault.name);
    await assert.doesNotReject(transform(planted, { loader: 'ts', logLevel: 'silent' }), fault.name);
  }
});

test('a rule that was moved, or that is there twice, fails by the name of its fault', async () => {
  const fault = { ...ALL[0]!, name: 'nothing is checked', find: 'this text is nowhere' };
  assert.throws(() => plant(fault, 'elsewhere'), {
    name: 'Error',
    message: /"nothing is checked" .* finds it 0 times/,
  });
  assert.throws(() => plant({ ...fault, find: 'a' }, 'aa'), NotPlanted);
  await using folder = await bundleFolder();
  await assert.rejects(bundleHunt(folder.path, fault), /"nothing is checked" must find its place in .* exactly once/);
});
