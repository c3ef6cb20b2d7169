/** Text of SVG and HTML elements; everything that goes in is escaped. */

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (found) => ESCAPES[found]!);
}

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** One element around markup that is made already. */
export function element(name: string, attributes: Attributes, ...inner: readonly string[]): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escaped(value!)}"`);
  return `<${name}${written.join('')}>${inner.join('')}</${name}>`;
}

export function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
