/** How passwords are kept: a slow salted hash of what the wire carries, with the cost it was made with. */
import type { Compute } from '../../ports/index.ts';

const SALT_BYTES = 16;

export interface StoredPassword {
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
  readonly cost: number;
}

export async function storePassword(compute: Compute, secret: string, cost: number): Promise<StoredPassword> {
  const salt = compute.randomBytes(SALT_BYTES);
  return { salt, hash: await compute.deriveKey(secret, salt, cost), cost };
}

export async function matchesPassword(compute: Compute, secret: string, stored: StoredPassword): Promise<boolean> {
  return equalBytes(await compute.deriveKey(secret, stored.salt, stored.cost), stored.hash);
}

/** Takes the same time wherever the first difference is. */
function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let at = 0; at < a.length; at++) difference |= a[at]! ^ (b[at] ?? 0);
  return difference === 0;
}
