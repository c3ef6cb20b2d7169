/** Servers answer with their errors as data: one thrown would end them. */
import { type RefusalCode, unavailable } from '../refusal.ts';

export type Answer<T> = { ok: true; value: T } | { ok: false; reason: RefusalCode; message: string };

/** What `work` gives, or why it failed, in words for people. `what` names it. */
export async function answering<T>(what: string, work: () => Promise<T> | T): Promise<Answer<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    const { reason, message } = unavailable(what, error);
    return { ok: false, reason, message };
  }
}
