/** What is shown when an element is pointed at: each text kept once, elements know it by number. */
export class Details {
  readonly #numbers = new Map<string, number>();

  add(...lines: readonly string[]): number {
    const text = lines.filter((line) => line !== '').join('\n');
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(text, number);
    return number;
  }

  /** As a JavaScript literal that may stand inside a script element. */
  toScript(): string {
    return JSON.stringify([...this.#numbers.keys()]).replaceAll('<', '\\u003c');
  }
}
