/** What clients encode in telemetry: base64 in its form for URLs, JSON in it, logs compressed by zlib. Says why not in the words clients know. */
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';

export type Decoded<T> = { readonly value: T } | { readonly problem: string };

/** A log is mostly repetition; this much is more than any game writes. */
const MOST_UNPACKED = 16 * 1_024 * 1_024;

/** With or without padding; undefined when it is no such thing. */
export function decodeBytes(text: string): Buffer | undefined {
  const bare = text.replace(/={1,2}$/, '');
  const isPadded = bare.length < text.length;
  if (!/^[A-Za-z0-9_-]*$/.test(bare) || bare.length % 4 === 1 || (isPadded && text.length % 4 !== 0)) return undefined;
  return Buffer.from(bare, 'base64url');
}

export function decodeText(text: string): string | undefined {
  const bytes = decodeBytes(text);
  if (!bytes) return undefined;
  const decoded = bytes.toString('utf8');
  return Buffer.from(decoded, 'utf8').equals(bytes) ? decoded : undefined;
}

/** JSON, as this server would write it. */
export function decodeJson(text: string): Decoded<string> {
  const decoded = decodeText(text);
  if (decoded === undefined) return { problem: 'Base64 decode error' };
  try {
    return { value: JSON.stringify(JSON.parse(decoded)) };
  } catch (error) {
    if (error instanceof SyntaxError) return { problem: 'Json decode error' };
    throw error;
  }
}

/** Whether bytes are what zlib makes, of no more than a bearable size. Unpacked away from the event loop. */
export async function canUnpack(bytes: Buffer): Promise<boolean> {
  try {
    await promisify(inflate)(bytes, { maxOutputLength: MOST_UNPACKED });
    return true;
  } catch (error) {
    // A fault of the data has a code of zlib, or of a buffer that grew too large.
    if (typeof (error as { code?: unknown }).code === 'string') return false;
    throw error;
  }
}
