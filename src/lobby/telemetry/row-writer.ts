/**
 * Rows on their way into the store: gathered, and written many at a time, so that a burst of events costs a few statements. What
 * waits is bounded; what finds no place is dropped and counted. Rows that the store did not take are tried again, and it may have
 * taken them: `write` must be one that changes nothing the second time.
 */
import type { Cancel } from '../../ports/index.ts';
import type { MusterNode } from '../../services/index.ts';

export interface RowWriterOptions<R> {
  readonly node: Pick<MusterNode, 'after' | 'log'>;
  /** For the log. */
  readonly what: string;
  /** Writes some rows in one statement. */
  readonly write: (rows: readonly R[]) => Promise<void>;
  /** Rows in one statement; as many waiting are written at once. Default 200. */
  readonly most?: number;
  /** How long a row waits for others. Default 1,000. */
  readonly everyMs?: number;
  /** Rows that may wait. Default 10,000. */
  readonly mostWaiting?: number;
}

export class RowWriter<R> {
  readonly #options: RowWriterOptions<R>;
  readonly #most: number;
  readonly #everyMs: number;
  readonly #mostWaiting: number;
  #rows: R[] = [];
  #dropped = 0;
  #cancel: Cancel | undefined;
  #writing: Promise<void> | undefined;
  #isFailing = false;

  constructor(options: RowWriterOptions<R>) {
    this.#options = options;
    this.#most = options.most ?? 200;
    this.#everyMs = options.everyMs ?? 1_000;
    this.#mostWaiting = options.mostWaiting ?? 10_000;
  }

  /** Rows for which there was no place. */
  get dropped(): number {
    return this.#dropped;
  }

  get waiting(): number {
    return this.#rows.length;
  }

  /** False when the row was dropped. */
  add(row: R): boolean {
    if (this.#rows.length >= this.#mostWaiting) {
      this.#dropped += 1;
      return false;
    }
    this.#rows.push(row);
    if (this.#rows.length >= this.#most && !this.#isFailing) void this.#writeAll();
    else this.#cancel ??= this.#options.node.after(this.#everyMs, () => void this.#writeAll());
    return true;
  }

  /** Writes what waits, once; what the store does not take then is lost, counted and logged. For the end. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#writeAll();
    this.#cancel?.();
    if (this.#rows.length === 0) return;
    this.#dropped += this.#rows.length;
    this.#options.node.log.write('warn', `${this.#options.what} were lost`, { rows: this.#rows.length });
    this.#rows = [];
  }

  #writeAll(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#writing ??= this.#writeOnce().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #writeOnce(): Promise<void> {
    while (this.#rows.length > 0) {
      const some = this.#rows.slice(0, this.#most);
      try {
        await this.#options.write(some);
      } catch (error) {
        this.#failed(error);
        return;
      }
      this.#isFailing = false;
      this.#rows.splice(0, some.length);
    }
  }

  #failed(error: unknown): void {
    if (!this.#isFailing) {
      this.#options.node.log.write('warn', `${this.#options.what} cannot be written for now`, { error: String(error) });
    }
    this.#isFailing = true;
    this.#cancel ??= this.#options.node.after(this.#everyMs, () => void this.#writeAll());
  }
}
