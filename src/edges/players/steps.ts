/** The wire between players' threads and who asks them: any method of what a thread runs is a step, and errors cross as data. */
import type { ErrorData } from '../../base/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: the parameter types are inferred back out of it.
type Method = (...args: any[]) => unknown;

/** What each step resolves to. */
export type Steps<T> = {
  [S in keyof T as T[S] extends Method ? S : never]: T[S] extends Method ? Awaited<ReturnType<T[S]>> : never;
};
/** What a step is asked with. */
export type StepArguments<T, S extends keyof T> = T[S] extends (...args: infer A) => unknown ? A : never;

export type StepAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: ErrorData };

/** What a players' thread exposes. */
export interface PlayersEndpoint {
  take(step: string, args: readonly unknown[]): Promise<StepAnswer>;
}
