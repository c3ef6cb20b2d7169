/** The wire between players' threads and who asks them: any method of a `Crew` is a step, and errors cross as data. */
import type { ErrorData } from '../../base/index.ts';
import type { Crew } from './crew.ts';

/** What each step resolves to. */
export type Steps = { [S in keyof Crew]: Awaited<ReturnType<Crew[S]>> };

export type StepAnswer =
  | { readonly ok: true; readonly value: Steps[keyof Steps] }
  | { readonly ok: false; readonly error: ErrorData };

/** What a players' thread exposes. */
export interface CrewEndpoint {
  take(step: keyof Steps, args: readonly unknown[]): Promise<StepAnswer>;
}
