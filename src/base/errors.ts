/**
 * The errors a user of Muster can meet. Each has a `code` that survives the wire; operating errors are thrown as one of
 * these, a broken invariant is an `AssertionFailed`.
 */

/** Whether an operation whose answer never came had an effect: `not-run` is certain, `unknown` is all that can be said. */
export type Outcome = 'not-run' | 'unknown';

export class MusterError extends Error {
  readonly code: string;
  /** What the error is about, as plain data; crosses the wire. */
  readonly details: Record<string, unknown>;

  constructor(code: string, message: string, details: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = code;
    this.code = code;
    this.details = details;
  }
}

/** A value, key or argument that does not fit its declaration. Nothing was done with it. */
export class InvalidValue extends MusterError {
  constructor(what: string, problem: string, options?: ErrorOptions) {
    super('InvalidValue', `${what}: ${problem}`, { what, problem }, options);
  }
}

/** The deadline passed. `outcome` says whether the operation may still have happened. */
export class Timeout extends MusterError {
  readonly outcome: Outcome;
  constructor(what: string, deadlineMs: number, outcome: Outcome) {
    super('Timeout', `${what}: no answer within ${deadlineMs} ms (outcome ${outcome})`, { what, deadlineMs, outcome });
    this.outcome = outcome;
  }
}

/** The node asked is dead or left the cluster. */
export class NodeDown extends MusterError {
  readonly outcome: Outcome;
  constructor(what: string, node: string, outcome: Outcome) {
    super('NodeDown', `${what}: node ${node} is down (outcome ${outcome})`, { what, node, outcome });
    this.outcome = outcome;
  }
}

/**
 * This node may not act for the cluster now: its lease has run out, because it cannot reach the authority or the authority no
 * primary component. Local reads and merged writes go on.
 */
export class NotPrimary extends MusterError {
  readonly outcome: Outcome;
  constructor(what: string, node: string, outcome: Outcome) {
    super('NotPrimary', `${what}: node ${node} is outside the primary component (outcome ${outcome})`, {
      what,
      node,
      outcome,
    });
    this.outcome = outcome;
  }
}

/** A bound was reached; the operation was refused before anything happened. */
export class Overloaded extends MusterError {
  constructor(what: string, bound: number) {
    super('Overloaded', `${what}: more than ${bound} are waiting already`, { what, bound });
  }
}

/** The name is held by somebody else. `holder` is the address of the node that holds it. */
export class NameTaken extends MusterError {
  readonly holder: string;
  constructor(name: string, holder: string) {
    super('NameTaken', `the name ${name} is held by ${holder}`, { name, holder });
    this.holder = holder;
  }
}

/** The name was held by this node and is not any more. */
export class NameLost extends MusterError {
  constructor(name: string) {
    super('NameLost', `the name ${name} is no longer held by this node`, { name });
  }
}

/** All 2^31 − 1 ids of a sequence have been given out. */
export class SequenceExhausted extends MusterError {
  constructor(name: string) {
    super('SequenceExhausted', `sequence ${name} has no more 31-bit ids`, { name });
  }
}

/** A server's restart budget is spent; it does not run until it is started again. */
export class ServerFailed extends MusterError {
  constructor(server: string, reason: string) {
    super('ServerFailed', `server ${server} has failed and is not running: ${reason}`, { server, reason });
  }
}

/** No such server runs, and its declaration does not start it on a call. */
export class NoSuchServer extends MusterError {
  constructor(server: string) {
    super('NoSuchServer', `server ${server} is not running; start it first`, { server });
  }
}

/** The node, cluster or handle was closed. */
export class Closed extends MusterError {
  constructor(what: string) {
    super('Closed', `${what} is closed`, { what });
  }
}

/** The host refused something a user asked of the cluster. */
export class Refused extends MusterError {
  constructor(message: string, details: Record<string, unknown> = {}) {
    super('Refused', message, details);
  }
}

/** A joining node's declarations differ from the cluster's. */
export class CatalogueMismatch extends MusterError {
  constructor(ours: string, theirs: string) {
    super('CatalogueMismatch', `the node's declarations (${theirs}) differ from the cluster's (${ours})`, {
      ours,
      theirs,
    });
  }
}

/** An error as data, for the wire. */
export interface ErrorData {
  code: string;
  message: string;
  details: Record<string, unknown>;
  stack: string | null;
}

/** `withStack` is for what users' code threw: the stack of what Muster itself refuses with shows nothing but Muster. */
export function toErrorData(error: unknown, withStack = false): ErrorData {
  if (!(error instanceof Error)) return { code: 'Error', message: String(error), details: {}, stack: null };
  const { message } = error;
  const stack = withStack ? (error.stack ?? null) : null;
  if (error instanceof MusterError) return { code: error.code, message, details: error.details, stack };
  const code = (error as { code?: unknown }).code;
  return { code: typeof code === 'string' ? code : error.name, message, details: {}, stack };
}

/** An error as text for a log: with its stack, where it has one. */
export function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const byCode: Record<string, new (...args: never[]) => MusterError> = {
  InvalidValue,
  Timeout,
  NodeDown,
  NotPrimary,
  Overloaded,
  NameTaken,
  NameLost,
  SequenceExhausted,
  ServerFailed,
  NoSuchServer,
  Closed,
  Refused,
  CatalogueMismatch,
};

/** Rebuilds an error that crossed the wire: same class where it is ours, and the remote stack, if it came along, kept as `cause`. */
export function fromErrorData(data: ErrorData): MusterError {
  const known = byCode[data.code];
  const error: MusterError = known
    ? Object.assign(Object.create(known.prototype) as MusterError, rebuild(data))
    : new MusterError(data.code, data.message, data.details);
  if (known) Object.defineProperty(error, 'message', { value: data.message, enumerable: false });
  if (data.stack !== null)
    Object.defineProperty(error, 'cause', { value: { remoteStack: data.stack }, enumerable: false });
  Object.defineProperty(error, 'stack', {
    value: `${data.code}: ${data.message}${data.stack === null ? '' : `\n  (remote) ${data.stack}`}`,
    enumerable: false,
    configurable: true,
    writable: true,
  });
  return error;
}

function rebuild(data: ErrorData): Record<string, unknown> {
  const fields: Record<string, unknown> = { name: data.code, code: data.code, details: data.details };
  if ('outcome' in data.details) fields.outcome = data.details.outcome;
  if ('holder' in data.details) fields.holder = data.details.holder;
  return fields;
}
