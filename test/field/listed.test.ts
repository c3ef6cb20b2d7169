/** docs/field.md cannot go stale: all rows are there, and every test it names is where it says. So with docs/guarantees.md. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const ROWS = 28;
const PROMISES = 14;

function textOf(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

interface Row {
  readonly title: string;
  readonly body: string;
}

/** The sections of a page under headings of the second order. */
function sectionsOf(page: string): Row[] {
  const [, ...sections] = page.split(/^## /m);
  return sections.map((section) => {
    const end = section.indexOf('\n');
    return { title: section.slice(0, end), body: section.slice(end) };
  });
}

/** `- \`file\`: \`name of the test\`` */
function testsIn(body: string): { file: string; name: string }[] {
  return [...body.matchAll(/^- `(test\/[^`]+)`: `(.+)`$/gm)].map(([, file, name]) => ({ file: file!, name: name! }));
}

/** What of the tests named is not in its file. */
function missing(tests: readonly { file: string; name: string }[]): string[] {
  return tests.flatMap(({ file, name }) => {
    if (!existsSync(new URL(`../../${file}`, import.meta.url))) return [`${file} does not exist`];
    const text = textOf(file);
    const isThere = ["'", '"', '`'].some((quote) => text.includes(`${quote}${name}${quote}`));
    return isThere ? [] : [`${file} has no test called ${name}`];
  });
}

test('docs/field.md has the 28 rows in order, each with what went wrong, what is done here, and tests', () => {
  const rows = sectionsOf(textOf('docs/field.md'));
  assert.deepEqual(
    rows.map(({ title }) => title),
    Array.from({ length: ROWS }, (_, at) => `F${at + 1}`),
  );
  for (const { title, body } of rows) {
    assert.match(body, /^Theirs: /m, title);
    assert.match(body, /^Here: /m, title);
    assert.ok(testsIn(body).length > 0, `${title} names no test`);
  }
});

test('every test that docs/field.md names exists, under exactly that name', () => {
  assert.deepEqual(missing(testsIn(textOf('docs/field.md'))), []);
});

test('every test of a row that is written for it, F1 to F28, is on the page', () => {
  const page = textOf('docs/field.md');
  for (const file of ['caches', 'moves', 'names', 'nodes']) {
    for (const [, name] of textOf(`test/field/${file}.test.ts`).matchAll(/'(F\d+: .+)'/g)) {
      assert.ok(page.includes(`\`${name}\``), `${file}.test.ts: ${name}`);
    }
  }
});

test('docs/guarantees.md has the 14 promises in order, and the test files it names exist', () => {
  const page = textOf('docs/guarantees.md');
  const promises = sectionsOf(page).filter(({ title }) => /^P\d+/.test(title));
  assert.deepEqual(
    promises.map(({ title }) => /^P\d+/.exec(title)![0]),
    Array.from({ length: PROMISES }, (_, at) => `P${at + 1}`),
  );
  for (const { title, body } of promises) {
    for (const part of ['Costs', 'Not promised', 'Checked by'])
      assert.match(body, new RegExp(`^\\*${part}\\.\\*`, 'm'), title);
  }
  const files = [...page.matchAll(/`((?:test|src)\/[^`*{}]+\.ts)`/g)].map(([, file]) => file!);
  assert.ok(files.length > PROMISES);
  assert.deepEqual(
    files.filter((file) => !existsSync(new URL(`../../${file}`, import.meta.url))),
    [],
  );
});

test('a file or a name that is not there is found', () => {
  const name = ['a test that nobody', 'wrote'].join(' ');
  const bad = `- \`test/field/none.test.ts\`: \`F1: a\`\n- \`test/field/listed.test.ts\`: \`${name}\``;
  assert.deepEqual(missing(testsIn(bad)), [
    'test/field/none.test.ts does not exist',
    `test/field/listed.test.ts has no test called ${name}`,
  ]);
});
