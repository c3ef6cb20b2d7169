// Checks a benchmark's JSON: node .ci/check-bench.mjs FILE. The form is what other tools read; figures are not judged.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const { at, machine, results } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
for (const text of [at, machine]) assert.equal(typeof text, 'string', 'when and where it was measured');
assert.ok(Array.isArray(results) && results.length > 0, 'an array of results');
for (const result of results) {
  const { scenario, nodes, size, unit, better, ours, baselines, ratio } = result;
  const of = `in ${JSON.stringify(result)}`;
  for (const text of [scenario, unit]) assert.equal(typeof text, 'string', of);
  for (const number of [nodes, size]) assert.ok(Number.isFinite(number), of);
  assert.ok(better === 'higher' || better === 'lower', of);
  for (const figures of [ours, ...Object.values(baselines)]) {
    assert.ok(figures.min > 0 && figures.min <= figures.median && figures.median <= figures.max, of);
  }
  assert.deepEqual(Object.keys(ratio), Object.keys(baselines), of);
  for (const [name, value] of Object.entries(ratio)) {
    const expected = ours.median / baselines[name].median;
    assert.ok(Math.abs(value / expected - 1) < 0.01, `ratio of ${name} is ours / baseline, ${of}`);
  }
}
console.log(`${results.length} results, all well formed`);
