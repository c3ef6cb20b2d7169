/** A zod schema as people read it: the way a type is written, wrapped where it is long. Pure. */
import type * as z from 'zod';

interface Def {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  readonly items?: readonly z.ZodType[];
  readonly rest?: z.ZodType | null;
  readonly options?: readonly z.ZodType[];
  readonly values?: readonly unknown[];
  readonly entries?: Readonly<Record<string, unknown>>;
  readonly innerType?: z.ZodType;
  readonly keyType?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly left?: z.ZodType;
  readonly right?: z.ZodType;
  readonly in?: z.ZodType;
  readonly format?: string;
  readonly checks?: readonly { readonly _zod?: { readonly def?: { readonly format?: string } } }[];
}

const MOST_COLUMNS = 110;
const INDENT = '  ';

function defOf(schema: z.ZodType): Def {
  return (schema as unknown as { _zod: { def: Def } })._zod.def;
}

/** In one line if it fits behind `indent`, else over several. */
export function shapeText(schema: z.ZodType, indent = ''): string {
  const line = inOneLine(schema);
  return indent.length + line.length <= MOST_COLUMNS ? line : overLines(schema, indent);
}

function inOneLine(schema: z.ZodType): string {
  const def = defOf(schema);
  const type = NAMED[def.type];
  return type ? type(def) : def.type;
}

const NAMED: Readonly<Record<string, (def: Def) => string>> = {
  number: (def) => (isWhole(def) ? 'int' : 'number'),
  literal: ({ values = [] }) => values.map(quoted).join(' | '),
  enum: ({ entries = {} }) => Object.values(entries).map(quoted).join(' | '),
  object: ({ shape = {} }) => {
    const fields = Object.entries(shape).map(([name, field]) => `${name}: ${inOneLine(field)}`);
    return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
  },
  array: ({ element }) => `${grouped(element!)}[]`,
  tuple: ({ items = [], rest }) =>
    `[${[...items.map(inOneLine), ...(rest ? [`...${grouped(rest)}[]`] : [])].join(', ')}]`,
  record: ({ keyType, valueType }) => `{ [key: ${inOneLine(keyType!)}]: ${inOneLine(valueType!)} }`,
  union: ({ options = [] }) => options.map(inOneLine).join(' | '),
  intersection: ({ left, right }) => `${grouped(left!)} & ${grouped(right!)}`,
  nullable: ({ innerType }) => `${inOneLine(innerType!)} | null`,
  optional: ({ innerType }) => `${inOneLine(innerType!)} | undefined`,
  default: ({ innerType }) => inOneLine(innerType!),
  readonly: ({ innerType }) => inOneLine(innerType!),
  nonoptional: ({ innerType }) => inOneLine(innerType!),
  pipe: (def) => inOneLine(def.in!),
  lazy: () => 'unknown',
};

function isWhole({ format, checks = [] }: Def): boolean {
  return [format, ...checks.map((check) => check._zod?.def?.format)].some((one) => one?.includes('int') ?? false);
}

function quoted(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

/** In parentheses where the next sign would bind tighter. */
function grouped(schema: z.ZodType): string {
  const text = inOneLine(schema);
  return / [|&] /.test(text) && !text.startsWith('{') ? `(${text})` : text;
}

function overLines(schema: z.ZodType, indent: string): string {
  const def = defOf(schema);
  const inner = indent + INDENT;
  if (def.type === 'object') {
    const fields = Object.entries(def.shape ?? {}).map(
      ([name, field]) => `${inner}${name}: ${shapeText(field, inner)},`,
    );
    return ['{', ...fields, `${indent}}`].join('\n');
  }
  if (def.type === 'array' && defOf(def.element!).type === 'object') return `${overLines(def.element!, indent)}[]`;
  if (def.type === 'union') {
    return (def.options ?? [])
      .map((option) => `\n${indent}| ${shapeText(option, inner)}`)
      .join('')
      .trimStart();
  }
  if (def.innerType) {
    const also: Record<string, string> = { nullable: ' | null', optional: ' | undefined' };
    return overLines(def.innerType, indent) + (also[def.type] ?? '');
  }
  return inOneLine(schema);
}
