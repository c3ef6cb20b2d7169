/** The README's example does what it says: its two files are taken from the text and run. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const LIBRARY = new URL('../src/index.ts', import.meta.url).href;
const TSX = new URL('../node_modules/tsx/dist/esm/index.mjs', import.meta.url).href;

function fileIn(readme: string, name: string): string {
  const block = new RegExp(`\`\`\`js\\n(// ${name.replace('.', '\\.')}\\n[^]*?)\`\`\``).exec(readme);
  assert.ok(block?.[1], `the README has a block that begins with // ${name}`);
  return block[1];
}

test("the README's example: a server's kept state is there after its node was killed", async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const folder = await mkdtemp(join(tmpdir(), 'muster-readme-'));
  try {
    await writeFile(join(folder, 'app.mjs'), fileIn(readme, 'app.mjs'));
    // Here nothing is installed under the name muster; in the app the bundler takes care of that.
    const main = fileIn(readme, 'main.mjs').replace("from 'muster'", `from ${JSON.stringify(LIBRARY)}`);
    await writeFile(join(folder, 'main.mjs'), main);
    const ran = await promisify(execFile)(process.execPath, ['--import', TSX, join(folder, 'main.mjs')], {
      timeout: 60_000,
    });
    assert.equal(ran.stdout, 'true\n');
    assert.match(ran.stderr, /alice@n1: hello/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
