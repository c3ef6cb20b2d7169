/** Work that would block a node's event loop, done elsewhere. */
export interface Compute {
  /** scrypt (Percival, RFC 7914) with N = 2^`cost`, r = 8, p = 1. 32 bytes. Slow on purpose. */
  deriveKey(secret: string, salt: Uint8Array, cost: number): Promise<Uint8Array>;
  /** Bytes for salts and secrets. */
  randomBytes(count: number): Uint8Array;
}
