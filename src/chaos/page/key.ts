/** What the signs of the diagram mean: one line above it. */

const SIGNS: readonly (readonly [sign: string, meaning: string])[] = [
  ['<g class="badge"><circle cx="13" cy="8" r="7.5"/><text x="13" y="11.5">1</text></g>', 'what shows it'],
  ['<rect class="run ok" x="8" y="1" width="10" height="14" rx="2"/>', 'operation: done'],
  ['<rect class="run unknown" x="8" y="1" width="10" height="14" rx="2"/>', 'outcome unknown'],
  ['<rect class="run refused" x="8" y="1" width="10" height="14" rx="2"/>', 'refused'],
  ['<circle class="dot" cx="13" cy="8" r="4"/>', 'its copy changes here'],
  [
    '<g class="m about"><path d="M1 3L22 12"/><path class="head" d="M25 13L18.5 13.5L20.5 8.5Z"/></g>',
    'message about what is broken',
  ],
  ['<g class="m"><path d="M1 3L22 12"/><path class="head" d="M25 13L18.5 13.5L20.5 8.5Z"/></g>', 'other message'],
  ['<g class="m late"><path d="M1 3L25 13"/></g>', 'slowed by a fault'],
  [
    '<g class="m dropped"><path d="M1 4L18 10"/><path class="cross" d="M14 6L22 14M22 6L14 14"/></g>',
    'dropped by a fault',
  ],
  ['<g class="m lost"><path d="M1 4L18 10"/><path class="cross" d="M14 6L22 14M22 6L14 14"/></g>', 'lost in a crash'],
  [
    '<g class="view"><rect x="1" y="1.5" width="24" height="13" rx="6.5"/><text x="13" y="11.5">v5</text></g>',
    'view 5 installed',
  ],
  ['<g class="death crashed"><path d="M7 2L19 14M19 2L7 14"/></g>', 'node killed'],
  ['<rect class="pause" x="7" y="1" width="12" height="14"/>', 'standing still'],
  ['<rect class="outside" x="8" y="1" width="10" height="14"/>', 'without a lease'],
  [
    '<rect class="side side0" x="0" y="1" width="13" height="14"/><rect class="side side1" x="13" y="1" width="13" height="14"/>',
    'sides of a partition',
  ],
];

export const KEY = `<div class="key scene story">${SIGNS.map(
  ([sign, meaning]) => `<span><svg width="26" height="16" viewBox="0 0 26 16">${sign}</svg>${meaning}</span>`,
).join('')}</div>`;
