/** Servers answer with their refusals and failures as data: an error thrown would end them. */
import { LobbyRefused, type RefusalCode, unavailable } from './refusal.ts';

export type Answer<T> = { ok: true; value: T } | { ok: false; reason: RefusalCode; message: string };

/** What `work` gives, or why it failed, in words for people. `what` names it. Never rejects. */
export async function answering<T>(what: string, work: () => Promise<T> | T): Promise<Answer<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    const { reason, message } = unavailable(what, error);
    return { ok: false, reason, message };
  }
}

/** What was answered. Throws the refusal in it as a `LobbyRefused`. */
export function valueIn<T>(answer: Answer<T>): T {
  if (!answer.ok) throw new LobbyRefused(answer.reason, answer.message);
  return answer.value;
}
