/** A store that fails as it is told: out of reach, in the middle of a transaction, or after it was done. */
import { type Row, type SqlValue, type Statement, type Store, StoreFailed } from '../../src/ports/index.ts';

export type Frailty =
  | 'none'
  /** Nothing reaches it. */
  | 'out of reach'
  /** It can be read, and not written: the disk is full. */
  | 'full'
  /** It does what it is asked, and the answer is lost. */
  | 'answers are lost'
  /** The statement with this number of a batch fails. */
  | { readonly statement: number };

export class FrailStore implements Store {
  frailty: Frailty = 'none';
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async query(sql: string, parameters?: readonly SqlValue[]): Promise<Row[]> {
    this.#refuse(isWrite(sql));
    return this.#answer(await this.#store.query(sql, parameters), isWrite(sql));
  }

  async batch(statements: readonly Statement[]): Promise<Row[][]> {
    const writes = statements.some(({ sql }) => isWrite(sql));
    this.#refuse(writes);
    const { frailty } = this;
    const broken = typeof frailty === 'object' ? frailty.statement : -1;
    const made = statements.map((one, at) => (at === broken ? { sql: 'SELECT a FROM nowhere', parameters: [] } : one));
    try {
      return this.#answer(await this.#store.batch(made), writes);
    } catch (error) {
      throw new StoreFailed('the test store', String(error));
    }
  }

  reserve(name: string, count: number): Promise<number> {
    return this.#store.reserve(name, count);
  }

  close(): void {
    this.#store.close();
  }

  #refuse(isWrite: boolean): void {
    if (this.frailty === 'out of reach') throw new StoreFailed('the test store', 'unable to open database file');
    if (this.frailty === 'full' && isWrite) throw new StoreFailed('the test store', 'database or disk is full');
  }

  #answer<T>(rows: T, isWrite: boolean): T {
    if (this.frailty === 'answers are lost' && isWrite) throw new StoreFailed('the test store', 'it is closed');
    return rows;
  }
}

function isWrite(sql: string): boolean {
  return /^\s*(insert|update|delete|create|alter|drop)/i.test(sql);
}
