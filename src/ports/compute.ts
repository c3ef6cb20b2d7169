/** Work that would block a node's event loop, done elsewhere. */
/**
 * A function of plain data that takes long enough to be felt on an event loop. It must be pure: where it runs, there is no
 * node. An app lists its tasks in `defineApp({ tasks })`.
 */
export interface Task<I = unknown, O = unknown> {
  /** Unique in its app. */
  readonly name: string;
  readonly run: (input: I) => O;
}

export interface Compute {
  /**
   * Runs a task off this node's event loop. Rejects with what it threw (as a `MusterError` where it crossed a thread), with
   * `InvalidValue` for a task the app does not list or an input that cannot be sent, `Overloaded` when too many wait, `Timeout`
   * when it takes too long, and `Closed` at the end of the cluster.
   */
  run<I, O>(task: Task<I, O>, input: I): Promise<O>;
  /** scrypt (Percival, RFC 7914) with N = 2^`cost`, r = 8, p = 1. 32 bytes. Slow on purpose. */
  deriveKey(secret: string, salt: Uint8Array, cost: number): Promise<Uint8Array>;
  /** Bytes for salts and secrets. */
  randomBytes(count: number): Uint8Array;
  /** How much the machine has to do: threads that run or wait for a core, over about a minute. 0 where nobody knows. */
  load(): number;
}
