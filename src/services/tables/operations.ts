/** What a caller asks an owner to do, and what the owner may answer. The wire's words for owned tables. */
import type { Address, ErrorData, MapKey } from '../../base/index.ts';
import type { RequestMark } from './strong-log.ts';

export type Operation =
  /** Write, if the present entry's tag is `match` (or `match` is null). */
  | {
      readonly kind: 'put';
      readonly value: unknown;
      readonly expires: number;
      readonly match: string | null;
      /** The request this write answers, when it is not the one that asks for the write. */
      readonly mark?: RequestMark;
    }
  | { readonly kind: 'delete'; readonly match: string | null }
  /** Write if there is no entry. */
  | { readonly kind: 'insert'; readonly value: unknown; readonly expires: number }
  /** Write if the present version is `base` (0: no entry); else be granted the key in turn. */
  | {
      readonly kind: 'swap';
      readonly base: number;
      readonly deleted: boolean;
      readonly value: unknown;
      readonly expires: number;
    }
  | { readonly kind: 'read' }
  /** The entry, or the right to load it. `loading`: this caller holds that right already. */
  | { readonly kind: 'load'; readonly loading: boolean }
  | { readonly kind: 'loaded'; readonly value: unknown; readonly expires: number }
  | { readonly kind: 'load-failed'; readonly error: ErrorData };

export interface Asked {
  readonly from: Address;
  readonly number: number;
  readonly doneBelow: number;
  readonly epoch: number;
  readonly table: number;
  readonly key: MapKey;
  readonly operation: Operation;
}

export type Answer =
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'error'; readonly error: ErrorData }
  /** Not the owner; ask again under a newer view. */
  | { readonly kind: 'elsewhere' }
  /** A swap failed: the key is yours until you answer; this is what is there. */
  | {
      readonly kind: 'granted';
      readonly value: unknown;
      readonly version: number;
      readonly table: number;
      readonly key: MapKey;
    }
  /** There is no entry: load it. With the place, so that a request that is over can give it back. */
  | { readonly kind: 'load'; readonly table: number; readonly key: MapKey };
