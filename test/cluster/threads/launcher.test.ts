/** Lives as threads: control, ends and their reasons, wiring, and that nothing is left behind. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Launcher, NodeLife } from '../../../src/cluster/launcher.ts';
import { bundleApp } from '../../../src/cluster/threads/bundle.ts';
import { createThreadsLauncher, type ThreadsOptions } from '../../../src/cluster/threads/launcher.ts';
import { startCluster } from '../../../src/index.ts';
import { timingOf } from '../../../src/services/index.ts';

const APP = `import { defineApp } from 'muster';
export default defineApp({ uses: [] });
`;

describe('threads launcher', () => {
  let folder: string;
  let app: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'muster-launcher-'));
    app = await write('app.ts', APP);
  });
  after(() => rm(folder, { recursive: true }));

  async function write(name: string, text: string): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  }

  async function withLauncher(
    options: Partial<ThreadsOptions>,
    body: (launcher: Launcher) => Promise<void>,
  ): Promise<void> {
    const launcher = await createThreadsLauncher({ app, logLevel: 'error', ...options });
    try {
      await body(launcher);
    } finally {
      await launcher.close();
    }
  }

  function launch(launcher: Launcher, id: string): NodeLife {
    return launcher.launch({ id, incarnation: 1, settings: { greeting: 'hello' }, faults: [], timing: timingOf() });
  }

  it('run: a function sent as text gets the node and its arguments; its result and its error come back', async () => {
    await withLauncher({}, async (launcher) => {
      const { control, address } = launch(launcher, 'n1');
      assert.equal(address, 'n1#1');
      const source = ((node: { id: string; settings: unknown }, word: string) => {
        function named(): unknown {
          return { id: node.id, settings: node.settings, word };
        }
        return named();
      }).toString();
      const wanted = { id: 'n1', settings: { greeting: 'hello' }, word: 'x' };
      assert.deepEqual(await control.run(source, ['x']), wanted);
      await assert.rejects(control.run('() => { throw new RangeError("too far"); }', []), {
        code: 'RangeError',
        message: 'too far',
      });
      await assert.rejects(control.run('not a function', []), { code: 'InvalidValue' });
      await assert.rejects(control.run('() => () => 1', []), (error: Error) => error.message.length > 0);
    });
  });

  it('a node starts though what it runs was removed from the cache since the cluster began', async () => {
    const { kept } = await bundleApp(app);
    {
      await using cluster = await startCluster({ nodes: 1, app });
      await cluster.waitFor('what was compiled is kept', () => existsSync(kept.compiledPath));
    }
    await withLauncher({}, async (launcher) => {
      await launch(launcher, 'n1').control.inspect({});
      await Promise.all([kept.path, `${kept.path}.map`, kept.compiledPath].map((file) => rm(file, { force: true })));
      const { gauges } = await launch(launcher, 'n2').control.inspect({});
      assert.ok(gauges.heapUsedBytes! > 0);
    });
  });

  it('what a start compiled is kept for the next one, and made again when it is of no use', async () => {
    const own = await write('compiles.ts', APP);
    const { kept } = await bundleApp(own);
    const starts = async (): Promise<void> => {
      await using cluster = await startCluster({ nodes: 1, app: own });
      await cluster.waitFor('what was compiled is kept', () => existsSync(kept.compiledPath));
    };
    await rm(kept.compiledPath, { force: true });
    await starts();
    const compiled = await readFile(kept.compiledPath);
    const used = await stat(kept.compiledPath);
    await starts();
    assert.equal((await stat(kept.compiledPath)).ino, used.ino, 'it was used, not written again');
    // V8 would run into what is missing here, and take the process along.
    const damaged = Buffer.from(compiled).fill(0, compiled.length / 2, compiled.length / 2 + 4_096);
    for (const [what, bytes] of Object.entries({ damaged, cut: compiled.subarray(0, 10_000), 'none of it': 'text' })) {
      await writeFile(kept.compiledPath, bytes);
      await using cluster = await startCluster({ nodes: 1, app: own });
      const isWhole = (): boolean => existsSync(kept.compiledPath) && statSync(kept.compiledPath).size > 100_000;
      await cluster.waitFor(
        `${what} was made again`,
        () => isWhole() && !readFileSync(kept.compiledPath).equals(damaged),
      );
    }
  });

  it('a package that stays outside is imported by a script when it is needed, and by a module at once', async () => {
    const later = `import { defineApp } from 'muster';
export default defineApp({ uses: [] });
export const load = async () => typeof (await import('pino')).default;`;
    const atOnce = `import { defineApp } from 'muster';
import pino from 'pino';
export default defineApp({ uses: [] });
export const load = async () => typeof pino;`;
    for (const [name, text] of Object.entries({ 'later.ts': later, 'at-once.ts': atOnce })) {
      await withLauncher({ app: await write(name, text) }, async (launcher) => {
        assert.equal(await launch(launcher, 'n1').control.run('() => load()', []), 'function', name);
      });
    }
  });

  it('what runs from the cache imports as what was compiled anew does: the app, and functions sent to it', async () => {
    const own = await write(
      'imports.ts',
      `import { defineApp } from 'muster';
export default defineApp({ uses: [] });
export const load = async () => typeof (await import('pino')).default + " import('no') ";`,
    );
    const { kept } = await bundleApp(own);
    await rm(kept.compiledPath, { force: true });
    for (const from of ['source', 'cache']) {
      await using cluster = await startCluster({ nodes: 1, app: own });
      const load = new Function('return load()') as () => Promise<string>;
      assert.equal(await cluster.run('n1', load), "function import('no') ", from);
      assert.equal(await cluster.run('n1', async () => typeof (await import('node:os')).cpus), 'function', from);
      await cluster.waitFor('what was compiled is kept', () => existsSync(kept.compiledPath));
    }
  });

  it('an import whose target shows at run time is relative to the app, and has its attributes', async () => {
    await write('beside.mjs', 'export const word = "beside";');
    await write('data.json', '{"number":7}');
    const own = await write(
      'variable.ts',
      `import { defineApp } from 'muster';
export default defineApp({ uses: [] });
const [beside, data] = ['./beside.mjs', './data.json'];
export const load = async () => {
  const json = await import(new URL(data, import.meta.url).href, { with: { type: 'json' } });
  return [(await import(beside)).word, json.default.number];
};`,
    );
    await withLauncher({ app: own }, async (launcher) => {
      assert.deepEqual(await launch(launcher, 'n1').control.run('() => load()', []), ['beside', 7]);
    });
  });

  it('a crash names the place in the app, whatever the folder is called', async () => {
    const place = join(folder, 'ü (x) #1 50%');
    await mkdir(place);
    const own = join(place, 'late.ts');
    await writeFile(
      own,
      `import { defineApp } from 'muster';
export default defineApp({ uses: [] });
export const late = () => void setImmediate(() => { throw new Error('too late'); });`,
    );
    await withLauncher({ app: own }, async (launcher) => {
      const life = launch(launcher, 'n1');
      await life.control.run('() => late()', []);
      assert.deepEqual(await life.exited, { kind: 'crashed', message: `too late (${own}:3:59)` });
    });
  });

  it('an error that an app throws later has the place in its file, in a script and in a module', async () => {
    const text = `import { defineApp } from 'muster';
export default defineApp({ uses: [] });
interface Nothing {}
export function fail(_: Nothing): never { throw new Error('out of order'); }
export const stack = () => { try { fail({}); } catch (error) { return (error as Error).stack; } };
`;
    for (const [name, before] of Object.entries({ 'script.ts': '', 'module.ts': 'await Promise.resolve();' })) {
      const file = await write(name, `${before}${text}`);
      await withLauncher({ app: file }, async (launcher) => {
        const stack = String(await launch(launcher, 'n1').control.run('() => stack()', []));
        const [head, place] = stack.split('\n');
        assert.equal(head, 'Error: out of order');
        assert.match(place!, new RegExp(`^    at .*fail.* \\((?:file://)?${file}:4:49\\)$`), name);
      });
    }
  });

  it('inspect: carries the event-loop delay, which shows a pause', async () => {
    await withLauncher({}, async (launcher) => {
      const { control } = launch(launcher, 'n1');
      await control.inspect({});
      await control.pause(300);
      const { gauges } = await control.inspect({});
      assert.ok(gauges.eventLoopDelayMs! >= 200, `delay ${gauges.eventLoopDelayMs}`);
      assert.ok(gauges.heapUsedBytes! > 0);
    });
  });

  it('kill: the life is told as killed; its calls reject with NodeDown, unknown before and not-run after', async () => {
    await withLauncher({}, async (launcher) => {
      const life = launch(launcher, 'n1');
      await life.control.inspect({});
      const hanging = life.control.run('() => new Promise(() => {})', []);
      const rejected = assert.rejects(hanging, { code: 'NodeDown', outcome: 'unknown' });
      assert.equal((await life.kill()).kind, 'killed');
      await rejected;
      await assert.rejects(life.control.inspect({}), { code: 'NodeDown', outcome: 'not-run' });
    });
  });

  it('kill ends a node whose event loop is blocked for ever', async () => {
    await withLauncher({}, async (launcher) => {
      const life = launch(launcher, 'n1');
      await life.control.inspect({});
      const blocked = assert.rejects(life.control.run('() => { for (;;); }', []), { code: 'NodeDown' });
      assert.equal((await life.kill()).kind, 'killed');
      await blocked;
    });
  });

  it('an error nobody caught and a rejection nobody handled crash that node alone, with their message', async () => {
    await withLauncher({}, async (launcher) => {
      const lives = ['n1', 'n2', 'n3'].map((id) => launch(launcher, id));
      const [first, second, third] = lives as [NodeLife, NodeLife, NodeLife];
      await first.control.run('() => void setImmediate(() => { throw new Error("out of hand"); })', []);
      assert.deepEqual(await first.exited, { kind: 'crashed', message: 'out of hand' });
      await second.control.run('() => void Promise.reject(new Error("never handled"))', []).catch(() => {});
      assert.deepEqual(await second.exited, { kind: 'crashed', message: 'never handled' });
      await third.control.inspect({});
      await third.control.run('() => void setImmediate(() => process.exit(3))', []).catch(() => {});
      assert.deepEqual(await third.exited, { kind: 'crashed', message: 'it exited with code 3' });
    });
  });

  it('an app that throws while loading, or is no app, ends the life with one sentence that names the file', async () => {
    const failing = await write(
      'failing.ts',
      `const a: number = 1;\nif (a) throw new TypeError('no database\\nmore');\n`,
    );
    await withLauncher({ app: failing }, async (launcher) => {
      const exit = await launch(launcher, 'n1').exited;
      assert.deepEqual(exit, {
        kind: 'crashed',
        message: `the app ${failing} failed while loading: no database (${failing}:2:14)`,
      });
    });
    const none = await write('none.ts', 'export default 12;\n');
    await withLauncher({ app: none }, async (launcher) => {
      const exit = await launch(launcher, 'n1').exited;
      assert.equal(exit.kind, 'crashed');
      assert.match(exit.message, /^the app .*none\.ts: its default export is not an app/);
    });
  });

  it('an app whose loading never ends by itself, or ends the thread, crashes that life with the name of the file', async () => {
    const waiting = await write('waiting.ts', `await new Promise(() => {});\nexport {};\n`);
    await withLauncher({ app: waiting }, async (launcher) => {
      const exit = await launch(launcher, 'n1').exited;
      assert.equal(exit.kind, 'crashed');
      assert.match(exit.message, /^the app .*waiting\.ts ended its thread while loading \(code 13\)$/);
    });
  });

  it('what nodes print reaches the output, and standard output stays clean', async () => {
    let printed = '';
    await withLauncher({ onOutput: (chunk) => (printed += Buffer.from(chunk)) }, async (launcher) => {
      const { control } = launch(launcher, 'n1');
      await control.run('() => { console.log("to out"); console.error("to error"); }', []);
      const deadline = Date.now() + 5_000;
      const complete = (): boolean => printed.includes('to out') && printed.includes('to error');
      while (!complete() && Date.now() < deadline) await control.inspect({});
      assert.match(printed, /to out/);
      assert.match(printed, /to error/);
    });
  });

  it('all lives share the store in memory, and it is another one for the next cluster', async () => {
    for (const expected of [
      [1, 11],
      [1, 11],
    ]) {
      await withLauncher({ data: 'memory' }, async (launcher) => {
        const lives = ['n1', 'n2'].map((id) => launch(launcher, id));
        const firsts: unknown[] = [];
        for (const { control } of lives) firsts.push(await control.run('(node) => node.store.reserve("ids", 10)', []));
        assert.deepEqual(firsts, expected);
      });
    }
  });

  it('nodes killed while they use the store harm neither the process nor the store', async () => {
    await withLauncher({ data: 'memory' }, async (launcher) => {
      const busy = `(node) => {
        const again = () => node.store.reserve('ids', 1).then(again);
        for (let at = 0; at < 4; at++) void again();
      }`;
      for (let incarnation = 1; incarnation <= 3; incarnation++) {
        const lives = ['n1', 'n2'].map((id) =>
          launcher.launch({ id, incarnation, settings: {}, faults: [], timing: timingOf() }),
        );
        for (const { control } of lives) await control.run(busy, []);
        for (const life of lives) await life.control.inspect({});
        await Promise.all(lives.map((life) => life.kill()));
      }
      const { control } = launch(launcher, 'n3');
      assert.ok(Number(await control.run('(node) => node.store.reserve("ids", 1)', [])) > 12);
    });
  });

  it('process.exit while a statement runs ends the process with that code', async () => {
    const script = `
      import { createThreadsLauncher } from ${JSON.stringify(new URL('../../../src/cluster/threads/launcher.ts', import.meta.url).href)};
      const launcher = await createThreadsLauncher({ app: ${JSON.stringify(app)}, data: 'memory', logLevel: 'error' });
      const { control } = launcher.launch({ id: 'n1', incarnation: 1, settings: {}, faults: [], timing: ${JSON.stringify(timingOf())} });
      const count = 'WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 20000) SELECT count(*) FROM n';
      await control.run('async (node, sql) => { const again = () => node.store.query(sql).then(again); for (let at = 0; at < 8; at++) void again(); await node.store.query(sql); }', [count]);
      process.exit(7);`;
    const file = await write('exits.mjs', script);
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (chunk) => (errors += chunk));
    const [code, signal] = await once(child, 'exit');
    assert.deepEqual({ code, signal, errors }, { code: 7, signal: null, errors: '' });
  });

  it('a data file that is not ours, or settings that are no plain data, are refused', async () => {
    const notes = await write('notes.db', 'notes '.repeat(1_000));
    await assert.rejects(createThreadsLauncher({ app, data: notes }), {
      code: 'StoreFailed',
      message: `the data file ${notes}: it is not a SQLite database`,
    });
    await withLauncher({}, async (launcher) => {
      const settings = { when: new Date() };
      assert.throws(() => launcher.launch({ id: 'n1', incarnation: 1, settings, faults: [], timing: timingOf() }), {
        code: 'InvalidValue',
      });
    });
  });

  it('close ends every life, is fine twice, and leaves nothing that keeps the process', async () => {
    const before = resources();
    const launcher = await createThreadsLauncher({ app, data: 'memory', logLevel: 'error' });
    const lives = ['n1', 'n2', 'n3'].map((id) => launch(launcher, id));
    await lives[0]!.control.inspect({});
    await Promise.all([launcher.close(), launcher.close()]);
    for (const { exited } of lives) assert.equal((await exited).kind, 'killed');
    assert.throws(() => launch(launcher, 'n4'), { code: 'Closed' });
    const deadline = Date.now() + 5_000;
    while (resources() > before && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 1));
    assert.ok(resources() <= before, `left: ${process.getActiveResourcesInfo().join(', ')}`);
  });
});

function resources(): number {
  const keeping = process.getActiveResourcesInfo().filter((name) => /MessagePort|Worker|BroadcastChannel/i.test(name));
  return keeping.length;
}
