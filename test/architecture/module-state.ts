/**
 * No module-level mutable state: a hundred nodes live in one thread. Seen are module-level `let` and `var`, and
 * module-level constants (or static fields) holding a collection or an object that the module itself changes. Not seen:
 * what changes through another name, or in another module.
 */
import { toPlainCode } from './plain-code.ts';
import type { SourceTree, Violation } from './source-tree.ts';

const VARIABLE = /^(?:export )?(?:let|var) ([\w$]+)/gm;
const HOLDER = /^(?:export )?const ([\w$]+) =\s+(?:new [\w$.]+|\[|\{)/gm;
const CLASS = /^(?:export (?:default )?)?(?:const ([\w$]+) = )?(?:class|_?class) ?([\w$]+)?[^\n]*\{$/gm;
const STATIC = /^ {2}static (#?[\w$]+)(?: =|;)/gm;
const CHANGING = 'set|add|delete|clear|push|pop|shift|unshift|splice|sort|reverse|fill|copyWithin';
const ASSIGNED = String.raw`(?:(?:\*\*|<<|>>>?|&&|\|\||\?\?|[-+*/%&|^])?=(?![=>])|\+\+|--)`;

export async function checkModuleState(tree: SourceTree): Promise<Violation[]> {
  const sources = [...tree].filter(([path]) => path.startsWith('src/'));
  return (await Promise.all(sources.map(([path, source]) => checkFile(path, source)))).flat();
}

async function checkFile(file: string, source: string): Promise<Violation[]> {
  const { code, lineOf } = await toPlainCode(file, source, []);
  const variables = [...code.matchAll(VARIABLE)].map((match) => ({
    file,
    line: lineOf(match.index),
    rule: `${match[1]} is a variable at module level; nodes share nothing`,
  }));
  const holders = [...[...code.matchAll(HOLDER)].map((match) => match[1]!), ...staticFields(code)];
  const changes = holders.flatMap((name) =>
    changesOf(code, name).map((offset) => ({
      file,
      line: lineOf(offset),
      rule: `${name} lives at module level and is changed here; nodes share nothing`,
    })),
  );
  return [...variables, ...changes];
}

/** Offsets where what `name` holds is changed: a method that changes it, or an assignment to it or into it. */
function changesOf(code: string, name: string): number[] {
  const start = String.raw`(?<![\w$.#])${name.replace(/[$.]/g, '\\$&')}`;
  const inside = String.raw`(?:\.#?[\w$]+|\[[^\]\n]*\])`;
  const assigned = `${inside}${name.includes('.') ? '*' : '+'} ?${ASSIGNED}`;
  const changed = new RegExp(`${start}(?:${inside}*\\.(?:${CHANGING})\\(|${assigned})|delete ${name}[.[]`, 'g');
  return [...code.matchAll(changed)].map((match) => match.index);
}

/** `Class.field` for each static field that is not a method. */
function staticFields(code: string): string[] {
  const classes = [...code.matchAll(CLASS)].map((match) => ({ at: match.index, name: match[1] ?? match[2] }));
  return [...code.matchAll(STATIC)].flatMap((match) => {
    const owner = classes.findLast(({ at }) => at < match.index)?.name;
    return owner === undefined ? [] : [`${owner}.${match[1]}`];
  });
}
