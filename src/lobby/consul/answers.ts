/** What Consul is asked and answers. Its errors are answers, for an error thrown would end it. */
import { type RefusalCode, unavailable } from '../refusal.ts';

export interface StatusRequest {
  readonly userId: number;
  readonly session: string;
  readonly moderator: boolean;
  readonly status: number;
  readonly colour: number;
}

export interface CommandAnswer {
  readonly accepted: boolean;
  readonly silent: boolean;
  readonly notices: readonly string[];
}

export type Answer<T> = { ok: true; value: T } | { ok: false; reason: RefusalCode; message: string };

/** Runs `work`; what it throws comes out as an answer. Never rejects. */
export async function answering<T>(what: string, work: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    const { reason, message } = unavailable(what, error);
    return { ok: false, reason, message };
  }
}
