/** The top of the page: which promise, what was seen, what should have been, the shortest history, and how to see it again. */
import type { Violation } from '../checkers/index.ts';
import type { Failure } from './failure.ts';
import { isTurn } from './focus.ts';
import { escaped } from './markup.ts';
import { promiseCode, promiseText, shouldHaveBeen } from './promises.ts';
import { type Item, inMs, isOperation, lasted, sentence, timeOf } from './words.ts';

const MOST_CONTEXT = 14;
const NOT_THE_SAME = ' The seed draws the same faults again; how the threads interleave differs each time.';

export function story(failure: Failure, violation: Violation, marked: readonly Item[]): string {
  return `<div class="story">
<h1>${title(failure.seed, promiseCode(violation.promise))}</h1>
<p class="promise">${escaped(promiseText(violation.promise))}</p>
<div class="verdict">
<div class="seen"><h2>What was seen</h2><p>${escaped(capital(violation.problem))}</p></div>
<div class="should"><h2>What should have been</h2><p>${escaped(shouldHaveBeen(violation.promise))}</p></div>
</div>
${shortest(failure, violation, marked)}
<p class="facts">${facts(failure).join('')}</p>
<p class="replay">See it again <code id="command">${escaped(failure.replay)}</code><button id="copy" type="button">Copy</button>${failure.onThreads ? NOT_THE_SAME : ''}</p>
${others(failure, violation)}
</div>`;
}

function title(seed: number, code: string | undefined): string {
  if (code === undefined) return `Seed <span class="code">${seed}</span> failed`;
  if (code === 'liveness') return 'The cluster did not come to rest';
  return `Promise <span class="code">${escaped(code)}</span> was broken`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Numbered: what the violation is made of, or what came before it. Without a number: what changed the cluster in between. */
function shortest(failure: Failure, { evidence }: Violation, marked: readonly Item[]): string {
  if (marked.length === 0) return '';
  const numbers = new Map(marked.map((item, at) => [item, at + 1]));
  const times = marked.map(timeOf);
  const [first, last] = [Math.min(...times) - 50, Math.max(...times)];
  const context = failure.happenings
    .filter(
      (happening) => isTurn(happening) && !numbers.has(happening) && happening.at >= first && happening.at <= last,
    )
    .slice(-MOST_CONTEXT);
  const lines = [...marked, ...context]
    .sort((a, b) => timeOf(a) - timeOf(b))
    .map((item) => line(item, numbers.get(item)));
  return `<div class="shortest"><h2>${evidence === 'near' ? 'What happened before it' : 'The shortest history that shows it'}</h2><ol>${lines.join('')}</ol></div>`;
}

function line(item: Item, number: number | undefined): string {
  const badge = number === undefined ? '' : `<span class="number">${number}</span>`;
  const took = isOperation(item) && item.settledAt !== undefined && item.id !== 0 ? `, ${lasted(item)}` : '';
  const cells = [
    `<span>${badge}</span>`,
    `<span class="at">${isOperation(item) && item.id === 0 ? '' : inMs(timeOf(item))}</span>`,
    `<span class="who">${escaped(item.node)}</span>`,
    `<span class="what">${escaped(sentence(item) + took)}</span>`,
  ];
  return `<li${number === undefined ? ' class="context"' : ''}>${cells.join('')}</li>`;
}

function facts({ seed, onThreads, setting, messages, operations, happenings, lives }: Failure): string[] {
  const end = Math.max(0, ...[messages.at(-1)?.at ?? 0, happenings.at(-1)?.at ?? 0]);
  const nodes = new Set(lives.map(({ address }) => address.slice(0, address.indexOf('#'))));
  nodes.delete('authority');
  const all: [string, string][] = [
    ['seed', String(seed)],
    ['faults', setting.join(', ')],
    ['nodes', nodes.size === 0 ? '' : String(nodes.size)],
    [onThreads ? 'time' : 'virtual time', `${(end / 1_000).toFixed(2)} s`],
    ['operations', operations.length.toLocaleString('en')],
    ['messages', onThreads ? '' : messages.length.toLocaleString('en')],
  ];
  return all
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `<span>${name} <b>${escaped(value)}</b></span>`);
}

const MOST_OTHERS = 20;

function others({ violations }: Failure, shown: Violation): string {
  const rest = violations.filter((violation) => violation !== shown);
  if (rest.length === 0) return '';
  const items = rest
    .slice(0, MOST_OTHERS)
    .map(({ promise, problem }) => `<li>${escaped(promiseCode(promise) ?? promise)}: ${escaped(problem)}</li>`);
  const more = rest.length > MOST_OTHERS ? `<li>and ${rest.length - MOST_OTHERS} more</li>` : '';
  const name = rest.length === 1 ? 'One more violation' : `${rest.length} more violations`;
  return `<details class="more"><summary>${name} in this run</summary><ul>${items.join('')}${more}</ul></details>`;
}
