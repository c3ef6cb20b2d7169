/**
 * Names as small numbers, the same for all players of a thread: what each of thousands of players knows of thousands of users
 * is an array by number then, instead of a map of strings. Numbers are from 0, without gaps, and are never given back.
 */
export class Names {
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [];

  /** How many there are. */
  get size(): number {
    return this.#names.length;
  }

  /** The number of a name, a new one at its first sight. */
  numberOf(name: string): number {
    return this.#numbers.get(name) ?? this.#add(name);
  }

  nameOf(number: number): string {
    return this.#names[number] ?? `(nobody has number ${number})`;
  }

  /** Kept as a copy: a name cut out of what a socket gave would keep all of that. */
  #add(name: string): number {
    const number = this.#names.length;
    const copy = Buffer.from(name).toString();
    this.#names.push(copy);
    this.#numbers.set(copy, number);
    return number;
  }
}
