/** Passwords as people type them, on their way to the lobby. */
import { createHash } from 'node:crypto';

/** What lobby clients send for a password: base64 of its md5. The lobby keeps a slow salted hash of that. */
export function passwordHash(password: string): string {
  return createHash('md5').update(password, 'utf8').digest('base64');
}
