/** Failures as HTTP tells them: a status and `{ code, message }`. Pure. */
import { toErrorData } from '../../base/index.ts';

export interface HttpFailure {
  readonly status: number;
  readonly body: { readonly code: string; readonly message: string };
}

/** Codes that say the request itself is at fault, or that now is not the time. All others are faults of ours. */
const STATUS: Readonly<Record<string, number>> = {
  InvalidValue: 400,
  BadRequest: 400,
  BadName: 400,
  BadEmail: 400,
  BadPassword: 400,
  BadValue: 400,
  TooLong: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NoSuchUser: 404,
  NotFound: 404,
  Refused: 409,
  LobbyRefused: 409,
  NameTaken: 409,
  EmailTaken: 409,
  Closed: 503,
  NoNode: 503,
  NodeDown: 503,
  NotPrimary: 503,
  Overloaded: 503,
  StoreFailed: 503,
  Unavailable: 503,
  Timeout: 504,
};

/** A refusal of the lobby goes by its reason. Fastify's own failures (a body that is no JSON, say) bring their status. */
export function failureOf(error: unknown): HttpFailure {
  const { code, message, details } = toErrorData(error);
  const text = message.replace(/\s*[\r\n]+\s*/g, ' ').trim();
  const { statusCode } = error as { statusCode?: unknown };
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return { status: statusCode, body: { code: 'BadRequest', message: text } };
  }
  const reason = code === 'LobbyRefused' && typeof details.reason === 'string' ? details.reason : code;
  return { status: STATUS[reason] ?? STATUS[code] ?? 500, body: { code: reason, message: text || reason } };
}
