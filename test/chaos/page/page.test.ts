/** The page of a failed run: it tells what broke, draws the time around it, and needs nothing but itself. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failurePage } from '../../../src/chaos/page/index.ts';
import { message, planted, REPLAY } from './planted.ts';

/** The part of the page that is shown at first. */
function around(html: string): string {
  return html.slice(html.indexOf('id="around"'), html.indexOf('id="everything"'));
}

function everything(html: string): string {
  return html.slice(html.indexOf('id="everything"'), html.indexOf('</main>'));
}

const count = (text: string, what: RegExp): number => [...text.matchAll(what)].length;

test('the top tells which promise, what was seen, what should have been, the seed and the command', () => {
  const html = failurePage(planted().failure);
  for (const expected of [
    'Promise <span class="code">P5</span> was broken',
    'no order of the operations explains #2',
    'Each key behaves as if there were one copy of it',
    'seed <b>42</b>',
    REPLAY,
    'partition, crash',
  ])
    assert.ok(html.includes(expected), expected);
});

test('what shows it is numbered in the list and in the diagram, with what happened in between', () => {
  const html = failurePage(planted().failure);
  const list = html.slice(html.indexOf('<ol>'), html.indexOf('</ol>'));
  assert.match(list, /class="number">1<[\s\S]*put a \(#1\)[\s\S]*class="number">2<[\s\S]*read a \(#2\)/);
  assert.match(list, /class="context"[\s\S]*n3#1[\s\S]*stands still for 40 ms/);
  for (const number of [1, 2])
    assert.match(around(html), new RegExp(`class="label marked"[^>]*>[\\s\\S]*?<text[^>]*>${number}</text>`));
});

test('the first diagram shows the time around it, with gaps; the other shows everything', () => {
  const html = failurePage(planted().failure);
  assert.equal(count(around(html), /class="m /g), 4, 'three messages about it and a beat');
  assert.equal(count(everything(html), /class="m[ "]/g), 5);
  assert.ok(count(around(html), /class="gap"/g) >= 1);
  assert.match(everything(html), /^id="everything" hidden><template>/);
});

test('messages that came, were dropped by a fault and were lost in a crash are told apart, and why', () => {
  const html = failurePage(planted().failure);
  const scene = around(html);
  assert.equal(count(scene, /class="m dropped about"/g), 1);
  assert.equal(count(scene, /class="m lost about"/g), 1);
  assert.equal(count(scene, /class="m arrived about"/g), 1);
  assert.equal(count(scene, /class="m arrived routine"/g), 1);
  assert.match(html, /the link n1 → n2 was cut/);
  assert.match(html, /its sender crashed/);
});

test('a partition colours both sides, a pause is hatched, a kill is a cross, views are marked', () => {
  const scene = around(failurePage(planted().failure));
  assert.equal(count(scene, /class="side side0"/g), 2, 'n1 and the authority');
  assert.equal(count(scene, /class="side side1"/g), 2, 'n2 and n3');
  assert.equal(count(scene, /class="fault partition"/g), 1);
  assert.equal(count(scene, /class="pause"/g), 1);
  assert.equal(count(scene, /class="death crashed"/g), 1);
  assert.ok(count(scene, /class="view"/g) >= 1);
});

test('it needs nothing from a network, and what was said cannot become markup', () => {
  const html = failurePage(planted().failure);
  assert.equal(count(html, /(?:src|href)=|@import|url\((?!#)|fetch\(|https?:(?!\/\/www\.w3\.org\/2000\/svg)/g), 0);
  assert.ok(html.includes('&lt;b&gt;null'));
  assert.ok(!html.includes('<b>null'));
  assert.equal(count(html, /<\/script>/g), 2);
});

test('a violation with nothing to point at shows everything', () => {
  const { failure } = planted();
  const bare = { promise: 'liveness: the cluster settles', problem: 'it did not', matters: [] };
  const html = failurePage({ ...failure, violations: [bare] });
  assert.ok(html.includes('did not come to rest'));
  assert.equal(count(around(html), /class="m[ "]/g), 5);
});

test('a page without a violation is refused', () => {
  assert.throws(() => failurePage({ ...planted().failure, violations: [] }), RangeError);
});

test('of twenty thousand messages only those around the violation are drawn at first', () => {
  const { failure } = planted();
  const many = Array.from({ length: 20_000 }, (_, at) =>
    message(at / 4, `n${(at % 3) + 1}#1`, `n${((at + 1) % 3) + 1}#1`),
  );
  const html = failurePage({ ...failure, messages: many });
  const drawn = count(around(html), /class="m[ "]/g);
  assert.ok(drawn > 10 && drawn < 500, `${drawn} drawn at first`);
  assert.equal(count(everything(html), /class="m[ "]/g), 20_000);
  assert.ok(html.length < 16_000_000, `${html.length} characters`);
});
