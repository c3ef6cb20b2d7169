/** The architecture's rules see what they claim to see: each is handed small fake trees with a fault planted. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { checkAmbient } from './ambient.ts';
import { checkCycles, checkDirections } from './directions.ts';
import { importsOf } from './imports.ts';
import { checkModuleState } from './module-state.ts';
import { readTree, show } from './source-tree.ts';

type Files = Record<string, string>;

function lines(violations: Parameters<typeof show>[0][]): string[] {
  return violations.map(show);
}

function directions(files: Files): string[] {
  return lines(checkDirections(new Map(Object.entries(files))));
}

async function ambient(source: string, path = 'src/node/core.ts'): Promise<string[]> {
  return lines(await checkAmbient(new Map([[path, source]])));
}

async function state(source: string): Promise<string[]> {
  return lines(await checkModuleState(new Map([['src/cluster/host.ts', source]])));
}

const EMPTY = 'export {};';

describe('directions', () => {
  const forbidden: [from: string, to: string, why: string][] = [
    ['src/base/ids.ts', 'src/ports/index.ts', 'base must not import ports'],
    ['src/ports/clock.ts', 'src/node/index.ts', 'ports must not import node'],
    ['src/node/core.ts', 'src/services/membership/index.ts', 'node must not import membership'],
    ['src/services/membership/service.ts', 'src/services/pubsub/index.ts', 'membership must not import pubsub'],
    ['src/services/tables/state.ts', 'src/services/cache/declaration.ts', 'tables must not import cache'],
    ['src/services/sequences/service.ts', 'src/services/servers/index.ts', 'sequences must not import servers'],
    ['src/services/servers/service.ts', 'src/services/index.ts', 'servers must not import services'],
    ['src/services/servers/service.ts', 'src/services/app.ts', 'servers must not import services'],
    ['src/services/runtime.ts', 'src/transports/threads/index.ts', 'services must not import transports/threads'],
    ['src/services/declaration.ts', 'src/services/pubsub/topic.ts', 'declarations must not import pubsub'],
    ['src/transports/threads/mesh.ts', 'src/transports/simulation/index.ts', 'must not import transports/simulation'],
    ['src/transports/simulation/world.ts', 'src/node/index.ts', 'transports/simulation must not import node'],
    ['src/cluster/host.ts', 'src/lobby/index.ts', 'cluster must not import lobby'],
    ['src/cluster/host.ts', 'src/edges/cli/index.ts', 'cluster must not import edges/cli'],
    ['src/lobby/login.ts', 'src/cluster/index.ts', 'lobby must not import cluster'],
    ['src/lobby/login.ts', 'src/node/index.ts', 'lobby must not import node'],
    ['src/lobby/login.ts', 'src/edges/gateway/index.ts', 'lobby must not import edges/gateway'],
    ['src/index.ts', 'src/edges/cli/index.ts', 'library must not import edges/cli'],
    ['src/cluster/host.ts', 'workers/node.ts', 'cluster must not import workers'],
  ];
  for (const [from, to, why] of forbidden) {
    test(`${from} -> ${to} is seen`, () => {
      const depth = '../'.repeat(from.split('/').length - 1);
      const found = directions({ [from]: `// first\nimport '${depth}${to}';`, [to]: EMPTY });
      assert.equal(found.length, 1, found.join('\n'));
      assert.match(found[0]!, new RegExp(`^${from}:2 `));
      assert.ok(found[0]!.includes(why), found[0]);
    });
  }

  test('what the design allows passes', () => {
    assert.deepEqual(
      directions({
        'src/base/index.ts': EMPTY,
        'src/ports/index.ts': `import type { A } from '../base/index.ts';`,
        'src/node/index.ts': `import '../ports/index.ts';`,
        'src/services/declaration.ts': `import '../base/index.ts'; import * as z from 'zod';`,
        'src/services/membership/view.ts': EMPTY,
        'src/services/membership/index.ts': `import '../../node/index.ts'; export * from './view.ts';`,
        'src/services/servers/index.ts': `import '../membership/view.ts'; import '../membership/index.ts';`,
        'src/services/runtime.ts': `import './servers/index.ts'; import './declaration.ts';`,
        'src/services/index.ts': `export * from './runtime.ts'; export * from './membership/view.ts';`,
        'src/transports/threads/index.ts': `import 'node:worker_threads'; import '../../ports/index.ts';`,
        'src/cluster/index.ts': `import '../services/index.ts'; import '../transports/threads/index.ts';`,
        'src/lobby/index.ts': `import '../services/index.ts';`,
        'src/edges/cli/index.ts': `import '../../cluster/index.ts'; import '../../lobby/index.ts'; import 'node:fs';`,
        'src/index.ts': `export * from './cluster/index.ts'; export * from './services/index.ts';`,
        'workers/node.ts': `import '../src/transports/threads/index.ts';`,
      }),
      [],
    );
  });

  test('a door is not to be climbed around', () => {
    const found = directions({ 'src/cluster/host.ts': `import '../base/ids.ts';`, 'src/base/ids.ts': EMPTY });
    assert.match(found.join('\n'), /src\/base\/ids\.ts is inside base: import src\/base\/index\.ts/);
    const inner = `import '../tables/state.ts';`;
    assert.equal(directions({ 'src/services/cache/a.ts': inner, 'src/services/tables/state.ts': EMPTY }).length, 1);
  });

  test('a file on no floor, and an import of a file that is not there, are seen', () => {
    assert.match(directions({ 'src/helpers.ts': EMPTY }).join('\n'), /stands on no floor/);
    assert.match(directions({ 'src/base/a.ts': `import './gone.ts';` }).join('\n'), /not among the sources/);
  });

  test('builtins, impure packages and computed imports are seen where no world may be named', () => {
    const file = 'src/lobby/a.ts';
    for (const source of [
      `import 'node:fs';`,
      `import type { Worker } from 'worker_threads';`,
      `import { wrap } from 'comlink';`,
      `const name = 'x'; await import(name);`,
      'await import(`node:` + name);',
    ]) {
      assert.equal(directions({ [file]: source }).length, 1, source);
    }
    assert.deepEqual(directions({ 'src/edges/gateway/a.ts': `import 'node:net'; import 'libsql';` }), []);
  });

  test('every form of import is seen, and none in comments, strings or templates', () => {
    const source = [
      `import a from './1.ts';`,
      `import type { b, c as d } from "./2.ts";`,
      `import e, {\n  type f,\n} from './3.ts';`,
      `import * as g from './4.ts';`,
      `import './5.ts';`,
      `export * from './6.ts';`,
      `export * as h from './7.ts';`,
      `export type { i } from './8.ts';`,
      `const j = await import('./9.ts');`,
      `type K = import('./10.ts').K;`,
      `export{l}from'./11.ts';`,
      `// import './no1.ts'`,
      `/* import './no2.ts' */ const m = "import './no3.ts'";`,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: source text that holds a template.
      "const n = `import './no4.ts' ${await import('./12.ts')} import './no5.ts'`;",
      `const o = /import '.\\/no6.ts' ["']/; import './13.ts';`,
      `export const from = 'x', p = 4 / 2; export default './no7.ts';`,
    ].join('\n');
    const found = importsOf('src/x.ts', source).map(({ target }) => target);
    const expected = Array.from({ length: 13 }, (_, at) => `src/${at + 1}.ts`);
    assert.deepEqual([...found].sort(), [...expected].sort());
  });

  test('the scanner misses no import that esbuild finds in the sources', async () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const tree = readTree(root, ['src', 'workers', 'test', 'benchmarks']);
    for (const path of [...tree.keys()].filter((name) => name.endsWith('.ts'))) {
      const { metafile } = await build({
        stdin: { contents: readFileSync(join(root, path), 'utf8'), loader: 'ts', sourcefile: path },
        bundle: true,
        external: ['*'],
        format: 'esm',
        platform: 'node',
        metafile: true,
        write: false,
        logLevel: 'silent',
      });
      const scanned = new Set(importsOf(path, tree.get(path)!).map(({ specifier }) => specifier));
      const seen = Object.values(metafile.inputs).flatMap(({ imports }) => imports.map((found) => found.path));
      const missed = seen.filter((specifier) => !scanned.has(specifier) && specifier !== '<runtime>');
      assert.deepEqual(missed, [], path);
    }
  });
});

describe('cycles', () => {
  const cycles = (files: Files): string[] => lines(checkCycles(new Map(Object.entries(files))));

  test('a circle through types and re-exports is seen', () => {
    const found = cycles({
      'src/base/a.ts': `import { b } from './b.ts';`,
      'src/base/b.ts': `export * from './c.ts';`,
      'src/base/c.ts': `\nimport type { A } from './a.ts';`,
    });
    assert.deepEqual(found, [
      'src/base/c.ts:2 closes an import cycle: src/base/a.ts -> src/base/b.ts -> src/base/c.ts -> src/base/a.ts',
    ]);
  });

  test('a file that imports itself is seen; a diamond is no circle', () => {
    assert.equal(cycles({ 'src/base/a.ts': `import './a.ts';` }).length, 1);
    const diamond = { 'src/1.ts': `import './2.ts'; import './3.ts';`, 'src/2.ts': `import './4.ts';` };
    assert.deepEqual(cycles({ ...diamond, 'src/3.ts': `import './4.ts';`, 'src/4.ts': EMPTY }), []);
  });
});

describe('ambient', () => {
  const forbidden = [
    'const t = Date.now();',
    'const d = new Date();',
    'const D = Date;',
    'const r = Math.random();',
    'const { random } = Math;',
    'setTimeout(() => {}, 1);',
    'const later = setInterval;',
    'setImmediate(() => {});',
    'const t = performance.now();',
    'const e = process.env.X;',
    'const id = crypto.randomUUID();',
    "console.log('x');",
    'const g = globalThis.Date;',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: source text that holds a template.
    'const name = `at ${Date.now()}`;',
    'class A { t = Date.now(); }',
    'const o = { process };',
    'new BroadcastChannel("x");',
  ];
  for (const source of forbidden) {
    test(`${source} is seen, with its line`, async () => {
      const found = await ambient(`type A = 1;\n\n${source}\n`);
      assert.equal(found.length, 1, found.join('\n'));
      assert.match(found[0]!, /^src\/node\/core\.ts:3 node must not use the ambient \w+; use /);
    });
  }

  test('what only looks like it passes', async () => {
    const source = `
      // Date.now() setTimeout process
      const text = 'Date.now()' + "process" + \`Math.random()\`;
      const pattern = /Date.now\\(\\) process/;
      interface Job { process: string; crypto?: Date }
      class Queue { process(): void {} setTimeout = 1; }
      function run(process: Job, performance = 2): number { return process.process.length + performance; }
      const made = new Date(0).getTime() + Date.UTC(2020, 1) + Math.floor(1.5) + new Queue().setTimeout;
      queueMicrotask(() => {});
      export { made, pattern, Queue, run, text };
      export const isDate = (value: unknown): value is Date => value instanceof Date;
    `;
    assert.deepEqual(await ambient(source), []);
  });

  test('edges, workers, transports and the host may use it', async () => {
    for (const path of ['src/edges/cli/a.ts', 'workers/a.ts', 'src/transports/threads/a.ts', 'src/cluster/a.ts']) {
      assert.deepEqual(await ambient('setTimeout(() => {}, Date.now());', path), [], path);
    }
  });
});

describe('module-level state', () => {
  const forbidden = [
    'let count = 0; export const next = () => ++count;',
    'export let count = 0;',
    'var seen;',
    'const seen = new Map<string, number>(); export const add = (k: string) => seen.set(k, 1);',
    'const queue: string[] = []; export function put(s: string) { queue.push(s); }',
    'const totals: Record<string, number> = {}; export const add = (k: string) => { totals[k] = 1; };',
    'const totals = { count: 0 }; export const add = () => { totals.count += 1; };',
    'const totals = { count: 0 }; export const add = () => totals.count++;',
    'const nested = { all: new Set() }; export const add = () => nested.all.add(1);',
    'const totals: Record<string, number> = {}; export const drop = (k: string) => { delete totals[k]; };',
    'export class Ids { static next = 0; make() { return Ids.next++; } }',
    'class Ids { static #all = new Map(); make() { Ids.#all.set(1, 2); } } export { Ids };',
  ];
  for (const source of forbidden) {
    test(`${source} is seen`, async () => {
      const found = await state(`\n${source}\n`);
      assert.equal(found.length, 1, found.join('\n') || 'nothing');
      assert.match(found[0]!, /^src\/cluster\/host\.ts:2 .* nodes share nothing$/);
    });
  }

  test('constants, tables, locals and fields pass', async () => {
    const source = `
      // let count = 0;
      const text = \`
let count = 0;
\`;
      const TABLE: Record<string, () => void> = { a() { let x = 0; x += 1; } };
      const NAMES = new Set(['a']);
      const known = NAMES.has('a') && [...NAMES].sort().length === 1 && TABLE['a'] === undefined;
      export class Box { static readonly limit = 3; #all = new Map(); put() { let n = 1; n++; this.#all.set(1, n); } }
      export function collect(): string[] { const out: string[] = []; out.push(text); return known ? out : []; }
    `;
    assert.deepEqual(await state(source), []);
  });
});
