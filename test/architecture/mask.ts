/**
 * Blanks out what is not code: comments, and the insides of strings, templates and regular expressions. Offsets and
 * lines stay as they are, so that what is found in the masked text can be named in the original.
 */

/** Tokens after which a `/` begins a regular expression and not a division. */
const BEFORE_REGEX =
  /(?:^|[=([{,;:!&|?+\-*%~^<>}]|\b(?:return|typeof|case|in|of|do|else|void|delete|throw|await|yield))$/;

const QUOTES = new Set(["'", '"']);

export function mask(source: string): string {
  const out = source.split('');
  /** Depth of braces at which each open template's `${` ends. */
  const holes: number[] = [];
  let depth = 0;
  let at = 0;
  const blank = (from: number, to: number): void => {
    for (let i = from; i < to; i++) if (out[i] !== '\n') out[i] = ' ';
  };
  const skipTo = (end: number, from = at): void => {
    blank(from, end);
    at = end;
  };
  /** From just after a backtick or a `}` that ends a hole, to the next hole or the closing backtick. */
  const template = (): void => {
    const from = at;
    while (at < source.length && source[at] !== '`') {
      if (source[at] === '\\') at += 1;
      else if (source.startsWith('${', at)) {
        blank(from, at);
        holes.push(depth);
        depth += 1;
        at += 2;
        return;
      }
      at += 1;
    }
    blank(from, at);
    at += 1;
  };
  while (at < source.length) {
    const char = source[at]!;
    if (source.startsWith('//', at)) skipTo(endOf(source, '\n', at));
    else if (source.startsWith('/*', at)) skipTo(endOf(source, '*/', at + 2) + 2);
    else if (QUOTES.has(char)) {
      const end = endOfQuoted(source, at + 1, char);
      skipTo(end, at + 1);
      at = end + 1;
    } else if (char === '`') {
      at += 1;
      template();
    } else if (
      char === '/' &&
      BEFORE_REGEX.test(
        out
          .slice(Math.max(0, at - 40), at)
          .join('')
          .trimEnd(),
      )
    ) {
      const end = endOfRegex(source, at + 1);
      skipTo(end, at + 1);
      at = end + 1;
    } else {
      if (char === '{') depth += 1;
      if (char === '}') depth -= 1;
      at += 1;
      if (char === '}' && holes.at(-1) === depth) {
        holes.pop();
        template();
      }
    }
  }
  return out.join('');
}

export function lineAt(source: string, offset: number): number {
  return source.slice(0, offset).split('\n').length;
}

function endOf(source: string, mark: string, from: number): number {
  const at = source.indexOf(mark, from);
  return at === -1 ? source.length : at;
}

function endOfQuoted(source: string, from: number, quote: string): number {
  let at = from;
  while (at < source.length && source[at] !== quote && source[at] !== '\n') at += source[at] === '\\' ? 2 : 1;
  return at;
}

function endOfRegex(source: string, from: number): number {
  let inClass = false;
  let at = from;
  for (; at < source.length && source[at] !== '\n'; at++) {
    if (source[at] === '\\') at += 1;
    else if (source[at] === '[') inClass = true;
    else if (source[at] === ']') inClass = false;
    else if (source[at] === '/' && !inClass) break;
  }
  return at;
}
